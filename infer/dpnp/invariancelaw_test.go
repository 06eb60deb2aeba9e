package dpnp

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// Draws of N(0, 1), noised to eta = .4 and denoised by the prior N(0, .9^2), have the variance .942489; N = 100,000, 4
// standard errors.
func TestOnePassOfAWrongDenoiser(t *testing.T) {
	const n, eta = 100_000, .4
	e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(0, .81), Shape: autodiff.S(n), DType: autodiff.F64})
	x := make([]float64, n)
	st := rng.New(8).Stream()
	for i := range x {
		x[i] = math.Hypot(1, eta) * st.Norm()
	}
	if err := (DDSDDIM{Steps: 32, Heun: true}).Draw(e, x, eta, []*rng.Stream{st}); err != nil {
		t.Fatal(err)
	}
	_, _, v, se := cases.PixelMoments(x)
	near(t, "the variance", v, .942489, 4*se)
}

// The test of invariance sees a denoiser of N(0, .9^2) beside draws of N(0, 1), and passes one of N(0, 1): 64 pixels, 256
// draws, each datum sees one pixel with a noise of .05.
func TestInvarianceSeesAWrongDenoiser(t *testing.T) {
	run := func(deviation float64, seed uint64) (*smc, infer.Verdict) {
		y := make([]float64, 64)
		rng.New(seed).Split("data", 0).Stream().FillNorm(y)
		op := inverse.NewIdentity(autodiff.S(1, 8, 8))
		p := cases.Problem(cases.Isotropic(0, deviation*deviation), op, .05, y)
		p.Std = 1
		m := Default()
		m.Mode, m.Tolerance, m.Steps = SMCMode, .002, 0
		e, err := newEngine(context.Background(), m, p, infer.Run{Samples: 64, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		e.pool = make([]float64, mostTested*64)
		rng.New(seed).Split("draws", 0).Stream().FillNorm(e.pool)
		if err := e.plan(); err != nil {
			t.Fatal(err)
		}
		s, err := e.newSMC()
		if err != nil {
			t.Fatal(err)
		}
		s.etas = []float64{.8, .4, .2, .1}
		if err := s.testInvariance(); err != nil {
			t.Fatal(err)
		}
		res := &infer.Result{}
		s.test.judge(res)
		return s, res.Verdicts[0]
	}
	for seed := range uint64(5) {
		s, v := run(1, seed)
		drift, se := s.test.drift()
		if v.State != infer.Passed || drift > 4*se {
			t.Errorf("seed %d: the right denoiser fails: %s %.2f, drift %.3g +- %.3g", seed, v.Name, v.Value, drift, se)
		}
		s, v = run(.9, seed)
		drift, se = s.test.drift()
		_, why := s.test.error(.2)
		t.Logf("seed %d: wrong denoiser: %s %.1f, limits %v, drift %.3g +- %.3g nats", seed, v.Name, v.Value, v.Limits, drift, se)
		if v.State != infer.Failed || !strings.Contains(why, "not of one law") {
			t.Errorf("seed %d: the wrong denoiser passes: %s %.2f, drift %.3g +- %.3g: %q", seed, v.Name, v.Value, drift, se, why)
		}
	}
}

// The drift is the sum over levels of the mean changes of the steps, with the error of paired draws; it joins the error of
// the evidence beyond twice its noise, and the evidence is refused where the test fails, unless the drift is known to be small.
func TestDriftBesideItsNoise(t *testing.T) {
	for _, c := range []struct {
		shift, mc, joins float64
		refused          bool
	}{{0, .2, 0, false}, {.15, .2, 0, false}, {.25, .2, .05, false}, {.4, .2, 0, true}, {.6, .9, .4, false}, {.4, .05, 0, true}} {
		test := invariance{made: true}
		for i := range 100 {
			// Of 100 numbers with the mean 0 and the standard error .1.
			test.moved = append(test.moved, c.shift+float64(2*(i%2)-1)*math.Sqrt(.99))
		}
		test.take("evidence", zOf(test.moved), len(test.moved))
		drift, se := test.drift()
		near(t, "the drift", drift, c.shift, 1e-12)
		near(t, "its error", se, .1, 1e-3)
		got, why := test.error(c.mc)
		if near(t, "what joins the error", got, c.joins, 2e-3); (why != "") != c.refused {
			t.Errorf("%+v: %q", c, why)
		}
		res := &infer.Result{}
		if test.judge(res); c.refused && res.Verdicts[0].State != infer.Failed {
			t.Errorf("%+v: the evidence is refused, and the test passes", c)
		}
	}
	// A few draws that the data do not allow, moved by hundreds of nats, do not count.
	changes := make([]change, 100)
	for i := range changes {
		changes[i] = change{step: .5}
		if i%10 == 0 {
			changes[i] = change{before: -500, after: -700, step: -200}
		}
	}
	if mean, se := infer.MeanAndError(driftOf(changes)); math.Abs(mean-.5) > 1e-9 || se > 1e-9 {
		t.Errorf("draws that the data allow drift by %.3g +- %.3g, want .5", mean, se)
	}
	if got := standsFor(13, 4); !slices.Equal(got, []float64{3, 4, 5, 0}) {
		t.Errorf("4 of 13 levels stand for %v steps", got)
	}
}

// The mode exchange finds the same: its evidence is given with a prior that is not in closed form and of one law, and
// refused with one that is not; 16 pixels, 256 draws, quadratic data.
func TestExchangeTestsThePrior(t *testing.T) {
	for _, c := range []struct {
		deviation float64
		given     bool
	}{{1, true}, {.7, false}} {
		y := make([]float64, 4)
		for i := range y {
			y[i] = 1
		}
		p := cases.Problem(cases.Isotropic(0, c.deviation*c.deviation), pixelSquares(4), .3, y)
		p.Std = 1
		m := Default()
		m.Mode, m.Exchange.Sweeps, m.Tolerance = ExchangeMode, 400, .01
		e, err := newEngine(context.Background(), m, p, infer.Run{Samples: 32, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		e.pool = make([]float64, mostTested*4)
		rng.New(1).Split("draws", 0).Stream().FillNorm(e.pool)
		res, err := e.solve(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("denoiser of deviation %g: evidence %+v, warnings %q, %v", c.deviation, *res.Evidence, res.Warnings, cases.Find(t, res, "drift of log p(y)"))
		if given := res.Evidence.Why == ""; given != c.given || !given && !strings.Contains(res.Evidence.Why, "not of one law") {
			t.Errorf("denoiser of deviation %g: evidence %+v", c.deviation, *res.Evidence)
		}
		// Draws of N(0, 1) know log p(y).
		if c.given {
			sum, n := 0.0, 400_000
			x, st := make([]float64, 4), rng.New(2).Stream()
			for range n {
				st.FillNorm(x)
				sum += math.Exp(-p.Likelihood.NegLogLik(x))
			}
			near(t, "log p(y)", res.Evidence.Value, math.Log(sum/float64(n)), 4*math.Hypot(res.Evidence.StdErr, .01))
		}
	}
}
