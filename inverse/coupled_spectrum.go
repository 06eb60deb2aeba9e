package inverse

import (
	"fmt"
	"math"
	"slices"

	"tweedie/internal/nonfinite"
)

// spectrum holds the singular values g of B = S^-1/2 A, and the part of log N(y; A x, S_E) that no x changes.
type spectrum struct {
	g        []float64 // in the order of the basis
	sorted   []float64 // min(m,n) of them, descending
	n        int       // pixels
	constant float64
}

// newSpectrum takes the singular values in any order, padded with zeros or not, and the squared norm of the part of
// S^-1/2 y outside the range of B. The error says that a singular value overflows.
func newSpectrum(l *linearGaussian, g []float64, outside float64) (spectrum, error) {
	for _, v := range g {
		if nonfinite.Is(v * v) {
			return spectrum{}, fmt.Errorf("proximal: %s: a singular value of A/sigma is %.4g, whose square is no number; give A and sigma in units nearer to one", l.op.Name(), v)
		}
	}
	s := spectrum{g: g, n: len(l.info), constant: l.normalisation() - outside/2}
	s.sorted = make([]float64, max(len(g), min(len(l.y), s.n)))
	copy(s.sorted, g)
	slices.Sort(s.sorted)
	slices.Reverse(s.sorted)
	s.sorted = s.sorted[:min(len(l.y), s.n)]
	return s, nil
}

// normalisation returns log N(y; y, S), of y before it was whitened.
func (l *linearGaussian) normalisation() float64 {
	sum := -float64(len(l.y))*math.Log(2*math.Pi)/2 - l.units
	for i := range l.y {
		sum -= math.Log(l.noise.At(i))
	}
	return sum
}

// Gains returns g, descending.
func (s *spectrum) Gains() []float64 { return s.sorted }

// Top returns the largest of g.
func (s *spectrum) Top() float64 { return s.sorted[0] }

// MostDeflated returns +Inf.
func (s *spectrum) MostDeflated() float64 { return math.Inf(1) }

// Complete returns true.
func (s *spectrum) Complete(float64, bool) bool { return true }

// Unseen returns the number of directions of an image that the data do not show.
func (s *spectrum) Unseen() int {
	seen := 0
	for _, g := range s.sorted {
		if g > RelativeCut*s.Top() {
			seen++
		}
	}
	return s.n - seen
}

// widened returns s' and D for a direction with singular value g: the part of its noise that a draw of z keeps, and the
// factor by which its noise grows in S_E.
func widened(g, eta float64, deflated bool) (kept, d float64) {
	t := eta * g
	if !deflated {
		return 1, 1 + t*t
	}
	return max(1-t*t, 0), max(1, t*t)
}

// basisResidual is a residual in the singular basis.
type basisResidual struct {
	*spectrum
	square []float64 // (U^T S^-1/2 (y - A x))^2 where g belongs to it
}

// LogLik returns -sum r^2/2D - sum log D/2 + constant.
func (r basisResidual) LogLik(eta float64, deflated bool) float64 {
	sum := 0.0
	for i, v := range r.square {
		_, d := widened(r.g[i], eta, deflated)
		sum += v/d + math.Log(d)
	}
	return r.constant - sum/2
}

// checkImage returns an error unless x is an image.
func (l *linearGaussian) checkImage(x []float64) error {
	if len(x) != len(l.info) {
		return fmt.Errorf("proximal: residual: %s takes %d entries, but x has %d", l.op.Name(), len(l.info), len(x))
	}
	return nil
}

// whitened returns S^-1/2 v for a measurement v, in place.
func (l *linearGaussian) whitened(v []float64) []float64 {
	for i := range v {
		v[i] /= l.noise.At(i)
	}
	return v
}
