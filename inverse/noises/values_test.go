package noises_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/noises"
	"tweedie/rng"
)

// TestValues compares -NegLogLik with scipy.stats 1.17.1: logpdf and logpmf of laplace, t, multivariate_t, uniform, poisson,
// rice, lognorm, gamma and vonmises; differences of scipy.special.ndtr and log_ndtr for rounded data; log_ndtr and
// log_expit for signs; and logsumexp over 20000 counts of poisson.logpmf + norm.logpdf for poisson-gaussian. That of the
// Laplace law far off is by hand, where scipy has -inf.
func TestValues(t *testing.T) {
	for _, r := range []struct {
		json     string
		y, clean []float64
		want     float64
	}{
		{`{"kind":"laplace","scale":0.4}`, []float64{1.3}, []float64{.2}, -2.5268564486857903},
		{`{"kind":"laplace","scale":0.4}`, []float64{-500}, []float64{.2}, -500.2/.4 - math.Log(.8)},
		{`{"kind":"student","dof":4,"scale":0.4}`, []float64{1.3}, []float64{.2}, -2.7182203754342034},
		{`{"kind":"student","dof":2.5,"scale":0.4}`, []float64{1e6}, []float64{.2}, -50.058143895241656},
		{`{"kind":"student","dof":1e5,"scale":0.4}`, []float64{.5}, []float64{.2}, -0.2839023228099492},
		{`{"kind":"gaussian-unknown","shape":3,"scale":2}`, []float64{1, 2, -4}, []float64{.1, .2, .3}, -10.551560985200208},
		{`{"kind":"uniform","half_width":0.6}`, []float64{.3}, []float64{0}, -0.1823215567939546},
		{`{"kind":"poisson"}`, []float64{7}, []float64{4.6}, -2.442767236600071},
		{`{"kind":"poisson","gain":0.5,"background":0.1}`, []float64{0}, []float64{.025}, -0.25},
		{`{"kind":"poisson","link":"exponential"}`, []float64{1000100}, []float64{math.Log(1e6)}, -7.831743728369474},
		{`{"kind":"poisson-gaussian","sigma":0.7}`, []float64{3.3}, []float64{2.5}, -1.6824665385381503},
		{`{"kind":"poisson-gaussian","gain":2,"sigma":0.3}`, []float64{4.1}, []float64{7}, -1.45814252558499},
		{`{"kind":"poisson-gaussian","gain":0.001,"sigma":0.05}`, []float64{1.05}, []float64{1}, 1.5498592066052073},
		{`{"kind":"poisson-gaussian","sigma":0.7}`, []float64{-3}, []float64{.2}, -9.945778971461799},
		{`{"kind":"poisson-gaussian","sigma":200}`, []float64{5100}, []float64{5000}, -6.387372692061604},
		{`{"kind":"rician","sigma":0.5}`, []float64{1.3}, []float64{-1.1}, -0.19798633248718833},
		{`{"kind":"rician","sigma":0.5}`, []float64{.7}, []float64{0}, 0.04961941718115814},
		{`{"kind":"rician","sigma":0.5}`, []float64{100.3}, []float64{100}, -0.40429048246295374},
		{`{"kind":"log-normal","sigma":0.5}`, []float64{2.2}, []float64{1.7}, -1.307364966867076},
		{`{"kind":"gamma","looks":4}`, []float64{2.2}, []float64{1.7}, -1.180193536139658},
		{`{"kind":"gamma","looks":300.5}`, []float64{2.2}, []float64{1.7}, -9.759654927959478},
		{`{"kind":"rounded","step":0.5,"sigma":0.4}`, []float64{.5}, []float64{.3}, -0.8688259511295591},
		{`{"kind":"rounded","step":1,"sigma":0.1}`, []float64{4}, []float64{.5}, -454.32124395634327},
		{`{"kind":"one-bit","scale":0.7,"threshold":0.2}`, []float64{1}, []float64{1.1}, -0.10455128411104832},
		{`{"kind":"one-bit","scale":1}`, []float64{-1}, []float64{50}, -1254.8313611394199},
		{`{"kind":"one-bit","scale":0.7,"threshold":0.2,"link":"logistic"}`, []float64{-1}, []float64{1.1}, -1.529799459838288},
		{`{"kind":"von-mises","concentration":2}`, []float64{1.3}, []float64{-.4}, -2.919559596483351},
		{`{"kind":"von-mises","concentration":3000}`, []float64{.01}, []float64{0}, 2.9342048270027608},
		{`{"kind":"von-mises","concentration":0.01}`, []float64{3}, []float64{2 * math.Pi}, -1.8478019912191015},
		{`{"kind":"gaussian","covariance":[[2,-0.5,0.3],[-0.5,1,0.1],[0.3,0.1,0.09]]}`, []float64{1, 0, 1.5}, []float64{.3, -1, 2}, -36.92546697200817},
	} {
		n := decode(t, r.json, len(r.y))
		if got := -n.NegLogLik(r.y, r.clean); !(math.Abs(got-r.want) <= 1e-9*(1+math.Abs(r.want))) {
			t.Errorf("%s: the log density of %v given %v is %.16g, and scipy has %.16g", r.json, r.y, r.clean, got, r.want)
		}
	}
}

