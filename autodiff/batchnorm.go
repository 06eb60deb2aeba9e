package autodiff

// BatchMoments returns the mean and the biased variance [C] of x [N,C,...] over all axes but 1. Both can be
// differentiated, as BatchNorm in training must be. It panics with a *ShapeError when x has no axis 1.
func (s *Scope) BatchMoments(x Var) (mean, variance Var) {
	sh := x.Shape()
	if sh.rank < 2 {
		panic(s.shapeError("batch_moments", "want [N,C,...]", x))
	}
	c := s.Child()
	to := channelShape(sh)
	scale := float64(sh.dims[1]) / float64(sh.Size())
	m := c.Scale(c.SumTo(x, to), scale)
	v := c.Scale(c.SumTo(c.Square(c.Sub(x, m)), to), scale)
	mean, variance = c.Reshape(m, S(sh.dims[1])), c.Reshape(v, S(sh.dims[1]))
	c.Close(mean, variance)
	return mean, variance
}

// BatchNorm normalises x [N,C,...] by a mean and a variance [C], then scales and shifts (Ioffe and Szegedy,
// arXiv:1502.03167):
//
//	y = gamma[c] (x - mean[c]) / sqrt(variance[c] + eps) + beta[c].
//
// Give it BatchMoments(x) in training and running statistics afterwards. gamma and beta are [C], or the zero Var for
// none. It panics with a *ShapeError when one of the four is not [C].
func (s *Scope) BatchNorm(x, mean, variance, gamma, beta Var, eps float64) Var {
	if x.Rank() < 2 {
		panic(s.shapeError("batch_norm", "want [N,C,...]", x))
	}
	for _, v := range [4]Var{mean, variance, gamma, beta} {
		if !v.IsZero() && v.Shape() != S(x.n.shape.dims[1]) {
			panic(s.shapeError("batch_norm", "want mean, variance, gamma and beta with one element for each channel", x, v))
		}
	}
	c := s.Child()
	scale := c.Rsqrt(c.AddScalar(variance, eps))
	if !gamma.IsZero() {
		scale = c.Mul(scale, gamma)
	}
	to := channelShape(x.n.shape)
	y := c.Mul(c.Sub(x, c.Reshape(mean, to)), c.Reshape(scale, to))
	if !beta.IsZero() {
		y = c.AddChannel(y, beta)
	}
	c.Close(y)
	return y
}
