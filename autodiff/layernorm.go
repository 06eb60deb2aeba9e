package autodiff

// LayerNorm normalises x [...,D] to mean 0 and variance 1 over its last axis, then scales and shifts
// (Ba, Kiros and Hinton, arXiv:1607.06450):
//
//	y = gamma (x - mean) / sqrt(var + eps) + beta,   var biased.
//
// gamma and beta are [D], or the zero Var for none. It panics with a *ShapeError when one is neither.
func (s *Scope) LayerNorm(x, gamma, beta Var, eps float64) Var {
	sh := x.Shape()
	d := sh.dims[s.axis("layer_norm", x, -1)]
	c := s.Child()
	y := c.GroupNorm(c.Reshape(x, matrixShape(sh.Size()/max(d, 1), d)), gamma, beta, 1, eps, false)
	y = c.Reshape(y, sh)
	c.Close(y)
	return y
}
