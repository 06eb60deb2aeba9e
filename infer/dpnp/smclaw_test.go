package dpnp

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/rng"
)

// quantile returns the quantile (i+.5)/n of N(mean, deviation^2): n of them stand for its law without chance.
func quantile(i, n int, mean, deviation float64) float64 {
	return mean + deviation*distuv.UnitNormal.Quantile((float64(i)+.5)/float64(n))
}

// particlesAt returns one island of particles at x, [n*d], with y = a x + N(0, sigma^2), a [m,d] in a row; l is 0.
func particlesAt(t testing.TB, x, a, y []float64, sigma float64) *smc {
	t.Helper()
	d := len(a) / len(y)
	op, err := inverse.DenseConfig{Rows: len(y), Data: a}.Build(autodiff.S(1, 1, d))
	if err != nil {
		t.Fatal(err)
	}
	p := cases.Problem(cases.Isotropic(0, 1), op, sigma, y)
	e, err := newEngine(context.Background(), Default(), p, infer.Run{Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := len(x) / d
	e.method.SMC.Particles = n
	s := &smc{engine: e, x: x, ancestor: make([]int, n), ll: make([]float64, n), logZ: make([]float64, 1)}
	if err := s.measure(); err != nil {
		t.Fatal(err)
	}
	return s
}

// line returns n quantiles of N(mean, deviation^2).
func line(n int, mean, deviation float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = quantile(i, n, mean, deviation)
	}
	return x
}

// given returns the law of x ~ N(0, s^2) under y = a x + N(0, noise).
func given(s, a, y, noise float64) (mean, deviation float64) {
	v := 1 / (1/(s*s) + a*a/noise)
	return v * a * y / noise, math.Sqrt(v)
}

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.9g, want %.9g within %.2g", what, got, want, within)
	}
}

// Systematic resampling draws an index of weight w out of n draws n w times, rounded up or down, and n w times on average
// over u.
func TestSystematicResampling(t *testing.T) {
	const n, grid = 24, 4000
	for trial := range 20 {
		logw := make([]float64, 17)
		rng.New(uint64(trial)).Stream().FillNorm(logw)
		logw[3] = math.Inf(-1)
		total := logSumExp(logw)
		mean := make([]float64, len(logw))
		for g := range grid {
			count := make([]float64, len(logw))
			for _, k := range systematic(logw, n, (float64(g)+.5)/grid) {
				count[k]++
				mean[k] += 1. / grid
			}
			for k, c := range count {
				if want := n * math.Exp(logw[k]-total); c < math.Floor(want) || c > math.Ceil(want) {
					t.Fatalf("trial %d: %g draws of an index of which %.3f belong", trial, c, want)
				}
			}
		}
		for k, m := range mean {
			near(t, "the mean number of draws", m, n*math.Exp(logw[k]-total), 2./grid)
		}
	}
}

// Eight particles: effective sample sizes, the level at half of them, its evidence, weights and resampling. The oracle is of
// plain rounds, whose noise sigma^2 + eta^2 is that of deflated rounds at an eta as much larger.
func TestBisectionOfEightParticles(t *testing.T) {
	const sigma = .05
	s := particlesAt(t, line(8, 0, 1), []float64{1}, []float64{.7}, sigma)
	deflated := func(eta float64) float64 { return math.Hypot(eta, sigma) }
	for eta, want := range map[float64]float64{1: 6.499347, .5: 4.090214, .2: 2.093252} {
		near(t, "the effective sample size", effective(s.increments(deflated(eta))), want, 1e-6)
	}
	eta := s.next(.045)
	near(t, "the level at half", eta, deflated(.487999842), 1e-8)
	inc := s.increments(eta)
	total := logSumExp(inc)
	near(t, "log Z", total-math.Log(8), -1.223253659, 1e-8)
	for i, want := range []float64{.000011, .001842, .018331, .075018, .18734, .314866, .321204, .081388} {
		near(t, "a weight", math.Exp(inc[i]-total), want, 1e-6)
	}
	if got := systematic(inc, 8, .5); !slices.Equal(got, []int{3, 4, 5, 5, 5, 6, 6, 7}) {
		t.Errorf("systematic resampling takes %v", got)
	}
}

// The effective sample size and the evidence of a step between two levels, against their closed forms on N(0, s^2).
func TestEffectiveSizeInClosedForm(t *testing.T) {
	const n = 200_000
	mean, deviation := given(1, 1, .7, .05*.05+.25)
	for _, c := range []struct {
		mean, deviation, a, sigma, y, from, to, share, logZ, within float64
	}{
		{mean, deviation, 1, .05, .7, .5, .3, .797653342, .039688943, 1e-4},
		{0, 1, .5, .2, -1.3, 0, .8, .217442991, -2.397462463, 1e-4},
	} {
		s := particlesAt(t, line(n, c.mean, c.deviation), []float64{c.a}, []float64{c.y}, c.sigma)
		inc := make([]float64, n)
		for i, r := range s.residual {
			inc[i] = r.LogLik(c.to, false)
			if c.from > 0 {
				inc[i] -= r.LogLik(c.from, false)
			}
		}
		near(t, "the share kept", effective(inc)/n, c.share, c.within)
		near(t, "the increment of log Z", logSumExp(inc)-math.Log(n), c.logZ, c.within)
	}
}

