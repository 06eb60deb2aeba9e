package diffusion

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TestAncestralLearned: with v = -1 everywhere the learned range is the small fixed variance, to rounding.
func TestAncestralLearned(t *testing.T) {
	g := must(NewDiagonalGaussian(repeat(.3, 2), repeat(.4, 2)))
	c := DefaultAncestral()
	c.Process.Respacing = "ddim20"
	p := build(t, c.Process)
	wide := LearnedVariance{C: 2, Prec: Eps{p}, Net: NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		r := make([]float64, len(label))
		for b, l := range label {
			for i, step := range p.Timestep {
				if float64(step) == l {
					r[b] = p.Ratio(i)
				}
			}
		}
		u := s.Mul(x, column(s, x, func(b int) float64 { return math.Hypot(1, r[b]) }))
		eps := s.Mul(g.Score(s, u, r), column(s, x, func(b int) float64 { return -r[b] }))
		return s.Concat(1, eps, s.Full(x.Shape(), -1))
	})}
	job := Job{Shape: autodiff.S(2), Keys: sampleKeys(3), DType: autodiff.F64}
	fixed, err := c.Sample(ctx(), wide, job)
	if err != nil {
		t.Fatal(err)
	}
	c.Process.Variance = LearnedRange
	learned, err := c.Sample(ctx(), wide, job)
	if err != nil {
		t.Fatal(err)
	}
	c.Process.Variance = FixedSmall
	exact, err := c.Sample(ctx(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	for i := range fixed.X {
		within(t, "learned", learned.X[i], fixed.X[i], 1e-12)
		within(t, "exact", exact.X[i], fixed.X[i], 1e-12)
	}
	u := []float64{.1, .2, -1, 2}
	a, b := apply(wide.Score, u, p.Ratio(3), p.Ratio(10)), apply(g.Score, u, p.Ratio(3), p.Ratio(10))
	for i := range a {
		within(t, "score", a[i], b[i], 1e-12*(1+math.Abs(b[i])))
	}
}

// TestResponsibilities: component probabilities given a point, from the densities.
func TestResponsibilities(t *testing.T) {
	m := toy2D()
	x := []float64{.1, -.05}
	g := m.Responsibilities(x, .5)
	a, b := m.Components()[0].LogDensity(x, .5), m.Components()[1].LogDensity(x, .5)
	within(t, "first", g[0], 1/(1+math.Exp(b-a)), 1e-12)
	within(t, "sum", g[0]+g[1], 1, 1e-12)
}

// reverse is the map that turns three numbers around and drops the last of them.
type reverse struct{}

func (reverse) InShape() autodiff.Shape  { return autodiff.S(3) }
func (reverse) OutShape() autodiff.Shape { return autodiff.S(2) }
func (reverse) Apply(dst, x []float64)   { dst[0], dst[1] = x[2], x[1] }
func (reverse) Adjoint(dst, y []float64) { dst[0], dst[1], dst[2] = 0, y[1], y[0] }

func TestDenseMatrix(t *testing.T) {
	if want := mat.NewDense(2, 3, []float64{0, 0, 1, 0, 1, 0}); !mat.Equal(DenseMatrix(reverse{}), want) {
		t.Errorf("%v", mat.Formatted(DenseMatrix(reverse{})))
	}
}

func TestAffine(t *testing.T) {
	for _, a := range []Affine{{}, {Scale: .5, Shift: .5}} {
		if err := a.Validate(); err != nil {
			t.Error(err)
		}
		for _, m := range []float64{-1, .3, 1} {
			within(t, "round trip", a.From(a.To(m)), m, 1e-15)
			within(t, "unit", a.To(m+1)-a.To(m), a.Unit(), 1e-15)
		}
	}
	for _, a := range []Affine{{Scale: -1}, {Scale: math.NaN()}, {Scale: 1, Shift: math.Inf(1)}} {
		if a.Validate() == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

// TestConfigsEncode: what is encoded is decoded to the same.
func TestConfigsEncode(t *testing.T) {
	c := DefaultDDPM()
	c.Respacing = "10,10"
	data, err := EncodeDDPM(c)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeDDPM(data); err != nil || back != c {
		t.Errorf("%s came back as %+v, %v", data, back, err)
	}
	if e := DefaultEDM(); e.Kind() != "edm" || e.Validate() != nil || (EDM{}).Validate() == nil {
		t.Error("EDM's validation")
	}
}

// TestMisuse: wrong lengths panic with a *autodiff.ShapeError that says so.
func TestMisuse(t *testing.T) {
	g := must(NewDiagonalGaussian(repeat(0, 2), repeat(1, 2)))
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	for name, f := range map[string]func(){
		"density": func() { g.LogDensity([]float64{1}, 1) },
		"sample":  func() { g.Sample(make([]float64, 3), rng.New(1).Stream()) },
		"keys":    func() { DefaultDSM().Loss(s, g, s.Zeros(autodiff.S(2, 2)), sampleKeys(3)) },
		"times":   func() { Score(s, g, DefaultVP(), s.Zeros(autodiff.S(2, 2)), []float64{1}) },
	} {
		var err error
		func() {
			defer autodiff.Catch(&err)
			f()
		}()
		if _, ok := err.(*autodiff.ShapeError); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
