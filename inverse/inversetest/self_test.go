package inversetest_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// rejects fails unless a suite reports a failure of the given check, and nothing of others.
func rejects(t *testing.T, check string, suite func(r *testkit.Recorder)) {
	t.Helper()
	r := new(testkit.Recorder)
	suite(r)
	if len(*r) == 0 {
		t.Errorf("the suite accepts a subject whose %s is wrong", check)
	}
	for _, f := range *r {
		if !strings.HasPrefix(f, check+": ") {
			t.Errorf("a subject whose %s is wrong fails elsewhere: %s", check, f)
		}
	}
}

// good returns an operator with everything, whose methods the wrong ones replace.
func good(t *testing.T) *optics.BlockAverage {
	t.Helper()
	op, err := inverse.Decode([]byte(`{"kind":"block-average","rows":2,"cols":2}`), autodiff.S(2, 4, 6))
	if err != nil {
		t.Fatal(err)
	}
	return op.(*optics.BlockAverage)
}

type (
	// nearestUpsample takes the pseudo-inverse for the adjoint, as published code does.
	nearestUpsample struct{ *optics.BlockAverage }
	almostAdjoint   struct{ *optics.BlockAverage }
	adjointAsPinv   struct{ *optics.BlockAverage }
	largerSingular  struct{ *optics.BlockAverage }
	skewV           struct{ *optics.BlockAverage }
	swappedU        struct{ *optics.BlockAverage }
	tooManySingular struct{ *optics.BlockAverage }
	missesRange     struct{ *optics.BlockAverage }
	offset          struct{ *optics.BlockAverage }
	adds            struct{ *optics.BlockAverage }
	changesArgument struct{ *optics.BlockAverage }
	anyLength       struct{ *optics.BlockAverage }
	otherConfig     struct{ *optics.BlockAverage }
	wrongGram       struct{ *inverse.Identity }
	otherTransfer   struct{ *optics.Blur }
	shortTransfer   struct{ *optics.Blur }
)

func (o nearestUpsample) Adjoint(dst, y []float64) { o.BlockAverage.PseudoInverse(dst, y) }

func (o almostAdjoint) Adjoint(dst, y []float64) {
	o.BlockAverage.Adjoint(dst, y)
	dst[0] *= 1 + 1e-7
}

func (o adjointAsPinv) PseudoInverse(dst, y []float64) { o.Adjoint(dst, y) }

func (o largerSingular) Singular() []float64 {
	s := append([]float64(nil), o.BlockAverage.Singular()...)
	s[3] *= 1 + 1e-6
	return s
}

func (o skewV) V(dst, c []float64) {
	o.BlockAverage.V(dst, c)
	dst[0] += 1e-6 * dst[1]
}

func (o swappedU) U(dst, c []float64) {
	o.BlockAverage.U(dst, c)
	dst[0], dst[1] = dst[1], dst[0]
}

func (o swappedU) Ut(dst, y []float64) {
	o.BlockAverage.Ut(dst, y)
	dst[0], dst[1] = dst[1], dst[0]
}

func (o tooManySingular) Singular() []float64 {
	return append([]float64{0}, o.BlockAverage.Singular()...)
}

func (o missesRange) Singular() []float64 {
	s := o.BlockAverage.Singular()
	return s[:len(s)-1]
}

func (o offset) Apply(dst, x []float64) {
	o.BlockAverage.Apply(dst, x)
	for i := range dst {
		dst[i]++
	}
}

func (o adds) Adjoint(dst, y []float64) {
	x := make([]float64, len(dst))
	o.BlockAverage.Adjoint(x, y)
	for i := range dst {
		dst[i] += x[i]
	}
}

func (o changesArgument) Apply(dst, x []float64) {
	o.BlockAverage.Apply(dst, x)
	x[0] = dst[0]
}

func (o anyLength) Apply(dst, x []float64) {
	o.BlockAverage.Apply(make([]float64, 12), x[:48])
	full := make([]float64, 12)
	o.BlockAverage.Apply(full, x[:48])
	copy(dst, full)
}

func (o otherConfig) Config() inverse.Config { return optics.BlockAverageConfig{Rows: 2, Cols: 1} }

func (o wrongGram) GramDiagonal(dst, w []float64) {
	o.Identity.GramDiagonal(dst, w)
	dst[0] *= 2
}

func (o otherTransfer) Transfer() []complex128 {
	h := append([]complex128(nil), o.Blur.Transfer()...)
	h[3] *= 1 + 1e-9
	return h
}

func (o shortTransfer) Transfer() []complex128 { return o.Blur.Transfer()[1:] }

// blur returns a circular blur.
func blur(t *testing.T) *optics.Blur {
	return decode(t, autodiff.S(2, 4, 5), `{"kind":"blur","gaussian":{"size":3,"std":0.6}}`).(*optics.Blur)
}

func TestSuiteRejectsWrongOperators(t *testing.T) {
	inversetest.Operator(t, good(t))
	for _, c := range []struct {
		check string
		op    inverse.Operator
	}{
		{"adjoint", nearestUpsample{good(t)}},
		{"adjoint", almostAdjoint{good(t)}},
		{"adjoint", adds{good(t)}},
		{"penrose", adjointAsPinv{good(t)}},
		{"svd", largerSingular{good(t)}},
		{"svd", skewV{good(t)}},
		{"svd", swappedU{good(t)}},
		{"svd", tooManySingular{good(t)}},
		{"svd", missesRange{good(t)}},
		{"apply", anyLength{good(t)}},
		{"config", otherConfig{good(t)}},
		{"gram", wrongGram{inverse.NewIdentity(autodiff.S(3))}},
		{"fourier", otherTransfer{blur(t)}},
		{"fourier", shortTransfer{blur(t)}},
		{"gradient", cubic{factor: 3.001}},
	} {
		t.Run(fmt.Sprintf("%T", c.op), func(t *testing.T) {
			rejects(t, c.check, func(r *testkit.Recorder) { inversetest.Operator(r, c.op) })
		})
	}
	// These are wrong in more than one way.
	for _, op := range []inverse.Operator{offset{good(t)}, empty{}, changesArgument{good(t)}, stateful{good(t), new(atomic.Int64)}} {
		r := new(testkit.Recorder)
		if inversetest.Operator(r, op); len(*r) == 0 {
			t.Errorf("the suite accepts %T", op)
		}
	}
}

