package inverse

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
)

// whitened returns the likelihood of L^-1 y under L^-1 A and noise of sigma 1, which is that of y but for log det L.
func whitened(l *Likelihood, c *Covariance) *Likelihood {
	m := len(l.Y)
	root := c.lower(m)
	y := append([]float64(nil), l.Y...)
	trsv(root, blas.NoTrans, y)
	return &Likelihood{Op: whitenedOperator(l.Op, root), Noise: Gaussian{Sigma: 1}, Y: y, logDet: c.logDet(m) / 2}
}

// whitenedOperator returns L^-1 A, which is Linear or Differentiable where A is.
func whitenedOperator(op Operator, root *mat.TriDense) Operator {
	w := whitening{op, root}
	switch op := op.(type) {
	case Linear:
		return &whiteningLinear{w, op}
	case Differentiable:
		return &whiteningDifferentiable{w, op}
	}
	return &w
}

// whitening measures L^-1 A(x).
type whitening struct {
	op   Operator
	root *mat.TriDense
}

// Name returns "whitened" and the name of A.
func (o *whitening) Name() string { return "whitened " + o.op.Name() }

// InShape returns the shape of an image.
func (o *whitening) InShape() autodiff.Shape { return o.op.InShape() }

// OutShape returns [m]: whitened data have no place in an image.
func (o *whitening) OutShape() autodiff.Shape { return autodiff.S(o.op.OutShape().Size()) }

// Apply sets dst = L^-1 A(x).
func (o *whitening) Apply(dst, x []float64) {
	o.op.Apply(dst, x)
	trsv(o.root, blas.NoTrans, dst)
}

// back returns L^-T y.
func (o *whitening) back(y []float64) []float64 {
	v := append([]float64(nil), y...)
	checkLen(o.Name(), "y", len(v), o.OutShape().Size())
	trsv(o.root, blas.Trans, v)
	return v
}

// whiteningLinear is a whitening of a linear operator.
type whiteningLinear struct {
	whitening
	linear Linear
}

// Adjoint sets dst = A^T L^-T y.
func (o *whiteningLinear) Adjoint(dst, y []float64) { o.linear.Adjoint(dst, o.back(y)) }

// whiteningDifferentiable is a whitening of an operator that is not linear.
type whiteningDifferentiable struct {
	whitening
	inner Differentiable
}

// VJP sets dst = A'(x)^T L^-T ct.
func (o *whiteningDifferentiable) VJP(dst, x, ct []float64) { o.inner.VJP(dst, x, o.back(ct)) }
