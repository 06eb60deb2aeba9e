package reddiff

import (
	"context"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// priorOnly is a state whose data say nothing, for the gradient of the regulariser.
func priorOnly(t *testing.T, m REDDiff, prior diffusion.Denoiser, n int) *redState {
	t.Helper()
	p := cases.Problem(prior, inverse.NewIdentity(autodiff.S(n)), 1, make([]float64, n))
	st, err := newREDState(context.Background(), m, p, infer.Run{Samples: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func ddpmLevels(t *testing.T) []float64 {
	t.Helper()
	r, err := infer.NoiseLevels(1000)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Section 8.1 of the RED-diff specification: levels r_t of the linear schedule.
func TestNoiseLevelsOracle(t *testing.T) {
	r := ddpmLevels(t)
	for i, want := range map[int]float64{0: .010001, 9: .043571, 99: .338828, 249: .952936, 499: 3.424137, 749: 17.24698, 999: 157.40728} {
		if math.Abs(r[i]/want-1) > 5e-5 {
			t.Errorf("r[%d] = %.7g, want %.7g", i, r[i], want)
		}
	}
	if !(r[258] < 1 && r[259] > 1) {
		t.Errorf("r crosses 1 between %g and %g", r[258], r[259])
	}
}

// Section 8.2: the expected gradient of the regulariser on N(m, c) is lambda p(c) (mu - m), p by closed form.
func TestExpectedGradientOracle(t *testing.T) {
	levels := ddpmLevels(t)
	for w, rows := range map[Weighting]map[float64]float64{
		Linear:      {.01: .958569, .0625: .901361, .25: .826947, .5: .778806, 1: .724487, 2: .665717, 4: .604593, 10: .523587, 100: .336955},
		Sqrt:        {.01: .66015, .0625: .54696, .25: .43894, 1: .32426, 4: .22075},
		SquareW:     {.01: 17.8088, .0625: 17.7822, .25: 17.7233, 1: 17.5904, 4: 17.3255},
		LogW:        {.01: .40916, .0625: .36066, .25: .30298, 1: .23191, 4: .16035},
		TruncLinear: {.01: .40056, .0625: .34498, .25: .27600, 1: .19103, 4: .11253},
		TwoThirds:   {.01: .69095, .0625: .60257, .25: .50879, 1: .40011, 4: .29318},
		ConstW:      {.01: .82570, .0625: .55829, .25: .37523, 1: .22666, 4: .12289},
	} {
		m := Default()
		m.Weighting, m.Lambda, m.Obs = w, .3, 0
		for c, want := range rows {
			st := priorOnly(t, m, cases.Isotropic(.2, c), 1)
			st.mu[0] = 1.2
			sum := 0.0
			for _, r := range levels {
				st.draw(m)
				clear(st.n) // the gradient is linear in the noise, whose mean is zero
				if err := st.gradient(m, r, 1); err != nil {
					t.Fatal(err)
				}
				sum += st.g[0] / float64(len(levels))
			}
			tol := 1e-6
			if w != Linear {
				tol = .5e-5 // printed digits
			}
			if w == SquareW {
				tol = 1e-4
			}
			if got := sum / (m.Lambda * 1.0); math.Abs(got-want) > tol {
				t.Errorf("%s, c=%g: p = %.7f, want %.7f", w, c, got, want)
			}
		}
	}
}

// Section 8.2: one step's gradient is that of |y-Ax|^2/(2m) + lambda W(r) <eps - n, x>/d.
func TestStepGradientIsClosedForm(t *testing.T) {
	sh := autodiff.S(1, 4, 4)
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 2}.Build(sh)
	if err != nil {
		t.Fatal(err)
	}
	y := []float64{.1, .4, -.3, .9}
	m := Default()
	st, err := newREDState(context.Background(), m, cases.Problem(cases.Isotropic(.1, .6), op, 1, y), infer.Run{Samples: 1, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	st.streams[0].FillNorm(st.mu)
	infer.FillNorms(st.n, st.streams)
	st.draw(m)
	const r, h = .7, 1e-6
	if err := st.gradient(m, r, 1); err != nil {
		t.Fatal(err)
	}
	eps := make([]float64, 16)
	for j := range eps {
		u := st.mu[j] + r*st.n[j]
		eps[j] = r * (u - .1) / (.6 + r*r) // the exact noise estimate on N(.1, .6)
	}
	loss := func(x []float64) float64 {
		ax := make([]float64, 4)
		op.Apply(ax, x)
		l := 0.0
		for i := range ax {
			l += (y[i] - ax[i]) * (y[i] - ax[i]) / (2 * 4)
		}
		for j := range x {
			l += m.Lambda * r * (eps[j] - st.n[j]) * x[j] / 16
		}
		return l
	}
	for j := range st.mu {
		x := append([]float64(nil), st.mu...)
		x[j] += h
		up := loss(x)
		x[j] -= 2 * h
		if fd := (up - loss(x)) / (2 * h); math.Abs(fd-st.g[j]) > 1e-8 {
			t.Errorf("gradient %d is %.9f, differences give %.9f", j, st.g[j], fd)
		}
	}
}

// sealed is a denoiser that refuses to be differentiated.
type sealed struct {
	diffusion.Denoiser
	t *testing.T
}

func (d sealed) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	if s.Recording() {
		d.t.Error("the denoiser was evaluated on a tape")
	}
	return d.Denoiser.Denoise(s, u, sigma)
}

// Section 8.2: no gradient flows into the denoiser, and each step costs one evaluation per restart.
func TestDenoiserIsNeverDifferentiated(t *testing.T) {
	p := cases.Problem(sealed{cases.Isotropic(0, 1), t}, inverse.NewIdentity(autodiff.S(3)), .1, make([]float64, 3))
	for _, learn := range []bool{false, true} {
		m := Default()
		m.Learn = learn
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if res.Evaluations != 50*4 {
			t.Errorf("%d evaluations, want 200", res.Evaluations)
		}
	}
}

// Section 8.2: on N(m, c I) the gradient in sigma vanishes at sigma^2 = c for every level; N = 40,000 pixels, 4
// standard errors. The released code's formula with two independent noises does not vanish there.
func TestDispersionFixedPoint(t *testing.T) {
	const n, c = 40000, .3
	m := Default()
	m.Learn, m.Obs, m.Lambda = true, 0, 1
	for _, r := range []float64{.1, 1, 5} {
		st := priorOnly(t, m, cases.Isotropic(0, c), n)
		grad := func(variance float64) float64 {
			st.sigma[0] = math.Sqrt(variance)
			rng.New(9).Stream().FillNorm(st.n)
			if err := st.dispersed(m, r, 1); err != nil {
				t.Fatal(err)
			}
			return st.gs[0]
		}
		e := math.Sqrt(1 + c/(r*r))
		scale := m.Weighting.Weight(r) * 2 * math.Sqrt(c) / (e * r) / e // of one pixel's term, n^2/e
		if g, se := grad(c), scale*math.Sqrt(2.0/n); math.Abs(g) > 4*se {
			t.Errorf("r=%g: gradient %.5g at sigma^2 = c, standard error %.2g", r, g, se)
		}
		if g := grad(1.2 * c); g <= 0 {
			t.Errorf("r=%g: gradient %.3g above the fixed point; it must be positive", r, g)
		}
		if g := grad(c / 1.2); g >= 0 {
			t.Errorf("r=%g: gradient %.3g below the fixed point; it must be negative", r, g)
		}
		if legacy := 2*c + c*c/(r*r); legacy < 2*c {
			t.Errorf("r=%g: the released formula has its fixed point at %.3g", r, legacy)
		}
	}
}

// Section 8.3, measured references: mean and variance over restarts, with the tolerance of 300 replicates.
func TestBehaviourReferences(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	const n = 300 // restarts, as independent pixels would share Adam's state only by coordinate
	run := func(m REDDiff, prior diffusion.Denoiser, op inverse.Operator, y []float64) (mean, variance float64) {
		res, err := m.Solve(context.Background(), cases.Problem(prior, op, .3, y), infer.Run{Samples: n, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		var last []float64
		for _, s := range res.Samples {
			last = append(last, s[len(s)-1])
		}
		mean, _, variance, _ = cases.PixelMoments(last)
		return mean, variance
	}
	m := Default()
	m.Steps = 1000
	identity := inverse.NewIdentity(autodiff.S(1))
	mean, v := run(m, cases.Isotropic(0, 1), identity, []float64{1})
	t.Logf("observed, lambda .25: %.4f / %.2g", mean, v)
	if math.Abs(mean-1) > .005 || v > 5e-4 {
		t.Errorf("descending order returns %.4f with variance %.2g; the reference returns y = 1 within .004 and 5e-4", mean, v)
	}
	m.Lambda = 10
	if mean, _ := run(m, cases.Isotropic(0, 1), identity, []float64{1}); math.Abs(mean-.878) > 4*math.Sqrt(.0128/48) {
		t.Errorf("lambda 10: mean %.4f, reference .878 from at least 48 replicates of variance .0128", mean)
	}
	m.Lambda, m.Order = .25, Random
	m.LR = .01
	if mean, _ := run(m, cases.Isotropic(0, 1), identity, []float64{1}); math.Abs(mean-.8467) > .006 {
		t.Errorf("random order: mean %.4f, theory .8467", mean)
	}
}
