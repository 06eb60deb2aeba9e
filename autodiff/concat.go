package autodiff

import (
	"fmt"

	"tweedie/internal/kernel"
)

// concatMax is the most inputs that one call takes: I[0] holds the axis and I[1+i] the extent of input i.
const concatMax = 15

var concatOp *Op

func init() {
	concatOp = Define(Op{
		Name:  "concat",
		Infer: func(c *Call) Shape { return c.concatShape() },
		Eval:  byType(evalConcat[float32], evalConcat[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			at := 0
			for i, n := range c.Attr.I[1 : 1+len(grads)] {
				if need[i] {
					grads[i] = s.Slice(ct, c.Attr.I[0], at, at+n)
				}
				at += n
			}
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			k := c.Attr.I[0]
			all := s.arena.vars(len(ts))
			for i, t := range ts {
				all[i] = t
				if t.IsZero() {
					all[i] = s.Zeros(c.Out.n.shape.With(k, c.Attr.I[1+i]))
				}
			}
			y := s.Apply(concatOp, c.Attr, all...)
			s.arena.putVars(all)
			return y
		},
	})
}

func (c *Call) concatShape() Shape {
	k := c.Attr.I[0]
	out := c.In[0].n.shape
	out.dims[k] = 0
	for i, x := range c.In {
		if sh := x.n.shape; sh.rank != out.rank || sh.With(k, 0) != out.With(k, 0) {
			panic(c.Errorf("input %d does not fit input 0: all extents but that of axis %d must be equal", i, k))
		}
		out.dims[k] += x.n.shape.dims[k]
	}
	return out
}

func evalConcat[T float32 | float64](c *Call) {
	k := c.Attr.I[0]
	dst := Host[T](c.Out)
	outer, n, inner := c.Out.n.shape.around(k)
	at := 0
	for _, x := range c.In {
		m := x.n.shape.dims[k] * inner
		kernel.CopyAxis(dst, Host[T](x), outer, m, n*inner, at, m, 0)
		at += m
	}
}

// Concat joins xs along an axis; all other extents must be equal.
// It panics with a *ShapeError when they are not, and with a *ValueError when xs is empty.
func (s *Scope) Concat(axis int, xs ...Var) Var {
	if len(xs) == 0 {
		panic(&ValueError{Op: "concat", Module: s.Path(), Msg: "there is nothing to join: want one Var or more"})
	}
	if len(xs) > concatMax {
		return s.concatMany(axis, xs)
	}
	a := Attr{}
	a.I[0] = s.axis("concat", xs[0], axis)
	for i, x := range xs {
		if sh := x.node("concat", s.Path()).shape; a.I[0] < sh.rank {
			a.I[1+i] = sh.dims[a.I[0]]
		}
	}
	return s.Apply(concatOp, a, xs...)
}

// concatMany joins groups of inputs, then the groups.
func (s *Scope) concatMany(axis int, xs []Var) Var {
	c := s.Child()
	group := (len(xs) + concatMax - 1) / concatMax
	parts := s.arena.vars((len(xs) + group - 1) / group)
	for i := range parts {
		parts[i] = c.Concat(axis, xs[i*group:min((i+1)*group, len(xs))]...)
	}
	y := c.Concat(axis, parts...)
	s.arena.putVars(parts)
	c.Close(y)
	return y
}

// Stack joins xs of one shape along a new axis at position axis in [0, rank].
// It panics with a *ShapeError when the shapes differ, and with a *ValueError when xs is empty.
func (s *Scope) Stack(axis int, xs ...Var) Var {
	if len(xs) == 0 {
		panic(&ValueError{Op: "stack", Module: s.Path(), Msg: "there is nothing to stack: want one Var or more"})
	}
	sh := xs[0].node("stack", s.Path()).shape
	k := axis
	if k < 0 {
		k += sh.rank + 1
	}
	if k < 0 || k > sh.rank {
		panic(s.shapeError("stack", fmt.Sprintf("there is no place %d for a new axis: want one from %d to %d", axis, -sh.rank-1, sh.rank), xs[0]))
	}
	c := s.Child()
	parts := s.arena.vars(len(xs))
	for i, x := range xs {
		if x.node("stack", s.Path()).shape != sh {
			panic(s.shapeError("stack", fmt.Sprintf("input %d differs from input 0: the shapes must be equal", i), xs[0], x))
		}
		parts[i] = c.Reshape(x, sh.Insert(k, 1))
	}
	y := c.Concat(k, parts...)
	s.arena.putVars(parts)
	c.Close(y)
	return y
}
