package autodiff

import (
	"fmt"

	"tweedie/internal/kernel"
)

var permuteOp *Op

func init() {
	permuteOp = Define(Op{
		Name:   "permute",
		Linear: true,
		Infer: func(c *Call) Shape {
			in := c.In[0].n.shape
			out := in
			for i := 0; i < in.rank; i++ {
				out.dims[i] = in.dims[c.Attr.I[i]]
			}
			return out
		},
		Eval: byType(evalPermute[float32], evalPermute[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			a := c.Attr
			for i, k := range c.Attr.I[:ct.n.shape.rank] {
				a.I[k] = i
			}
			grads[0] = s.Apply(permuteOp, a, ct)
		},
	})
}

func evalPermute[T float32 | float64](c *Call) {
	var dims, strides [MaxRank]int
	st := c.In[0].n.shape.Strides()
	rank := c.Out.n.shape.rank
	for i, k := range c.Attr.I[:rank] {
		strides[i] = st[k]
	}
	kernel.Permute(Host[T](c.Out), Host[T](c.In[0]), c.Out.n.shape.Dims(dims[:]), strides[:rank])
}

// Permute reorders the axes: axis i of the result is axis axes[i] of x.
// It panics with a *ShapeError unless axes names every axis once.
func (s *Scope) Permute(x Var, axes ...int) Var {
	rank := x.node("permute", s.Path()).shape.rank
	var a Attr
	var seen [MaxRank]bool
	bad := len(axes) != rank
	for i := 0; i < len(axes) && !bad; i++ {
		k := s.axis("permute", x, axes[i])
		bad = seen[k]
		seen[k] = true
		a.I[i] = k
	}
	if bad {
		panic(s.shapeError("permute", fmt.Sprintf("the axes %v do not name each of the %d axes once", append([]int(nil), axes...), rank), x))
	}
	return s.Apply(permuteOp, a, x)
}

// Transpose exchanges the last two axes. It panics with a *ShapeError below rank 2.
func (s *Scope) Transpose(x Var) Var {
	rank := x.node("transpose", s.Path()).shape.rank
	if rank < 2 {
		panic(s.shapeError("transpose", "the last two axes are exchanged: want rank 2 or more", x))
	}
	var a Attr
	for i := range rank {
		a.I[i] = i
	}
	a.I[rank-2], a.I[rank-1] = rank-1, rank-2
	return s.Apply(permuteOp, a, x)
}

// moveLast moves axis k of x to the end.
func (s *Scope) moveLast(x Var, k int) Var {
	rank := x.n.shape.rank
	if k == rank-1 {
		return x
	}
	var a Attr
	for i := k; i < rank; i++ {
		a.I[i] = i + 1
	}
	for i := range k {
		a.I[i] = i
	}
	a.I[rank-1] = k
	return s.Apply(permuteOp, a, x)
}
