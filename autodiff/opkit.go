package autodiff

import "fmt"

// byType makes an Eval from one function for each element type.
func byType(f32, f64 func(*Call)) func(*Call) {
	return func(c *Call) {
		if c.DType() == F64 {
			f64(c)
		} else {
			f32(c)
		}
	}
}

// flat defines an op whose derivative is zero wherever it exists.
func flat(name string, infer func(*Call) Shape, eval func(*Call)) *Op {
	return Define(Op{
		Name:  name,
		Infer: infer,
		Eval:  eval,
		VJP:   func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {},
		JVP:   func(s *Scope, c *Call, ts []Var) Var { return Var{} },
	})
}

// axis turns a possibly negative axis of x into one in [0, rank). It panics with a *ShapeError that names op.
func (s *Scope) axis(op string, x Var, i int) int {
	sh := x.node(op, s.Path()).shape
	k := i
	if k < 0 {
		k += sh.rank
	}
	if k < 0 || k >= sh.rank {
		panic(s.shapeError(op, fmt.Sprintf("axis %d does not exist: want one from %d to %d", i, -sh.rank, sh.rank-1), x))
	}
	return k
}

// shapeError describes a misuse found before there is a Call.
func (s *Scope) shapeError(op, msg string, xs ...Var) *ShapeError {
	e := &ShapeError{Op: op, Module: s.Path(), Msg: msg}
	for _, x := range xs {
		e.Shapes = append(e.Shapes, x.n.shape)
	}
	return e
}

// around views s as [outer, n, inner], where n is the extent of axis i.
func (s Shape) around(i int) (outer, n, inner int) {
	outer, inner = 1, 1
	for _, d := range s.dims[:i] {
		outer *= d
	}
	for _, d := range s.dims[i+1 : s.rank] {
		inner *= d
	}
	return outer, s.dims[i], inner
}
