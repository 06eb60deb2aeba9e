package autodiff

import "fmt"

// Sum adds x up over the given axes, which the result lacks. It panics with a *ShapeError when an axis does not
// exist, is named twice, or none is given (use SumAll).
func (s *Scope) Sum(x Var, axes ...int) Var {
	keep, drop := s.reduced("sum", x, axes)
	c := s.Child()
	y := c.Reshape(c.SumTo(x, keep), drop)
	c.Close(y)
	return y
}

// Mean averages x over the given axes, which the result lacks. It panics as Sum does.
func (s *Scope) Mean(x Var, axes ...int) Var {
	_, drop := s.reduced("mean", x, axes)
	c := s.Child()
	y := c.Scale(c.Sum(x, axes...), float64(drop.Size())/float64(x.Size()))
	c.Close(y)
	return y
}

// SumAll returns the sum of all elements of x, of rank 0.
func (s *Scope) SumAll(x Var) Var { return s.SumTo(x, Shape{}) }

// MeanAll returns the mean of all elements of x, of rank 0.
func (s *Scope) MeanAll(x Var) Var {
	c := s.Child()
	y := c.Scale(c.SumAll(x), 1/float64(x.Size()))
	c.Close(y)
	return y
}

// reduced returns x's shape with extent 1 on the given axes, and without these axes.
func (s *Scope) reduced(op string, x Var, axes []int) (keep, drop Shape) {
	if len(axes) == 0 {
		x.node(op, s.Path())
		panic(s.shapeError(op, "no axes were given; "+op+" over all of them is SumAll or MeanAll", x))
	}
	var gone [MaxRank]bool
	for _, a := range axes {
		k := s.axis(op, x, a)
		if gone[k] {
			panic(s.shapeError(op, fmt.Sprintf("axis %d is named twice", k), x))
		}
		gone[k] = true
	}
	keep = x.n.shape
	for i := 0; i < keep.rank; i++ {
		if gone[i] {
			keep.dims[i] = 1
			continue
		}
		drop.dims[drop.rank] = keep.dims[i]
		drop.rank++
	}
	return keep, drop
}
