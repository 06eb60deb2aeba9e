package reddiff

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// counts is Poisson noise: y is the number of photons at the rate clean, and the loss is clean - y ln(clean).
type counts struct{ inverse.Gaussian }

func (counts) Kind() string       { return "counts" }
func (counts) Validate(int) error { return nil }

func (counts) Sample(dst, clean []float64, st *rng.Stream) {
	gap := func() float64 { return -math.Log1p(-st.Float64()) }
	for i, c := range clean {
		dst[i] = 0
		for t := gap(); t < c; t += gap() {
			dst[i]++
		}
	}
}

func (counts) Loss(y, clean []float64) (sum float64) {
	for i, c := range clean {
		sum += c - y[i]*math.Log(c)
	}
	return sum
}

func (counts) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		dst[i] = 1 - y[i]/c
	}
}

func (counts) ChiSquared(y, clean []float64) (sum float64) {
	for i, c := range clean {
		sum += (y[i] - c) * (y[i] - c) / c
	}
	return sum
}

// logistic is noise of the density exp(-z)/(1 + exp(-z))^2/scale, z = (y - clean)/scale.
type logistic struct {
	inverse.Gaussian
	scale float64
}

func (logistic) Kind() string       { return "logistic" }
func (logistic) Validate(int) error { return nil }

func (n logistic) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		u := st.Float64()
		dst[i] = c + n.scale*(math.Log(u)-math.Log1p(-u))
	}
}

func (n logistic) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		dst[i] = math.Tanh((c-y[i])/(2*n.scale)) / n.scale
	}
}

// exponential is the operator A(x) = exp(B x), whose Poisson likelihood is convex in x.
type exponential struct{ b *mat.Dense }

func (exponential) Name() string               { return "exponential" }
func (o exponential) InShape() autodiff.Shape  { _, n := o.b.Dims(); return autodiff.S(n) }
func (o exponential) OutShape() autodiff.Shape { m, _ := o.b.Dims(); return autodiff.S(m) }

func (o exponential) Apply(dst, x []float64) {
	mat.NewVecDense(len(dst), dst).MulVec(o.b, mat.NewVecDense(len(x), x))
	for i, v := range dst {
		dst[i] = math.Exp(v)
	}
}

func (o exponential) VJP(dst, x, ct []float64) {
	a := make([]float64, len(ct))
	o.Apply(a, x)
	for i, v := range ct {
		a[i] *= v
	}
	mat.NewVecDense(len(dst), dst).MulVec(o.b.T(), mat.NewVecDense(len(a), a))
}
