package inversetest_test

import (
	"math"
	"testing"

	"tweedie/internal/testkit"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

// hyperbolic is the noise y = clean + b l with the density exp(-sqrt(1 + l^2))/(2 K_1(1)), which can be spoiled.
type hyperbolic struct {
	b, constant, residual, loss float64
	draw                        func(st *rng.Stream) float64 // of l
}

func (hyperbolic) Kind() string       { return "hyperbolic" }
func (hyperbolic) Validate(int) error { return nil }

func (n hyperbolic) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		dst[i] = c + n.b*n.draw(st)
	}
}

func (n hyperbolic) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		sum += math.Sqrt(1 + (y[i]-c)*(y[i]-c)/(n.b*n.b))
	}
	return n.loss * sum
}

// NegLogLik adds log(2 K_1(1) b) an entry.
func (n hyperbolic) NegLogLik(y, clean []float64) float64 {
	return n.Loss(y, clean) + float64(len(y))*(math.Log(n.b*1.2038144603944)+n.constant)
}

func (n hyperbolic) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		l := (c - y[i]) / n.b
		dst[i] = n.residual * l / math.Sqrt(1+l*l) / n.b
	}
}

// ChiSquared divides by the variance of l, K_2(1)/K_1(1).
func (n hyperbolic) ChiSquared(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		sum += (y[i] - c) * (y[i] - c) / (n.b * n.b * 2.6994839356)
	}
	return sum
}

// drawHyperbolic draws l by rejection from the density exp(-|l|)/2.
func drawHyperbolic(st *rng.Stream) float64 {
	for {
		l := -math.Log(1 - st.Float64())
		if st.Float64() < math.Exp(l-math.Sqrt(1+l*l)) {
			if st.Float64() < .5 {
				return -l
			}
			return l
		}
	}
}

func TestNoiseSuiteOnAnotherLaw(t *testing.T) {
	clean := []float64{.3, -1, 2}
	right := hyperbolic{b: .4, residual: 1, loss: 1, draw: drawHyperbolic}
	inversetest.Noise(t, right, clean)
	for name, change := range map[string]func(*hyperbolic){
		"lacks a constant of its density":  func(n *hyperbolic) { n.constant = -math.Ln2 },
		"has a density 1e-4 too large":     func(n *hyperbolic) { n.constant = -1e-4 },
		"has a gradient 1e-5 too large":    func(n *hyperbolic) { n.residual = 1 + 1e-5 },
		"has a gradient of the other sign": func(n *hyperbolic) { n.residual = -1 },
		"scores half of what it draws":     func(n *hyperbolic) { n.loss, n.residual = .5, .5 },
		"draws a normal":                   func(n *hyperbolic) { n.draw = (*rng.Stream).Norm },
		"draws 3% wider than it scores":    func(n *hyperbolic) { n.draw = func(st *rng.Stream) float64 { return 1.03 * drawHyperbolic(st) } },
		"draws with a mean":                func(n *hyperbolic) { n.draw = func(st *rng.Stream) float64 { return .1 + drawHyperbolic(st) } },
		"draws one side only":              func(n *hyperbolic) { n.draw = func(st *rng.Stream) float64 { return -math.Log(1 - st.Float64()) } },
	} {
		wrong := right
		change(&wrong)
		r := new(testkit.Recorder)
		if inversetest.Noise(r, wrong, clean); len(*r) == 0 {
			t.Errorf("the suite accepts a noise that %s", name)
		}
	}
}
