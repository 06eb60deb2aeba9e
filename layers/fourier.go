package layers

import (
	"math"

	"tweedie/autodiff"
)

// FourierConfig is the configuration of a Fourier embedding.
type FourierConfig struct {
	Dim      int     `json:"dim"`                 // even
	Std      float64 `json:"std"`                 // standard deviation of the frequencies; 16 in score_sde
	Log      bool    `json:"log,omitempty"`       // embeds ln c
	CosFirst bool    `json:"cos_first,omitempty"` // (cos, sin) instead of (sin, cos)
	Scaled   bool    `json:"scaled,omitempty"`    // phase c (2 pi W) as in EDM, instead of ((c W) 2) pi as in score_sde
	Name     string  `json:"name,omitempty"`      // name of the frequencies; "" is "W"
}

// Fourier is the random Fourier embedding of Tancik et al. (2020), e = (sin 2 pi c W, cos 2 pi c W), of c or of ln c,
// with W ~ N(0, Std^2) drawn once. Phases reach hundreds of radians, so the logarithm, the products and their order
// are float32 in every scope, as in the networks that use it; the cosines of those phases are exact. Constants: W
// [Dim/2].
type Fourier struct {
	name   string
	cfg    FourierConfig
	freqs  *autodiff.Param
	params []*autodiff.Param
}

// NewFourier makes a Fourier embedding with frequencies named and seeded by path p. The error says what in c is wrong.
func NewFourier(p Path, c FourierConfig) (*Fourier, error) {
	if c.Dim < 2 || c.Dim%2 != 0 || c.Dim > mostDim || !positive(c.Std) {
		return nil, p.Errorf("fourier", "dim %d and std %g: want dim even and at most %d, and both positive", c.Dim, c.Std, mostDim)
	}
	if c.Name == "" {
		c.Name = "W"
	}
	e := &Fourier{name: p.Local(), cfg: c}
	e.freqs = p.Param(c.Name, autodiff.S(c.Dim/2), Normal(c.Std))
	e.freqs.SetTrainable(false)
	e.params = []*autodiff.Param{e.freqs}
	return e, nil
}

// Params returns the frequencies.
func (e *Fourier) Params() []*autodiff.Param { return e.params }

// Forward returns the embedding [B,Dim] of v.
func (e *Fourier) Forward(s *autodiff.Scope, v []float64) autodiff.Var {
	c := s.Enter(e.name)
	single := c.ChildType(autodiff.F32)
	x := single.Const64(autodiff.S(len(v), 1), v)
	if e.cfg.Log {
		double := c.ChildType(autodiff.F64)
		x = single.Cast(double.Log(double.Cast(x)))
	}
	w := single.Param(e.freqs)
	var phase autodiff.Var
	if e.cfg.Scaled {
		phase = single.Mul(x, single.Scale(w, 2*math.Pi))
	} else {
		phase = single.Scale(single.Scale(single.Mul(x, w), 2), math.Pi)
	}
	y := waves(c, phase, !e.cfg.CosFirst)
	c.Close(y)
	return y
}
