package inverse

// FactoredDense is a Dense with the singular value decomposition of DenseSVD, which is computed once, when something asks
// for it. Its methods panic with an *OperatorError in the rare case that this does not converge.
type FactoredDense struct {
	*Dense
	factors func() *Factored
}

// Singular returns the min(m,n) singular values in decreasing order.
func (o *FactoredDense) Singular() []float64 { return o.factors().Singular() }

// V sets dst = V c.
func (o *FactoredDense) V(dst, c []float64) {
	o.CheckV(dst, c)
	o.factors().V(dst, c)
}

// Vt sets dst = V^T x.
func (o *FactoredDense) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	o.factors().Vt(dst, x)
}

// U sets dst = U c.
func (o *FactoredDense) U(dst, c []float64) {
	o.CheckU(dst, c)
	o.factors().U(dst, c)
}

// Ut sets dst = U^T y.
func (o *FactoredDense) Ut(dst, y []float64) {
	o.CheckU(dst, y)
	o.factors().Ut(dst, y)
}

// PseudoInverse sets dst = A+ y, in which singular values up to Cut times the largest count as zero.
func (o *FactoredDense) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.factors().PseudoInverse(dst, y)
}
