package inversetest_test

import (
	"errors"
	"math"
	"testing"

	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/inversetest"
	"tweedie/inverse/noises"
	"tweedie/rng"
)

// Noises that ship, each spoiled in one method.
type (
	tailedLaplace  struct{ noises.Laplace }
	tailedPoisson  struct{ noises.Poisson }
	boundPoisson   struct{ noises.Poisson }
	unboundPoisson struct{ noises.Poisson }
	blindPoisson   struct{ noises.Poisson }
	pickyPoisson   struct{ noises.Poisson }
	shortPoisson   struct{ noises.Poisson }
	brightPoisson  struct{ noises.Poisson }
	restlessNoise  struct{ noises.Laplace }
	normalLaplace  struct{ noises.Laplace }
)

// Standardised is a fifth too large.
func (n tailedLaplace) Standardised(dst, y, clean []float64) {
	n.Laplace.Standardised(dst, y, clean)
	for i := range dst {
		dst[i] *= 1.2
	}
}

// Standardised is that of z = (k - lambda)/sqrt(lambda).
func (n tailedPoisson) Standardised(dst, y, clean []float64) {
	for i, c := range clean {
		dst[i] = (y[i] - c) / math.Sqrt(c)
	}
}

func (boundPoisson) Support() (lo, hi float64)   { return .2, math.Inf(1) }
func (unboundPoisson) Support() (lo, hi float64) { return -5, math.Inf(1) }

func (blindPoisson) Information(dst, clean []float64) { dst[0] = math.NaN() }

func (pickyPoisson) CheckData([]float64) error { return errors.New("no") }

// NegLogLik lacks log k!.
func (shortPoisson) NegLogLik(y, clean []float64) (sum float64) {
	for i, c := range clean {
		if c < 0 || y[i] < 0 {
			return math.Inf(1)
		}
		sum += c - y[i]*math.Log(c)
	}
	return sum
}

func (shortPoisson) Loss(y, clean []float64) float64 { return shortPoisson{}.NegLogLik(y, clean) }

// Restrict keeps itself, as if the entries had one law.
func (n shortPoisson) Restrict([]int) inverse.Noise { return n }

// Sample has one more photon in ten.
func (n brightPoisson) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		dst[i] = 1.1 * c
	}
	n.Poisson.Sample(dst, dst, st)
}

// Restrict takes entries from the other end.
func (n restlessNoise) Restrict(keep []int) inverse.Noise {
	other := make([]int, len(keep))
	for i, k := range keep {
		other[i] = len(n.Scales) - 1 - k
	}
	return n.Laplace.Restrict(other)
}

// Sample draws normal numbers of the law's deviation.
func (n normalLaplace) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		dst[i] = c + math.Sqrt2*n.Scale*st.Norm()
	}
}

func TestNoiseSuiteOnSpoiledKinds(t *testing.T) {
	laplace, poisson := noises.Laplace{Scale: .4}, noises.Poisson{Gain: 1, Link: "identity"}
	clean := []float64{.3, 4}
	inversetest.Noise(t, laplace, clean)
	inversetest.Noise(t, poisson, clean)
	for name, wrong := range map[string]inverse.Noise{
		"has tails a fifth too thin":                tailedLaplace{laplace},
		"has tails of a normal law":                 tailedPoisson{poisson},
		"has a support that starts too late":        boundPoisson{poisson},
		"has a support that starts too early":       unboundPoisson{poisson},
		"has no information":                        blindPoisson{poisson},
		"refuses its draws":                         pickyPoisson{poisson},
		"lacks the factorials":                      shortPoisson{poisson},
		"draws a tenth more":                        brightPoisson{poisson},
		"restricts to other entries":                restlessNoise{noises.Laplace{Scales: []float64{.4, 2}}},
		"draws a normal of the law's own deviation": normalLaplace{laplace},
	} {
		r := new(testkit.Recorder)
		if inversetest.Noise(r, wrong, clean); len(*r) == 0 {
			t.Errorf("the suite accepts a noise that %s", name)
		} else {
			t.Logf("%s: %s", name, (*r)[0])
		}
	}
}