// The levels at which half of the effective sample size is kept, and log Z at each, along one direction: s = a = 1, sigma
// .05, y .7.
func TestLevelsAlongOneDirection(t *testing.T) {
	const n, sigma, y = 20_000, .05, .7
	mean, deviation, logZ := 0., 1., 0.
	var s *smc
	for k, want := range []struct{ eta, logZ, share float64 }{{.495092, -1.225322, .5}, {.171686, -1.171449, .5}, {.062433, -1.164932, .5}, {.05, -1.164576, .933656}} {
		before := s
		s = particlesAt(t, line(n, mean, deviation), []float64{1}, []float64{y}, sigma)
		if before != nil {
			s.etas = before.etas
			s.score(s.etas[k-1])
		}
		eta := s.next(sigma)
		near(t, "a level", eta, want.eta, 2e-4*want.eta)
		inc := s.increments(eta)
		logZ += logSumExp(inc) - math.Log(n)
		near(t, "log Z", logZ, want.logZ, 2e-4)
		near(t, "the share kept", s.share(inc), want.share, 2e-3)
		mean, deviation = given(1, 1, y, max(sigma*sigma, eta*eta))
		s.etas = append(s.etas, eta)
	}
}

// Levels of four directions with one common eta. Each level has N = 20,000 draws of its own law; 4 standard errors are
// below .03 of an eta and .03 of log Z.
func TestLevelsAlongFourDirections(t *testing.T) {
	const n, sigma = 20_000, .05
	prior, gain := []float64{1, 1, .5, 2}, []float64{1, .5, 1, .25}
	y := []float64{.7, -.4, .2, .6}
	a := make([]float64, 16)
	for j, g := range gain {
		a[5*j] = g
	}
	mean, deviation := make([]float64, 4), slices.Clone(prior)
	logZ := 0.
	var etas []float64
	for k, want := range []float64{1.635644, .85349, .516317, .331173, .218508, .134959, .077391, .05} {
		x := make([]float64, 4*n)
		rng.New(3).Split("level", k).Stream().FillNorm(x)
		for i, v := range x {
			x[i] = mean[i%4] + deviation[i%4]*v
		}
		s := particlesAt(t, x, a, y, sigma)
		if s.etas = etas; k > 0 {
			s.score(etas[k-1])
		}
		eta := s.next(sigma)
		near(t, "a level", eta, want, .03*want)
		inc := s.increments(eta)
		logZ += logSumExp(inc) - math.Log(n)
		etas = append(etas, eta)
		for j, g := range gain {
			// Deflated: S = max(sigma^2, eta^2 a^2).
			mean[j], deviation[j] = given(prior[j], g, y[j], max(sigma*sigma, eta*eta*g*g))
		}
	}
	near(t, "log Z", logZ, -2.965786, .03)
}

// The number of levels grows as the square root of the number of data.
func TestPredictedLevels(t *testing.T) {
	for _, c := range []struct {
		t    float64
		want []int
	}{{1, []int{1, 2, 5, 9, 16, 32}}, {49, []int{3, 7, 15, 31, 55, 111}}, {400, []int{4, 9, 21, 44, 79, 160}}} {
		for i, m := range []int{1, 4, 16, 64, 200, 784} {
			gains := slices.Repeat([]float64{math.Sqrt(c.t)}, m)
			if got := predictLevels(gains, 1, 1/gains[0]); got != c.want[i] {
				t.Errorf("%d levels for %d data with t = %g, want %d", got, m, c.t, c.want[i])
			}
		}
	}
}

// The weight of the lower mode and the evidence of the two modes in the plane at each coupling, plain and deflated. The
// likelihood depends on a x alone, so that quantiles of each mode along a stand for the prior.
func TestMarginalWeightsOfTwoModes(t *testing.T) {
	const n = 20_000
	a := []float64{-2, 1.7}
	length := math.Hypot(a[0], a[1])
	var x []float64
	for _, at := range []float64{-.5, .5} {
		for i := range n {
			q := quantile(i, n, 0, .1)
			x = append(x, at+q*a[0]/length, at+q*a[1]/length)
		}
	}
	s := particlesAt(t, x, a, []float64{.3}, .2)
	for _, c := range []struct {
		eta          float64
		deflated     bool
		weight, logZ float64
	}{
		{1, false, .503215, -1.899831}, {.5, false, .512283, -1.251891}, {.2, false, .558252, -.580494}, {.05, false, .671191, -.267341},
		{.5, true, .512557, -1.241522}, {.2, true, .564943, -.540881}, {.1, true, .657713, -.283764}, {.076, true, .695603, -.243753}, {.01, true, .695603, -.243753},
	} {
		l := make([]float64, 2*n)
		for i, r := range s.residual {
			l[i] = r.LogLik(c.eta, c.deflated)
		}
		total := logSumExp(l)
		near(t, "the weight of the lower mode", math.Exp(logSumExp(l[:n])-total), c.weight, 2e-5)
		near(t, "log Z", total-math.Log(2*n), c.logZ, 2e-5)
	}
}

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
		if s, v := run(1, seed); v.State != infer.Passed {
			t.Errorf("seed %d: the right denoiser fails: %s %.2f, drift %.3g", seed, v.Name, v.Value, s.test.drift)
		}
		s, v := run(.9, seed)
		t.Logf("seed %d: wrong denoiser: %s %.1f, limits %v, drift %.3g nats", seed, v.Name, v.Value, v.Limits, s.test.drift)
		if v.State != infer.Failed || s.test.drift < .1 {
			t.Errorf("seed %d: the wrong denoiser passes: %s %.2f, drift %.3g", seed, v.Name, v.Value, s.test.drift)
		}
	}
}
