package diffusion_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/batch"
	"tweedie/diffusion/internal/numtest"
)

// TestAncestralLearned checks that a learned variance with v = -1 everywhere is the small fixed one, to rounding.
func TestAncestralLearned(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(.3, 2), numtest.Repeat(.4, 2)))
	c := diffusion.DefaultAncestral()
	c.Process.Respacing = "ddim20"
	p := numtest.Must(c.Process.Build())
	wide := diffusion.LearnedVariance{C: 2, Prec: diffusion.Eps{p}, Net: diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		r := make([]float64, len(label))
		for b, l := range label {
			for i, step := range p.Timestep {
				if float64(step) == l {
					r[b] = p.Ratio(i)
				}
			}
		}
		u := s.Mul(x, batch.Column(s, x, func(b int) float64 { return math.Hypot(1, r[b]) }))
		eps := s.Mul(g.Score(s, u, r), batch.Column(s, x, func(b int) float64 { return -r[b] }))
		return s.Concat(1, eps, s.Full(x.Shape(), -1))
	})}
	job := diffusion.Job{Shape: autodiff.S(2), Keys: numtest.Keys(3), DType: autodiff.F64}
	fixed, err := c.Sample(ctx(), wide, job)
	if err != nil {
		t.Fatal(err)
	}
	c.Process.Variance = diffusion.LearnedRange
	learned, err := c.Sample(ctx(), wide, job)
	if err != nil {
		t.Fatal(err)
	}
	c.Process.Variance = diffusion.FixedSmall
	exact, err := c.Sample(ctx(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	for i := range fixed.X {
		numtest.Within(t, "learned", learned.X[i], fixed.X[i], 1e-12)
		numtest.Within(t, "exact", exact.X[i], fixed.X[i], 1e-12)
	}
	u := []float64{.1, .2, -1, 2}
	a, b := numtest.Apply(wide.Score, u, p.Ratio(3), p.Ratio(10)), numtest.Apply(g.Score, u, p.Ratio(3), p.Ratio(10))
	for i := range a {
		numtest.Within(t, "score", a[i], b[i], 1e-12*(1+math.Abs(b[i])))
	}
}

func TestAffine(t *testing.T) {
	for _, a := range []diffusion.Affine{{}, {Scale: .5, Shift: .5}} {
		if err := a.Validate(); err != nil {
			t.Error(err)
		}
		for _, m := range []float64{-1, .3, 1} {
			numtest.Within(t, "round trip", a.ToPrior(a.ToPhysical(m)), m, 1e-15)
			numtest.Within(t, "unit", a.ToPhysical(m+1)-a.ToPhysical(m), a.Unit(), 1e-15)
		}
	}
	for _, a := range []diffusion.Affine{{Scale: -1}, {Scale: math.NaN()}, {Scale: 1, Shift: math.Inf(1)}} {
		if a.Validate() == nil {
			t.Errorf("%+v was accepted", a)
		}
	}
}

// TestConfigsEncode checks that a configuration is decoded to what was encoded.
func TestConfigsEncode(t *testing.T) {
	c := diffusion.DefaultDDPM()
	c.Respacing = "10,10"
	data, err := diffusion.EncodeDDPM(c)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := diffusion.DecodeDDPM(data); err != nil || back != c {
		t.Errorf("%s came back as %+v, %v", data, back, err)
	}
}

// TestMisuse checks that a wrong number of keys or times panics with a *autodiff.ShapeError that says so.
func TestMisuse(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 2), numtest.Repeat(1, 2)))
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	for name, f := range map[string]func(){
		"keys":  func() { diffusion.DefaultDSM().Loss(s, g, s.Zeros(autodiff.S(2, 2)), numtest.Keys(3)) },
		"times": func() { diffusion.Score(s, g, diffusion.DefaultVP(), s.Zeros(autodiff.S(2, 2)), []float64{1}) },
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
