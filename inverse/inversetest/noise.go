package inversetest

import (
	"math"

	"tweedie/inverse"
	"tweedie/rng"
)

// Noise checks that a noise with independent entries draws from the law that it scores, at the clean measurement given:
//
//	Residual is the gradient of Loss                              central differences, 1e-6 relative
//	NegLogLik - Loss does not depend on clean                     1e-10 relative
//	E dLoss/dclean = 0, E (dLoss/dclean)^2 = E d^2Loss/dclean^2   4 standard errors over 20000 draws
//	E ChiSquared = m                                              4 standard errors
//
// The third line is where a draw of another scale or mean than the density's shows.
func Noise(t T, n inverse.Noise, clean []float64) {
	t.Helper()
	m := len(clean)
	if err := n.Validate(m); err != nil {
		t.Errorf("noise: %v", err)
		return
	}
	st := rng.New(5).Split("inversetest.noise", 0).Stream()
	y := make([]float64, m)
	n.Sample(y, clean, st)
	noiseGradient(t, n, y, clean)

	const h = 1e-4
	grad, plus, moved := make([]float64, m), make([]float64, m), make([]float64, m)
	score, fisher, chi := make([]moments, m), make([]moments, m), moments{}
	for i, c := range clean {
		moved[i] = c + h
	}
	for range Draws {
		n.Sample(y, clean, st)
		n.Residual(grad, y, clean)
		n.Residual(plus, y, moved)
		for i, g := range grad {
			score[i].add(g)
			// The information identity, up to O(h) of the difference quotient.
			fisher[i].add(g*g - (plus[i]-g)/h)
		}
		chi.add(n.ChiSquared(y, clean))
	}
	for i := range clean {
		if z := score[i].errors(0); !(z <= 4) {
			t.Errorf("noise: %s: the mean of dLoss/dclean at entry %d is %.1f standard errors from 0", n.Kind(), i, z)
		}
		if z := fisher[i].errors(0); !(z <= 4) {
			t.Errorf("noise: %s: the draws at entry %d have another spread than the density, by %.1f standard errors", n.Kind(), i, z)
		}
	}
	if z := chi.errors(float64(m)); !(z <= 4) {
		t.Errorf("noise: %s: ChiSquared is %.4g on average, where m = %d belongs: %.1f standard errors", n.Kind(), chi.sum/chi.n, m, z)
	}
}

func noiseGradient(t T, n inverse.Noise, y, clean []float64) {
	t.Helper()
	const h = 1e-5
	grad, c := make([]float64, len(clean)), make([]float64, len(clean))
	n.Residual(grad, y, clean)
	copy(c, clean)
	constant := n.NegLogLik(y, clean) - n.Loss(y, clean)
	for i := range clean {
		c[i] = clean[i] + h
		up := n.Loss(y, c)
		if other := n.NegLogLik(y, c) - up; !(math.Abs(other-constant) <= 1e-10*(1+math.Abs(constant)+math.Abs(up))) {
			t.Errorf("noise: %s: NegLogLik - Loss changes with clean at entry %d, from %v to %v", n.Kind(), i, constant, other)
		}
		c[i] = clean[i] - h
		want := (up - n.Loss(y, c)) / (2 * h)
		c[i] = clean[i]
		if !(math.Abs(grad[i]-want) <= 1e-6*(1+math.Abs(want)+math.Abs(up))) {
			t.Errorf("noise: %s: Residual is %v at entry %d, and the gradient of Loss is %v", n.Kind(), grad[i], i, want)
		}
	}
}

// moments are sums of a sample.
type moments struct{ n, sum, square float64 }

func (m *moments) add(v float64) {
	m.n++
	m.sum += v
	m.square += v * v
}

// errors is the distance of the mean from want in standard errors.
func (m *moments) errors(want float64) float64 {
	mean := m.sum / m.n
	se := math.Sqrt(max(0, m.square/m.n-mean*mean) / m.n)
	return math.Abs(mean-want) / max(se, math.SmallestNonzeroFloat64)
}
