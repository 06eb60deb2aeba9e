package layers

import (
	"math"

	"tweedie/autodiff"
)

// Embedding turns one number per sample, a time or a noise level, into a row [B,Dim].
type Embedding interface {
	Module
	Forward(s *autodiff.Scope, t []float64) autodiff.Var
}

// SinusoidConfig is the configuration of a Sinusoid. ADM and diffusers put cosines first, with divisor h;
// score_sde and EDM's SongUNet put sines first, with divisor h-1.
type SinusoidConfig struct {
	Dim       int     `json:"dim"`
	SinFirst  bool    `json:"sin_first,omitempty"`
	Shift     float64 `json:"shift,omitempty"`      // the divisor of the exponent is h - Shift
	MaxPeriod float64 `json:"max_period,omitempty"` // P; 0 is 10000
	Rounding  string  `json:"rounding,omitempty"`   // "", "rate" or "power"
	Scale     float64 `json:"scale,omitempty"`      // multiplies t, through the frequencies; 0 is 1
}

// Sinusoid is the positional embedding of Vaswani et al. (2017), e = (cos t f, sin t f) or (sin t f, cos t f):
//
//	f_k = P^(-k/(h - shift)),  h = Dim/2 rounded down, k = 0..h-1,
//
// with one zero at the end when Dim is odd. Frequencies and phases are float32 in every scope, as they were when the
// networks were trained; the cosines of those phases are exact. Rounding selects the order of the float32 operations:
// exp((-ln P k)/d) by default, exp(k (-ln P/d)) for "rate" (score_sde), (1/P)^(k/d) for "power" (EDM). It has no
// parameters.
type Sinusoid struct {
	name     string
	sinFirst bool
	odd      bool
	freqs    *autodiff.Param
}

// NewSinusoid makes a Sinusoid; path p names it in errors. The error says what in c is wrong.
func NewSinusoid(p Path, c SinusoidConfig) (*Sinusoid, error) {
	if c.MaxPeriod == 0 {
		c.MaxPeriod = 10000
	}
	h := c.Dim / 2
	div := float64(h) - c.Shift
	switch {
	case c.Dim < 2 || c.Dim > mostDim:
		return nil, p.Errorf("sinusoid", "dim %d: want at least 2 and at most %d", c.Dim, mostDim)
	case !finite(c.Shift) || !finite(c.Scale):
		return nil, p.Errorf("sinusoid", "shift %g and scale %g: want finite numbers", c.Shift, c.Scale)
	case h > 1 && !(div > 0):
		return nil, p.Errorf("sinusoid", "shift %g leaves the divisor %g of dim %d: want it positive", c.Shift, div, c.Dim)
	case !(c.MaxPeriod > 1) || !finite(c.MaxPeriod):
		return nil, p.Errorf("sinusoid", "max_period %g: want more than 1, and finite", c.MaxPeriod)
	}
	var f func(k float32) float32
	logP, d := -math.Log(c.MaxPeriod), float32(div)
	switch c.Rounding {
	case "":
		f = func(k float32) float32 { return exp32(float32(logP) * k / d) }
	case "rate":
		f = func(k float32) float32 { return exp32(k * float32(logP/div)) }
	case "power":
		f = func(k float32) float32 {
			return float32(math.Pow(float64(float32(1/c.MaxPeriod)), float64(k/d)))
		}
	default:
		return nil, p.Errorf("sinusoid", "unknown rounding %q; want rate, power or none", c.Rounding)
	}
	e := &Sinusoid{name: p.Local(), sinFirst: c.SinFirst, odd: c.Dim%2 == 1}
	e.freqs = p.Buffer("freqs", autodiff.S(1, h), 1)
	for k, d := 0, e.freqs.Data(); k < h; k++ {
		if k > 0 {
			d[k] = f(float32(k))
		}
		if c.Scale != 0 {
			d[k] *= float32(c.Scale)
		}
	}
	return e, nil
}

func exp32(x float32) float32 { return float32(math.Exp(float64(x))) }

// Params returns nothing: a Sinusoid has no parameters.
func (e *Sinusoid) Params() []*autodiff.Param { return nil }

// Forward returns the embedding [B,Dim] of t.
func (e *Sinusoid) Forward(s *autodiff.Scope, t []float64) autodiff.Var {
	c := s.Enter(e.name)
	single := c.ChildType(autodiff.F32)
	phase := single.Mul(single.Const64(autodiff.S(len(t), 1), t), single.Param(e.freqs))
	y := waves(c, phase, e.sinFirst)
	if e.odd {
		y = c.Concat(1, y, c.Zeros(autodiff.S(len(t), 1)))
	}
	c.Close(y)
	return y
}

// waves returns (sin, cos) or (cos, sin) of a float32 phase [B,h], computed in float64 and rounded to s's type.
func waves(s *autodiff.Scope, phase autodiff.Var, sinFirst bool) autodiff.Var {
	double := s.ChildType(autodiff.F64)
	p := double.Cast(phase)
	a, b := double.Cos(p), double.Sin(p)
	if sinFirst {
		a, b = b, a
	}
	y := double.Concat(1, a, b)
	double.Close(y)
	return s.Cast(y)
}
