package exact

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// TotalVariance returns E |x - E x|^2, the trace of the covariance, without making it where d is of this package. It is
// +Inf where an element has no variance.
func TotalVariance(d Distribution) float64 {
	if v, ok := d.(interface{ totalVariance() float64 }); ok {
		return v.totalVariance()
	}
	return mat.Trace(d.Cov())
}

func (g *Gaussian) totalVariance() float64 {
	sum := 0.0
	for _, l := range g.lambda {
		sum += l
	}
	if g.low != nil {
		for _, v := range g.low.variance {
			sum += v
		}
		for _, v := range g.low.factor.RawMatrix().Data {
			sum += v * v
		}
	}
	return sum
}

func (m *Mixture) totalVariance() float64 {
	sum, mean := 0.0, m.Mean()
	for k, g := range m.comps {
		v := g.totalVariance()
		for i, x := range g.mean {
			v += (x - mean[i]) * (x - mean[i])
		}
		sum += math.Exp(m.logw[k]) * v
	}
	return sum
}

func (e *Empirical) totalVariance() float64 {
	sum := float64(e.Dim()) * e.tau * e.tau
	for i, l := range e.logw {
		sum -= 2 * math.Exp(l) * e.bias[i]
	}
	return sum
}

func (p *Separable) totalVariance() float64 {
	sum := 0.0
	for _, v := range p.Variances() {
		sum += v
	}
	return sum
}

func (p *Rotated) totalVariance() float64 { return TotalVariance(p.of) }
