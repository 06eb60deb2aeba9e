package inverse_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/optics"
)

// bands is a user's convolution, with a kernel for each channel.
type bands struct {
	inverse.Base
	blurs    []*optics.Blur
	transfer []complex128
}

func newBands(t *testing.T, h, w int, kernels ...string) *bands {
	t.Helper()
	in := autodiff.S(len(kernels), h, w)
	o := &bands{Base: inverse.NewBase("bands", in, in)}
	for _, k := range kernels {
		b := optest.Build(t, autodiff.S(1, h, w), `{"kind":"blur",`+k+`}`).(*optics.Blur)
		o.blurs, o.transfer = append(o.blurs, b), append(o.transfer, b.Transfer()...)
	}
	return o
}

func (o *bands) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for c, b := range o.blurs {
		n := len(x) / len(o.blurs)
		b.Apply(dst[c*n:][:n], x[c*n:][:n])
	}
}

func (o *bands) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	for c, b := range o.blurs {
		n := len(y) / len(o.blurs)
		b.Adjoint(dst[c*n:][:n], y[c*n:][:n])
	}
}

func (o *bands) Transfer() []complex128 { return o.transfer }

// TestFourierForAnotherConvolution: an operator from elsewhere that knows its transfer function gets the exact sampler.
func TestFourierForAnotherConvolution(t *testing.T) {
	op := newBands(t, 3, 4, `"gaussian":{"size":3,"std":0.7}`, `"motion":{"size":3,"intensity":0.5,"seed":2}`)
	inversetest.Operator(t, op)
	lik := problem(t, op, inverse.Gaussian{Sigma: .2})
	s, err := inverse.NewProximal(lik, inverse.DefaultProximal())
	if err != nil || s.Name() != "fourier" {
		t.Fatalf("auto takes %v (%v), not fourier", s, err)
	}
	inversetest.Proximal(t, lik, s)
}

func TestFourierRefusesAnotherTransfer(t *testing.T) {
	op := newBands(t, 3, 4, `"gaussian":{"size":3,"std":0.7}`, `"uniform":{"rows":1,"cols":2}`)
	op.transfer = op.transfer[1:]
	want := "proximal: bands: transfer: 23 frequencies where 12 (all channels alike) or 24 belong"
	if _, err := inverse.NewProximal(problem(t, op, inverse.Gaussian{Sigma: 1}), inverse.DefaultProximal()); err == nil || err.Error() != want {
		t.Errorf("a transfer function of 23 entries: %v", err)
	}
	op.Base = inverse.NewBase("bands", autodiff.S(24), autodiff.S(24))
	want = "proximal: bands: shape: it takes [24] to [24], which is not diagonal in the Fourier space of images [C,H,W]"
	if _, err := inverse.NewFourierProximal(problem(t, op, inverse.Gaussian{Sigma: 1})); err == nil || err.Error() != want {
		t.Errorf("vectors: %v", err)
	}
}