// TestStandardisedValues compares with norm.isf or norm.ppf of the tails of scipy.stats 1.17.1.
func TestStandardisedValues(t *testing.T) {
	for _, r := range []struct {
		json           string
		y, clean, want float64
	}{
		{`{"kind":"laplace","scale":1}`, 30, 0, 7.449666846958142},
		{`{"kind":"student","dof":4,"scale":1}`, -20, 0, -4.126184718247608},
		{`{"kind":"rician","sigma":0.5}`, 3.3, 1.1, 4.273920661032748},
		{`{"kind":"rician","sigma":0.5}`, .1, 2, -4.338083378851403},
		{`{"kind":"poisson"}`, 15, 4.6, 3.736103107131349},
		{`{"kind":"gamma","looks":4}`, 6, 1.7, 3.3317452896545627},
		{`{"kind":"von-mises","concentration":2}`, 2, 0, 2.1127801752120368},
		{`{"kind":"poisson-gaussian","sigma":0.7}`, 9, 2.5, 3.1049604666314154},
	} {
		z := []float64{0}
		decode(t, r.json, 1).(inverse.Standardiser).Standardised(z, []float64{r.y}, []float64{r.clean})
		if !(math.Abs(z[0]-r.want) <= 1e-8) {
			t.Errorf("%s: %v given %v is %.12g deviations off, and scipy has %.12g", r.json, r.y, r.clean, z[0], r.want)
		}
	}
}

// TestTails asks for finite losses and gradients of what is far off, and for those of the limits.
func TestTails(t *testing.T) {
	for _, r := range []struct {
		json     string
		y, clean float64
		gradient float64 // relative 1e-3
	}{
		{`{"kind":"one-bit","scale":1}`, -1, 1e6, 1e6},
		{`{"kind":"one-bit","scale":1,"link":"logistic"}`, -1, 1e6, 1},
		{`{"kind":"rounded","step":1,"sigma":1e-3}`, 0, 1e3, 999.5e6},
		{`{"kind":"rounded","step":1e-6,"sigma":1}`, 0, 1e3, 1e3},
		{`{"kind":"rician","sigma":1e-3}`, 1, 2, 1e6},
		{`{"kind":"rician","sigma":1e-3}`, 0, 2, 2e6},
		{`{"kind":"poisson"}`, 1e6, 1e-9, -1e15},
		{`{"kind":"poisson","link":"exponential"}`, 3, -1000, -3},
		{`{"kind":"poisson","link":"exponential"}`, 3, 1e6, math.Exp(600)},
		{`{"kind":"poisson-gaussian","sigma":0.01}`, 1e4, 1e-3, -1e7},
		{`{"kind":"poisson-gaussian","sigma":1,"link":"exponential"}`, -5, -1000, 0},
		{`{"kind":"poisson-gaussian","gain":1e-9,"sigma":1}`, 4, 1, -3},
		{`{"kind":"student","dof":3,"scale":1}`, 1e9, 0, -4e-9},
		{`{"kind":"log-normal","sigma":0.1}`, 1e-30, 1e30, 100 * math.Log(1e60) / 1e30},
		{`{"kind":"von-mises","concentration":1e12}`, 0, 1e-6, 1e6},
	} {
		n := decode(t, r.json, 1)
		y, c, g := []float64{r.y}, []float64{r.clean}, []float64{0}
		n.Residual(g, y, c)
		if loss := n.Loss(y, c); math.IsNaN(loss) || math.IsInf(loss, 0) {
			t.Errorf("%s: Loss of %v given %v is %v", r.json, r.y, r.clean, loss)
		}
		if !(math.Abs(g[0]-r.gradient) <= 1e-3*math.Abs(r.gradient)) {
			t.Errorf("%s: Residual of %v given %v is %v; want %v", r.json, r.y, r.clean, g[0], r.gradient)
		}
	}
}

