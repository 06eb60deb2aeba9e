package dpnp

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// Systematic resampling draws an index of weight w out of n draws n w times, rounded up or down, and n w times on average
// over u.
func TestSystematicResampling(t *testing.T) {
	const n, grid = 24, 4000
	for trial := range 20 {
		logw := make([]float64, 17)
		rng.New(uint64(trial)).Stream().FillNorm(logw)
		logw[3] = math.Inf(-1)
		total := floats.LogSumExp(logw)
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
	total := floats.LogSumExp(inc)
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
		near(t, "the increment of log Z", floats.LogSumExp(inc)-math.Log(n), c.logZ, c.within)
	}
}
