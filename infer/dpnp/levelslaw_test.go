package dpnp

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

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
		logZ += floats.LogSumExp(inc) - math.Log(n)
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
		logZ += floats.LogSumExp(inc) - math.Log(n)
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
			if got := predictLevels(gains, 1, 1/gains[0], .5); got != c.want[i] {
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
		total := floats.LogSumExp(l)
		near(t, "the weight of the lower mode", math.Exp(floats.LogSumExp(l[:n])-total), c.weight, 2e-5)
		near(t, "log Z", total-math.Log(2*n), c.logZ, 2e-5)
	}
}