func decode(t *testing.T, json string, m int) inverse.Noise {
	t.Helper()
	n, err := inverse.DecodeNoise([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Validate(m); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestDataThatNoDrawIsLike asks a likelihood for the entry that its noise cannot have drawn.
func TestDataThatNoDrawIsLike(t *testing.T) {
	for _, r := range []struct {
		json string
		y    float64
		want string
	}{
		{`{"kind":"poisson","gain":2}`, 3, "poisson: entry 0 of y is 3; it must be a count, 0, 1, 2, ..., times the gain 2; poisson-gaussian takes other numbers"},
		{`{"kind":"poisson"}`, -1, "poisson: entry 0 of y is -1; it must be a count, 0, 1, 2, ..., times the gain 1; poisson-gaussian takes other numbers"},
		{`{"kind":"rician","sigma":1}`, -1, "rician: entry 0 of y is -1; it must be a magnitude, at least 0"},
		{`{"kind":"gamma","looks":1}`, 0, "gamma: entry 0 of y is 0; it must be positive"},
		{`{"kind":"log-normal","sigma":1}`, -1, "log-normal: entry 0 of y is -1; it must be positive"},
		{`{"kind":"rounded","sigma":1,"step":0.5}`, .7, "rounded: entry 0 of y is 0.7; it must be a multiple of the step 0.5"},
		{`{"kind":"one-bit","scale":1}`, 0, "one-bit: entry 0 of y is 0; it must be -1 or 1"},
		{`{"kind":"von-mises","concentration":1}`, 4, "von-mises: entry 0 of y is 4; it must be a phase in radians, between -pi and pi"},
	} {
		n := decode(t, r.json, 1)
		if _, err := inverse.NewLikelihood(inverse.NewIdentity(autodiff.S(1)), n, []float64{r.y}); err == nil || err.Error() != r.want {
			t.Errorf("%s\n got  %v\n want %s", r.json, err, r.want)
		}
		if s := n.NegLogLik([]float64{r.y}, []float64{1}); !math.IsInf(s, 1) && r.y != 0 {
			t.Errorf("%s: NegLogLik is %v of data that no draw is like", r.json, s)
		}
	}
}

// TestDrawSigma draws sigma from the prior, data given it, and sigma anew given the data, which has the prior's law again:
// 1/sigma^2 of 20000 draws has a gamma law by Kolmogorov and Smirnov, p > 6e-5, and is correlated with that drawn first.
func TestDrawSigma(t *testing.T) {
	n := noises.GaussianUnknown{Shape: 3, Scale: 2}
	st := rng.New(4).Stream()
	const draws = 20000
	clean, y := []float64{1, 2, 3, 4}, make([]float64, 4)
	p, sizes := make([]float64, draws), 0.
	for k := range p {
		n.Sample(y, clean, st)
		s := n.DrawSigma(y, clean, st)
		p[k] = mathext.GammaIncReg(3, 2/(s*s))
		var q float64
		for i := range y {
			q += (y[i] - clean[i]) * (y[i] - clean[i])
		}
		sizes += (p[k] - .5) * math.Log(q) / draws
	}
	slices.Sort(p)
	worst := 0.
	for i, v := range p {
		worst = max(worst, math.Abs(v-(float64(i)+.5)/draws))
	}
	if d := worst * math.Sqrt(draws); d > 2.28 {
		t.Errorf("sqrt(N) D of precisions is %.3g, above 2.28", d)
	}
	if sizes > -.1 {
		t.Errorf("precisions and the logarithms of Q have the covariance %.3g; they must fall with Q", sizes)
	}
}