// cubic is y = x^3; its gradient is right when factor is 3.
type cubic struct{ factor float64 }

func (cubic) Name() string               { return "cubic" }
func (cubic) InShape() autodiff.Shape    { return autodiff.S(4) }
func (c cubic) OutShape() autodiff.Shape { return c.InShape() }

func (c cubic) check(dst, x []float64) {
	if len(dst) != 4 || len(x) != 4 {
		panic(&autodiff.ShapeError{Op: "cubic", Msg: "4 entries belong"})
	}
}

func (c cubic) Apply(dst, x []float64) {
	c.check(dst, x)
	for i, v := range x {
		dst[i] = v * v * v
	}
}

func (c cubic) VJP(dst, x, ct []float64) {
	c.check(dst, ct)
	for i, v := range x {
		dst[i] = c.factor * v * v * ct[i]
	}
}

func TestSuiteAcceptsANonlinearOperator(t *testing.T) { inversetest.Operator(t, cubic{3}) }

// noiseSubject is Gaussian noise that draws, shifts or scores as it is told.
type noiseSubject struct {
	inverse.Gaussian
	draw, shift, residual, drift float64
}

func (n noiseSubject) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		dst[i] = c + n.shift + n.draw*n.Sigma*st.Norm()
	}
}

func (n noiseSubject) Residual(dst, y, clean []float64) {
	n.Gaussian.Residual(dst, y, clean)
	for i := range dst {
		dst[i] *= n.residual
	}
}

func (n noiseSubject) NegLogLik(y, clean []float64) float64 {
	return n.Gaussian.NegLogLik(y, clean) + n.drift*clean[0]
}

func TestNoiseSuite(t *testing.T) {
	clean := []float64{.3, -1, 2}
	inversetest.Noise(t, inverse.Gaussian{Sigma: .3}, clean)
	inversetest.Noise(t, inverse.Gaussian{Sigmas: []float64{.3, 2, .01}}, clean)
	right := noiseSubject{Gaussian: inverse.Gaussian{Sigma: .5}, draw: 1, residual: 1}
	inversetest.Noise(t, right, clean)
	for name, change := range map[string]func(*noiseSubject){
		"draws twice the sigma that it scores (published code does)": func(n *noiseSubject) { n.draw = 2 },
		"draws 3% more":                            func(n *noiseSubject) { n.draw = 1.03 },
		"draws with an offset":                     func(n *noiseSubject) { n.shift = .02 },
		"has a wrong gradient":                     func(n *noiseSubject) { n.residual = 1 + 1e-5 },
		"has a loss that differs from its density": func(n *noiseSubject) { n.drift = 1e-6 },
		"has no sigma":                             func(n *noiseSubject) { n.Sigma = 0 },
	} {
		wrong := right
		change(&wrong)
		r := new(testkit.Recorder)
		if inversetest.Noise(r, wrong, clean); len(*r) == 0 {
			t.Errorf("the suite accepts a noise that %s", name)
		}
	}
}

// proximalSubject spoils the draws of another sampler.
type proximalSubject struct {
	inverse.ExactProximal
	change func(z, x []float64)
}

func (p proximalSubject) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	err := p.ExactProximal.Sample(dst, x, eta, st)
	if err == nil {
		p.change(dst, x)
	}
	return err
}

func TestProximalSuiteRejectsWrongSamplers(t *testing.T) {
	op := good(t)
	y := make([]float64, 12)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .2}, y)
	if err != nil {
		t.Fatal(err)
	}
	right, err := inverse.NewSVDProximal(lik)
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]inverse.ProximalSampler{
		"adds 5% of spread about x": proximalSubject{right, func(z, x []float64) {
			for i := range z {
				z[i] += .05 * (z[i] - x[i])
			}
		}},
		"returns the mean": proximalSubject{right, func(z, x []float64) { _ = right.Mean(z, x, .7) }},
		"never moves":      still{right},
	} {
		r := new(testkit.Recorder)
		if inversetest.Proximal(r, lik, wrong); len(*r) == 0 {
			t.Errorf("the suite accepts a sampler that %s", name)
		}
	}
}

// still returns the state it is given.
type still struct{ inverse.ProximalSampler }

func (still) Sample(_, _ []float64, eta float64, _ *rng.Stream) error {
	if eta < 0 {
		return fmt.Errorf("eta is %v", eta)
	}
	return nil
}

// stateful answers otherwise each time.
type stateful struct {
	*optics.BlockAverage
	count *atomic.Int64
}

func (o stateful) Apply(dst, x []float64) {
	o.BlockAverage.Apply(dst, x)
	dst[0] += float64(o.count.Add(1))
}

// empty has no pixels.
type empty struct{}

func (empty) Name() string             { return "empty" }
func (empty) InShape() autodiff.Shape  { return autodiff.S(0) }
func (empty) OutShape() autodiff.Shape { return autodiff.S(1) }
func (empty) Apply(_, _ []float64)     {}
