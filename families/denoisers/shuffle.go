package denoisers

import "tweedie/autodiff"

// unshuffle makes channels of the r x r pixels of every block: x [B,C,H,W] -> [B,C r^2,H/r,W/r], channel c r^2 + dy r + dx,
// as PyTorch's PixelUnshuffle. r divides H and W.
func unshuffle(s *autodiff.Scope, x autodiff.Var, r int) autodiff.Var {
	c := s.Child()
	b, k, h, w := x.Dim(0), x.Dim(1), x.Dim(2)/r, x.Dim(3)/r
	y := c.Permute(c.Reshape(x, autodiff.S(b, k, h, r, w, r)), 0, 1, 3, 5, 2, 4)
	y = c.Reshape(y, autodiff.S(b, k*r*r, h, w))
	c.Close(y)
	return y
}

// shuffle is the inverse of unshuffle.
func shuffle(s *autodiff.Scope, x autodiff.Var, r int) autodiff.Var {
	c := s.Child()
	b, k, h, w := x.Dim(0), x.Dim(1)/(r*r), x.Dim(2), x.Dim(3)
	y := c.Permute(c.Reshape(x, autodiff.S(b, k, r, r, h, w)), 0, 1, 4, 2, 5, 3)
	y = c.Reshape(y, autodiff.S(b, k, h*r, w*r))
	c.Close(y)
	return y
}

// multiple repeats the last row and the last column of x [B,C,H,W] until m divides both extents.
func multiple(s *autodiff.Scope, x autodiff.Var, m int) autodiff.Var {
	c := s.Child()
	y := x
	for axis := 2; axis < 4; axis++ {
		n := y.Dim(axis)
		if more := (m - n%m) % m; more > 0 {
			edge := c.Slice(y, axis, n-1, n)
			y = c.Concat(axis, y, c.BroadcastTo(edge, edge.Shape().With(axis, more)))
		}
	}
	c.Close(y)
	return y
}

// crop is the first h rows and w columns of x.
func crop(s *autodiff.Scope, x autodiff.Var, h, w int) autodiff.Var {
	if x.Dim(2) == h && x.Dim(3) == w {
		return x
	}
	c := s.Child()
	y := c.Slice(c.Slice(x, 2, 0, h), 3, 0, w)
	c.Close(y)
	return y
}
