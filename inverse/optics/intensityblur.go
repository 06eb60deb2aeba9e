package optics

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// IntensityBlurConfig describes a blur that depends on the light that falls on a pixel, such as that of a detector whose
// bright sources spread: with two blurs A and B,
//
//	y = (1 - w) A x + w B x,  w = 1/(1 + exp(-(A x - Level)/Softness))  entry by entry.
type IntensityBlurConfig struct {
	// Dim is A, the blur far below Level.
	Dim BlurConfig `json:"dim"`
	// Bright is B, the blur far above it. It gives a measurement of the same shape.
	Bright BlurConfig `json:"bright"`
	// Level is the A x at which both have half of the weight.
	Level float64 `json:"level"`
	// Softness is the width of the transition: w is 0.27 at Level - Softness and 0.73 at Level + Softness.
	Softness float64 `json:"softness"`
}

// Kind returns "intensity-blur".
func (IntensityBlurConfig) Kind() string { return "intensity-blur" }

// Validate names the field that is wrong.
func (c IntensityBlurConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns an *IntensityBlur for images of shape in, [C,H,W].
func (c IntensityBlurConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	k := config.Check("intensity-blur")
	k.Finite("level", c.Level)
	k.Float("softness", c.Softness, config.Tiny, config.Huge)
	dim, err := c.Dim.Build(in)
	k.Inside("dim", err)
	bright, err := c.Bright.Build(in)
	k.Inside("bright", err)
	if err := k.Err(); err != nil {
		return nil, err
	}
	if bright.OutShape() != dim.OutShape() {
		return nil, config.Errorf(c.Kind(), "bright", "gives %v and dim gives %v; they must agree", bright.OutShape(), dim.OutShape())
	}
	return &IntensityBlur{Base: inverse.BaseOf(c, in, dim.OutShape()), cfg: c, dim: dim.(inverse.Linear), bright: bright.(inverse.Linear)}, nil
}

// IntensityBlur mixes two blurs by the result of the first.
type IntensityBlur struct {
	inverse.Base
	cfg         IntensityBlurConfig
	dim, bright inverse.Linear
}

// mixture returns A x, B x and w.
func (o *IntensityBlur) mixture(x []float64) (a, b, w []float64) {
	m := o.OutShape().Size()
	a, b, w = make([]float64, m), make([]float64, m), make([]float64, m)
	o.dim.Apply(a, x)
	o.bright.Apply(b, x)
	for i, v := range a {
		w[i] = 1 / (1 + math.Exp(-(v-o.cfg.Level)/o.cfg.Softness))
	}
	return a, b, w
}

// Apply sets dst = (1 - w) A x + w B x.
func (o *IntensityBlur) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	a, b, w := o.mixture(x)
	for i := range dst {
		dst[i] = (1-w[i])*a[i] + w[i]*b[i]
	}
}

// JVP sets dst = (1 - w + w (1 - w) (B x - A x)/Softness) A v + w B v.
func (o *IntensityBlur) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	a, b, w := o.mixture(x)
	second := make([]float64, len(dst))
	o.dim.Apply(dst, v)
	o.bright.Apply(second, v)
	for i, t := range dst {
		dst[i] = (1-w[i]+w[i]*(1-w[i])*(b[i]-a[i])/o.cfg.Softness)*t + w[i]*second[i]
	}
	return true
}

// VJP sets dst = A^T (1 - w + w (1 - w) (B x - A x)/Softness) ct + B^T w ct.
func (o *IntensityBlur) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	a, b, w := o.mixture(x)
	for i, v := range ct {
		a[i] = (1 - w[i] + w[i]*(1-w[i])*(b[i]-a[i])/o.cfg.Softness) * v
		b[i] = w[i] * v
	}
	o.dim.Adjoint(dst, a)
	second := make([]float64, len(dst))
	o.bright.Adjoint(second, b)
	for i, v := range second {
		dst[i] += v
	}
}

func init() {
	circular := BlurConfig{Boundary: "circular"}
	inverse.Register(IntensityBlurConfig{Dim: circular, Bright: circular, Level: .5, Softness: .1})
}
