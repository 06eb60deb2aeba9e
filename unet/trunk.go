package unet

import "tweedie/autodiff"

// trunk is the U of a U-Net, of any family:
//
//	h_i, a_i = down_i(h_{i-1}, a_{i-1}; e)              every h_i is a skip
//	u_n      = middle(h_n; e)
//	u_{i-1}, b_{i-1} = up_i([u_i, h_i], b_i; e)         [,] joins channels
//
// with the pyramids a of the input and b of the output, where a family has them; b_n is none. What doubles the
// extents is the last step of the stage before.
type trunk struct {
	down   []stage
	middle stage
	up     []stage // up[i] takes the output of down[len(down)-1-i]
}

// forward is u_{-1} and b_{-1} of x = (h_{-1}, a_{-1}), given the embedding e and the seeds of dropout.
func (t *trunk) forward(s *autodiff.Scope, x state, e, seeds autodiff.Var) state {
	c := s.Child()
	y := t.up[len(t.up)-1].forward(c, t.joined(c, 0, x, e, seeds), e, seeds)
	c.Close(y.h, y.aux)
	return y
}

// joined is what the i-th stage from the bottom of the way up takes, ([u_i, h_i], b_i), computed from x = (h_{i-1},
// a_{i-1}). It calls itself for everything below, so that its scope holds nothing but what is needed until the join.
func (t *trunk) joined(s *autodiff.Scope, i int, x state, e, seeds autodiff.Var) state {
	c := s.Child()
	x = t.down[i].forward(c, x, e, seeds)
	below := c.Child()
	var u state
	if last := len(t.down) - 1; i == last {
		u = t.middle.forward(below, state{h: x.h}, e, seeds)
	} else {
		u = t.up[last-1-i].forward(below, t.joined(below, i+1, x, e, seeds), e, seeds)
	}
	below.Close(u.h, u.aux)
	y := state{c.Concat(1, u.h, x.h), u.aux}
	c.Close(y.h, y.aux)
	return y
}
