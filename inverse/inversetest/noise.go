package inversetest

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
	"tweedie/rng"
)

// Noise checks that a noise draws from the law that it scores, at the clean measurement given, which lies inside its
// support:
//
//	Residual is the gradient of Loss                              extrapolated differences, 1e-8 relative
//	NegLogLik - Loss does not depend on clean                     1e-12 relative
//	the density exp(-NegLogLik) integrates to 1, datum by datum   1e-5, or the sum over a Discrete noise's lattice
//	draws have the density's mean and variance                    4 standard errors over 20000 draws
//	draws have the density's distribution function                Kolmogorov and Smirnov, p > 6e-5
//	E dLoss/dclean = 0, E (dLoss/dclean)^2 = E d^2Loss/dclean^2   4 standard errors
//	E ChiSquared = m                                              4 standard errors
//	a Standardiser's numbers are standard normal at the truth     Kolmogorov and Smirnov; on a lattice no tail is larger
//	an Informed noise's information is finite and positive, and a Supported one's Loss is +Inf outside only
//
// Densities of some of the data are those of inverse.NoiseOf, which must be the marginal laws. Keep m below 10 or so.
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
	noiseData(t, n, y)
	noiseGradient(t, n, y, clean)
	noiseConstant(t, n, y, clean)
	noiseSupport(t, n, y, clean)
	noiseInformation(t, n, clean)

	draws := make([][]float64, m)
	for range Draws {
		n.Sample(y, clean, st)
		for i, v := range y {
			draws[i] = append(draws[i], v)
		}
	}
	noiseScore(t, n, clean, draws)
	noiseLaw(t, n, clean, draws)
	noiseStandard(t, n, clean, draws)
}

// noiseData checks that a Picky noise takes its own draws.
func noiseData(t T, n inverse.Noise, y []float64) {
	t.Helper()
	if p, ok := n.(inverse.Picky); ok {
		if err := p.CheckData(y); err != nil {
			t.Errorf("noise: %s refuses a draw of its own: %v", n.Kind(), err)
		}
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
		score := n.NegLogLik(y, c)
		c[i] = clean[i]
		if math.IsInf(loss, 1) && math.IsInf(score, 1) {
			continue
		}
		if !(math.Abs(score-loss-constant) <= 1e-12*(1+math.Abs(constant)+math.Abs(loss))) {
			t.Errorf("noise: %s: NegLogLik - Loss changes with clean at entry %d, from %v to %v", n.Kind(), i, constant, score-loss)
		}
	}
}

// noiseSupport checks that Loss is finite at clean and +Inf beyond the bounds of a Supported noise, where Residual may be
// anything but a panic.
func noiseSupport(t T, n inverse.Noise, y, clean []float64) {
	t.Helper()
	if loss := n.Loss(y, clean); math.IsNaN(loss) || math.IsInf(loss, 0) {
		t.Errorf("noise: %s: Loss is %v at a draw", n.Kind(), loss)
	}
	s, ok := n.(inverse.Supported)
	if !ok {
		return
	}
	lo, hi := s.Support()
	if !(lo < hi) {
		t.Errorf("noise: %s: the support is [%v,%v], which is empty", n.Kind(), lo, hi)
	}
	c, grad := slices.Clone(clean), make([]float64, len(clean))
	for i := range clean {
		if !(clean[i] >= lo && clean[i] <= hi) {
			t.Errorf("noise: %s: entry %d of the clean measurement is outside of the support", n.Kind(), i)
		}
		if c[i] = lo + .01*(clean[i]-lo); !math.IsInf(lo, 0) && !(n.Loss(y, c) <= math.MaxFloat64) {
			t.Errorf("noise: %s: Loss is %v at a clean measurement of %v, inside the support [%v,%v]", n.Kind(), n.Loss(y, c), c[i], lo, hi)
		}
		for _, v := range []float64{lo - .1, hi + .1} {
			if math.IsInf(v, 0) {
				continue
			}
			c[i] = v
			n.Residual(grad, y, c)
			if loss, score := n.Loss(y, c), n.NegLogLik(y, c); !math.IsInf(loss, 1) || !math.IsInf(score, 1) {
				t.Errorf("noise: %s: Loss is %v and NegLogLik %v at a clean measurement of %v, outside of the support [%v,%v]", n.Kind(), loss, score, v, lo, hi)
			}
		}
		c[i] = clean[i]
	}
}

func noiseInformation(t T, n inverse.Noise, clean []float64) {
	t.Helper()
	i, ok := n.(inverse.Informed)
	if !ok {
		return
	}
	info := make([]float64, len(clean))
	i.Information(info, clean)
	for k, v := range info {
		if !(v > 0 && v <= math.MaxFloat64) && clean[k] != 0 {
			t.Errorf("noise: %s: the information of entry %d is %v; it must be positive and finite", n.Kind(), k, v)
		}
	}
}

// noiseScore checks the means of dLoss/dclean and of its square over draws, and of ChiSquared. The second derivative is a
// difference over a hundredth of a draw's deviation, which also finds the steps of gradients that jump.
func noiseScore(t T, n inverse.Noise, clean []float64, draws [][]float64) {
	t.Helper()
	m := len(clean)
	y, grad, up, down, c := make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, m), slices.Clone(clean)
	score, fisher, chi, h := make([]moments, m), make([]moments, m), moments{}, make([]float64, m)
	// Outside of a law's bounds, Residual is not the gradient of Loss and counts as there is none.
	residual := func(dst []float64) {
		n.Residual(dst, y, c)
		if math.IsInf(n.Loss(y, c), 1) {
			copy(dst, grad)
		}
	}
	for i := range h {
		var d moments
		for _, v := range draws[i] {
			d.add(v)
		}
		h[i] = .01 * d.std()
	}
	for k := range draws[0] {
		for i := range y {
			y[i] = draws[i][k]
		}
		n.Residual(grad, y, clean)
		for i, g := range grad {
			score[i].add(g)
			c[i] = clean[i] + h[i]
			residual(up)
			c[i] = clean[i] - h[i]
			residual(down)
			c[i] = clean[i]
			fisher[i].add(g*g - (up[i]-down[i])/(2*h[i]))
		}
		chi.add(n.ChiSquared(y, clean))
	}
	for i := range clean {
		if z := score[i].errors(0); !(z <= 4) {
			t.Errorf("noise: %s: the mean of dLoss/dclean at entry %d is %.1f standard errors from 0", n.Kind(), i, z)
		}
		// A part in a thousand is the error of the difference over h.
		if z := fisher[i].errors(0); !(z <= 4) && !(math.Abs(fisher[i].sum) <= 1e-3*score[i].square) {
			t.Errorf("noise: %s: the draws at entry %d have another spread than the density, by %.1f standard errors", n.Kind(), i, z)
		}
	}
	if z := chi.errors(float64(m)); !(z <= 4) {
		t.Errorf("noise: %s: ChiSquared is %.4g on average, where m = %d belongs: %.1f standard errors", n.Kind(), chi.sum/chi.n, m, z)
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
