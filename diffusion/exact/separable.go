package exact

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Separable is the prior of independent elements x_i = location_i + scale_i z_i, each z_i of a Marginal:
//
//	D(u, r)_i = location_i + scale_i E[z_i | z_i + (r/scale_i) n = (u_i - location_i)/scale_i].
//
// Denoise and Score can be differentiated three times.
type Separable struct {
	location, scale, logScale []float64
	marginals                 []Marginal // one for all elements, or one for each
}

// NewSeparable returns the prior with the given location and scale of each element, and one marginal for all or one for
// each. The error names the field that does not fit.
func NewSeparable(location, scale []float64, marginals ...Marginal) (*Separable, error) {
	d := len(location)
	switch {
	case d == 0 || len(scale) != d:
		return nil, config.Errorf("separable", "scale", "%d entries were given for a location of %d", len(scale), d)
	case len(marginals) != 1 && len(marginals) != d:
		return nil, config.Errorf("separable", "density", "%d were given for %d elements; give one, or one for each", len(marginals), d)
	}
	for i, m := range marginals {
		if absent.Is(m) {
			return nil, config.Errorf("separable", "density", "that of element %d is nil", i)
		}
	}
	c := config.Check("separable")
	c.Floats("location", location, -config.Huge, config.Huge)
	c.Floats("scale", scale, config.Tiny, config.Huge)
	if err := c.Err(); err != nil {
		return nil, err
	}
	s := &Separable{location: append([]float64(nil), location...), scale: append([]float64(nil), scale...), logScale: make([]float64, d), marginals: append([]Marginal(nil), marginals...)}
	for i, v := range scale {
		s.logScale[i] = math.Log(v)
	}
	return s, nil
}

// NewBox returns the uniform prior on the box lo_i <= x_i <= hi_i, whose denoiser is the mean of a truncated normal.
func NewBox(lo, hi []float64) (*Separable, error) {
	if len(lo) != len(hi) || len(lo) == 0 {
		return nil, config.Errorf("box", "hi", "%d entries were given for the %d of lo", len(hi), len(lo))
	}
	width := make([]float64, len(lo))
	for i := range lo {
		if width[i] = hi[i] - lo[i]; !(lo[i] < hi[i]) {
			return nil, config.Errorf("box", "hi", "is %g for element %d, and the lower bound there is %g; it must be greater", hi[i], i, lo[i])
		}
	}
	s, err := NewSeparable(lo, width, Uniform())
	if err != nil {
		return nil, config.Named("box", err)
	}
	return s, nil
}

// Dim returns D, the number of elements of a sample.
func (p *Separable) Dim() int { return len(p.location) }

// marginal returns the density of z_i.
func (p *Separable) marginal(i int) Marginal { return p.marginals[min(i, len(p.marginals)-1)] }

// at returns the moments of element i given u.
func (p *Separable) at(i int, u, sigma float64) Moments {
	r := p.scale[i]
	return p.marginal(i).Blurred((u-p.location[i])/r, sigma/r).scaled(p.location[i], r, p.logScale[i])
}

// Mean returns location + scale E z.
func (p *Separable) Mean() []float64 {
	mean := make([]float64, p.Dim())
	for i := range mean {
		mean[i] = p.location[i] + p.scale[i]*p.marginal(i).Mean()
	}
	return mean
}

// Variances returns scale^2 Var z for each element, +Inf where there is none.
func (p *Separable) Variances() []float64 {
	v := make([]float64, p.Dim())
	for i, r := range p.scale {
		v[i] = r * r * p.marginal(i).Variance()
	}
	return v
}

// Cov returns the diagonal matrix of Variances.
func (p *Separable) Cov() *mat.SymDense {
	cov := mat.NewSymDense(p.Dim(), nil)
	for i, v := range p.Variances() {
		cov.SetSym(i, i, v)
	}
	return cov
}

// LogDensity returns sum_i log p_i(x_i; sigma) in nats.
func (p *Separable) LogDensity(x []float64, sigma float64) float64 {
	checkHost("separable", x, p.Dim())
	sum := 0.0
	for i, v := range x {
		sum += p.at(i, v, sigma).LogDensity
	}
	return sum
}

// Sample draws each element into dst.
func (p *Separable) Sample(dst []float64, st *rng.Stream) {
	checkHost("separable", dst, p.Dim())
	for i := range dst {
		dst[i] = p.location[i] + p.scale[i]*p.marginal(i).Sample(st)
	}
}

// Denoise returns the posterior mean of each element, [B,...].
func (p *Separable) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.apply(s, u, sigma, ofMean)
}

// Score returns (log p_i)'(u_i; sigma) for each element, [B,...].
func (p *Separable) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return p.apply(s, u, sigma, ofScore)
}

func (p *Separable) apply(s *autodiff.Scope, u autodiff.Var, sigma []float64, of int) autodiff.Var {
	c := s.Enter("separable")
	x := flat(c, "separable", u, sigma, p.Dim())
	r := batch.Column(c, x, func(b int) float64 { return sigma[b] })
	y := c.Apply(momentOp, autodiff.Attr{Any: p, I: [16]int{of, 0}}, x, r)
	y = c.Reshape(y, u.Shape())
	c.Close(y)
	return y
}
