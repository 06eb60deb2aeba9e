package autodiff

import (
	"fmt"

	"tweedie/internal/kernel"
)

// PadMode says how an array continues beyond its ends.
type PadMode = kernel.PadMode

// The modes of padding, shown for the array a b c.
const (
	PadZero      = kernel.PadZero      // 0 0 | a b c | 0 0
	PadCircular  = kernel.PadCircular  // b c | a b c | a b
	PadReflect   = kernel.PadReflect   // c b | a b c | b a
	PadSymmetric = kernel.PadSymmetric // b a | a b c | c b
)

// Both ops: I[0] is the axis, I[1] and I[2] the elements added before and after, I[3] the mode.
var padOp, padAdjointOp *Op

func init() {
	padOp = Define(Op{
		Name:   "pad",
		Linear: true,
		Infer: func(c *Call) Shape {
			sh, k, lo, hi := c.In[0].n.shape, c.Attr.I[0], c.Attr.I[1], c.Attr.I[2]
			if lo < 0 || hi < 0 {
				panic(c.Errorf("padding of (%d, %d) on axis %d: want none negative; Slice takes away", lo, hi, k))
			}
			if sh.dims[k] == 0 {
				panic(c.Errorf("axis %d is empty: there is nothing to repeat", k))
			}
			return sh.With(k, lo+sh.dims[k]+hi)
		},
		Eval: byType(evalPad[float32], evalPad[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(padAdjointOp, c.Attr, ct)
		},
	})
	padAdjointOp = Define(Op{
		Name:   "pad_adjoint",
		Linear: true,
		Infer: func(c *Call) Shape {
			sh, k := c.In[0].n.shape, c.Attr.I[0]
			return sh.With(k, sh.dims[k]-c.Attr.I[1]-c.Attr.I[2])
		},
		Eval: byType(evalPadAdjoint[float32], evalPadAdjoint[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Apply(padOp, c.Attr, ct)
		},
	})
}

func evalPad[T float32 | float64](c *Call) {
	a := &c.Attr
	o, n, i := c.In[0].n.shape.around(a.I[0])
	kernel.Pad(Host[T](c.Out), Host[T](c.In[0]), o, n, i, a.I[1], a.I[2], PadMode(a.I[3]))
}

func evalPadAdjoint[T float32 | float64](c *Call) {
	a := &c.Attr
	o, n, i := c.Out.n.shape.around(a.I[0])
	kernel.PadAdjoint(Host[T](c.Out), Host[T](c.In[0]), o, n, i, a.I[1], a.I[2], PadMode(a.I[3]))
}

// Pad lengthens the last len(lo) axes of x by lo[i] elements before and hi[i] after, filled as mode says; a padding
// may be longer than the axis. It panics with a *ShapeError when a padding is negative, when lo and hi do not have
// one length of at most x's rank, or when an axis is empty.
func (s *Scope) Pad(x Var, lo, hi []int, mode PadMode) Var {
	rank := x.node("pad", s.Path()).shape.rank
	if len(lo) != len(hi) || len(lo) > rank {
		panic(s.shapeError("pad", fmt.Sprintf("%d paddings before and %d after: want one each for the last axes, at most %d", len(lo), len(hi), rank), x))
	}
	c := s.Child()
	y := x
	for i := range lo {
		if lo[i] != 0 || hi[i] != 0 {
			k := rank - len(lo) + i
			y = c.Apply(padOp, Attr{I: [16]int{k, lo[i], hi[i], int(mode)}}, y)
		}
	}
	c.Close(y)
	return y
}
