package autodiff

import "fmt"

// PadAdjoint applies the adjoint of Pad: the last len(lo) axes of x lose lo[i] elements before and hi[i] after, each
// of which is added to the element that Pad copied it from, or dropped when Pad put a zero there. It panics with a
// *ShapeError when a padding is negative or leaves nothing of its axis, or when lo and hi do not have one length of
// at most x's rank.
func (s *Scope) PadAdjoint(x Var, lo, hi []int, mode PadMode) Var {
	shape := x.node("pad_adjoint", s.Path()).shape
	if len(lo) != len(hi) || len(lo) > shape.rank {
		panic(s.shapeError("pad_adjoint", fmt.Sprintf("%d paddings before and %d after: want one each for the last axes, at most %d", len(lo), len(hi), shape.rank), x))
	}
	c := s.Child()
	y := x
	for i := range lo {
		k := shape.rank - len(lo) + i
		if lo[i] < 0 || hi[i] < 0 || lo[i]+hi[i] >= shape.dims[k] {
			panic(s.shapeError("pad_adjoint", fmt.Sprintf("padding of (%d, %d) on axis %d of %d: want none negative, and something left", lo[i], hi[i], k, shape.dims[k]), x))
		}
		if lo[i] != 0 || hi[i] != 0 {
			y = c.Apply(padAdjointOp, Attr{I: [16]int{k, lo[i], hi[i], int(mode)}}, y)
		}
	}
	c.Close(y)
	return y
}
