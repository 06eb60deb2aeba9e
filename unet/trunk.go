package unet

import "tweedie/autodiff"

// Trunk is the U of a U-Net, of any family:
//
//	h_i, a_i = down_i(h_{i-1}, a_{i-1}; e)              every h_i is a skip
//	u_n      = middle(h_n; e)
//	u_{i-1}, b_{i-1} = up_i([u_i, h_i], b_i; e)         [,] joins channels
//
// with the pyramids a of the input and b of the output, where a family has them; b_n is none. What doubles the
// extents is the last step of the stage before.
type Trunk struct {
	Down   []Stage
	Middle Stage
	Up     []Stage // Up[i] takes the output of Down[len(Down)-1-i]

	widths []int // channels behind every stage of Down, then of Up
}

// Forward returns u_{-1} and b_{-1} of x = (h_{-1}, a_{-1}), given the embedding e and the seeds of dropout.
func (t *Trunk) Forward(s *autodiff.Scope, x State, e, seeds autodiff.Var) State {
	c := s.Child()
	y := t.Up[len(t.Up)-1].Forward(c, t.joined(c, 0, x, e, seeds), e, seeds)
	c.Close(y.H, y.Aux)
	return y
}

// joined is what the i-th stage from the bottom of the way up takes, ([u_i, h_i], b_i), computed from x = (h_{i-1},
// a_{i-1}). It calls itself for everything below, so that its scope holds nothing but what is needed until the join.
func (t *Trunk) joined(s *autodiff.Scope, i int, x State, e, seeds autodiff.Var) State {
	c := s.Child()
	x = t.Down[i].Forward(c, x, e, seeds)
	below := c.Child()
	var u State
	if last := len(t.Down) - 1; i == last {
		u = t.Middle.Forward(below, State{H: x.H}, e, seeds)
	} else {
		u = t.Up[last-1-i].Forward(below, t.joined(below, i+1, x, e, seeds), e, seeds)
	}
	below.Close(u.H, u.Aux)
	y := State{c.Concat(1, u.H, x.H), u.Aux}
	c.Close(y.H, y.Aux)
	return y
}
