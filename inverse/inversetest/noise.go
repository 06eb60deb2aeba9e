package inversetest

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
	"tweedie/rng"
)

// Noise checks that a noise with independent entries draws from the law that it scores, at the clean measurement given:
//
//	Residual is the gradient of Loss                              extrapolated differences, 1e-8 relative
//	NegLogLik - Loss does not depend on clean                     1e-12 relative
//	the density exp(-NegLogLik) of y integrates to 1              1e-5, up to 64 entries that are not all integers
//	E dLoss/dclean = 0, E (dLoss/dclean)^2 = E d^2Loss/dclean^2   4 standard errors over 20000 draws
//	E ChiSquared = m                                              4 standard errors
//
// The fourth line shows draws of another scale or mean than the density's.
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
	noiseConstant(t, n, y, clean)

	const h = 1e-4
	grad, plus, moved := make([]float64, m), make([]float64, m), make([]float64, m)
	score, fisher, chi := make([]moments, m), make([]moments, m), moments{}
	draws := make([]moments, m)
	for i, c := range clean {
		moved[i] = c + h
	}
	for range Draws {
		n.Sample(y, clean, st)
		n.Residual(grad, y, clean)
		n.Residual(plus, y, moved)
		for i, g := range grad {
			draws[i].add(y[i])
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
	noiseDensity(t, n, y, clean, draws)
	if z := chi.errors(float64(m)); !(z <= 4) {
		t.Errorf("noise: %s: ChiSquared is %.4g on average, where m = %d belongs: %.1f standard errors", n.Kind(), chi.sum/chi.n, m, z)
	}
}

func noiseGradient(t T, n inverse.Noise, y, clean []float64) {
	t.Helper()
	grad, c := make([]float64, len(clean)), slices.Clone(clean)
	n.Residual(grad, y, clean)
	// Gradients below 1e-3 of the root mean square are rounding of the others in Loss and count as that much.
	small := 1e-3 * floats.Norm(grad, 2) / math.Sqrt(float64(len(grad)))
	for i := range clean {
		want := derivative(func(h float64) float64 {
			c[i] = clean[i] + h
			up := n.Loss(y, c)
			c[i] = clean[i] - h
			return up - n.Loss(y, c)
		})
		c[i] = clean[i]
		if !(math.Abs(grad[i]-want) <= 1e-8*max(math.Abs(want), small)) {
			t.Errorf("noise: %s: Residual is %v at entry %d, and the gradient of Loss is %v", n.Kind(), grad[i], i, want)
		}
	}
}

// noiseConstant compares NegLogLik - Loss at clean with its value where one entry is a half larger, and 0.1 more.
func noiseConstant(t T, n inverse.Noise, y, clean []float64) {
	t.Helper()
	c := slices.Clone(clean)
	constant := n.NegLogLik(y, clean) - n.Loss(y, clean)
	for i := range clean {
		c[i] = clean[i] + math.Abs(clean[i])/2 + .1
		loss := n.Loss(y, c)
		other := n.NegLogLik(y, c) - loss
		c[i] = clean[i]
		if !(math.Abs(other-constant) <= 1e-12*(1+math.Abs(constant)+math.Abs(loss))) {
			t.Errorf("noise: %s: NegLogLik - Loss changes with clean at entry %d, from %v to %v", n.Kind(), i, constant, other)
		}
	}
}

// noiseDensity checks that the density of y integrates to 1, for noises with independent entries. It integrates
// exp(-NegLogLik) over each entry of y in turn; the product of these integrals is exp(-NegLogLik(y))^(m-1). The
// substitution y_i + s sinh(u), with the standard deviation s of the draws, reaches 8e4 s.
func noiseDensity(t T, n inverse.Noise, y, clean []float64, draws []moments) {
	t.Helper()
	if len(y) > 64 || !slices.ContainsFunc(y, func(v float64) bool { return v != math.Trunc(v) }) {
		return
	}
	const points, reach = 4000, 12.
	at, total := n.NegLogLik(y, clean), 0.0
	moved := slices.Clone(y)
	for i, d := range draws {
		sum := 0.0
		for k := -points / 2; k <= points/2; k++ {
			u := reach * float64(k) / (points / 2)
			moved[i] = y[i] + d.std()*math.Sinh(u)
			if p := math.Exp(at - n.NegLogLik(moved, clean)); p > 0 { // NaN is outside of the law's support
				sum += p * d.std() * math.Cosh(u) * reach / (points / 2)
			}
		}
		moved[i] = y[i]
		total += math.Log(sum)
	}
	if z := math.Exp(total - at); !(math.Abs(z-1) <= 1e-5) {
		t.Errorf("noise: %s: the density exp(-NegLogLik) integrates to %.6g, where 1 belongs", n.Kind(), z)
	}
}

// moments holds the number, the sum and the sum of squares of a sample.
type moments struct{ n, sum, square float64 }

func (m *moments) add(v float64) {
	m.n++
	m.sum += v
	m.square += v * v
}

// std returns the standard deviation of the sample.
func (m *moments) std() float64 {
	mean := m.sum / m.n
	return math.Sqrt(max(0, m.square/m.n-mean*mean))
}

// errors returns the distance of the mean from want in standard errors.
func (m *moments) errors(want float64) float64 {
	mean := m.sum / m.n
	se := m.std() / math.Sqrt(m.n)
	return math.Abs(mean-want) / max(se, math.SmallestNonzeroFloat64)
}
