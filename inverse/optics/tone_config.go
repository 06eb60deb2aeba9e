package optics

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// ToneConfig describes the response of a camera to light, pixel by pixel: gain, tone curve, and clipping,
//
//	y = min(max(f(Gain (A x - Black)), Low), High)
//
// where A is Op, or the identity. With Gain 2, Low -1 and High 1 it is the high-dynamic-range problem on images in [-1,1].
type ToneConfig struct {
	// Curve is f: "linear"; "gamma", |u|^Gamma with the sign of u; "srgb", the curve of IEC 61966-2-1, extended as an odd
	// function; "tanh"; or "table", which runs through Table.
	Curve string  `json:"curve"`
	Gain  float64 `json:"gain"`
	// Black is the A x that gives u = 0.
	Black float64 `json:"black,omitempty"`
	// Gamma is the exponent of "gamma". Below 1 its slope is bounded: up to |u| = 2^-10 a straight line from 0 replaces it.
	Gamma float64 `json:"gamma,omitempty"`
	// Table holds a measured curve.
	Table *ToneTable `json:"table,omitempty"`
	// Low and High clip f, where given. The derivative is zero where f lies outside of them, and that of f at a bound.
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`
	// Op is A, what happens to the image before the sensor: any operator that is linear or differentiable.
	Op inverse.Nested `json:"op,omitzero"`
}

// ToneTable is a curve through points: the piecewise cubic of Fritsch and Butland (1984), which is monotone where the
// points are and has a continuous derivative. Beyond the first and the last point it stays level, with derivative zero.
type ToneTable struct {
	U []float64 `json:"u"` // increasing
	F []float64 `json:"f"`
}

// Kind returns "tone".
func (ToneConfig) Kind() string { return "tone" }

// Validate names the field that is wrong.
func (c ToneConfig) Validate(in autodiff.Shape) error {
	if in.Size() == 0 {
		return config.Errorf("tone", "shape", "an image %v has no pixels", in)
	}
	k := config.Check("tone")
	k.Name("curve", c.Curve, "linear", "gamma", "srgb", "tanh", "table")
	k.Float("gain", c.Gain, config.Tiny, config.Huge)
	k.Finite("black", c.Black)
	if c.Curve == "gamma" {
		k.Float("gamma", c.Gamma, .05, 10)
	} else {
		k.That(c.Gamma == 0, "gamma", c.Gamma, "be left out of the curve %q", c.Curve)
	}
	k.That((c.Table != nil) == (c.Curve == "table"), "table", c.Table != nil, "be given with the curve \"table\", and with no other")
	if c.Table != nil {
		k.Also(c.Table.validate())
	}
	low, high := c.bounds()
	if c.Low != nil {
		k.Finite("low", low)
	}
	if c.High != nil {
		k.Finite("high", high)
	}
	k.That(low < high, "low", low, "be below high, which is %v", high)
	_, err := c.before(in)
	k.Inside("op", err)
	return k.Err()
}

// bounds returns Low and High, or infinities.
func (c ToneConfig) bounds() (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if c.Low != nil {
		low = *c.Low
	}
	if c.High != nil {
		high = *c.High
	}
	return low, high
}

// before builds Op.
func (c ToneConfig) before(in autodiff.Shape) (inverse.Operator, error) {
	if c.Op.Config == nil {
		return inverse.NewIdentity(in), nil
	}
	op, err := c.Op.Build(in)
	if err != nil {
		return nil, err
	}
	switch op.(type) {
	case inverse.Linear, inverse.Differentiable:
		return op, nil
	}
	return nil, config.Errorf("", "kind", "is %s, which is neither linear nor differentiable", op.Name())
}

func (t *ToneTable) validate() error {
	k := config.Check("tone")
	k.That(len(t.U) >= 2, "table.u", len(t.U), "have two points or more")
	k.That(len(t.U) == len(t.F), "table.f", len(t.F), "have as many numbers as u, %d", len(t.U))
	k.Floats("table.u", t.U, -config.Huge, config.Huge)
	k.Floats("table.f", t.F, -config.Huge, config.Huge)
	for i := 1; i < len(t.U) && k.Err() == nil; i++ {
		if !(t.U[i]-t.U[i-1] >= config.Tiny) {
			k.Also(config.Errorf("tone", "table.u", "entry %d is %v, not above the one before it", i, t.U[i]))
		}
	}
	return k.Err()
}

// Build returns a *Tone for images of any shape that Op takes.
func (c ToneConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	curve, err := c.function()
	if err != nil {
		return nil, err
	}
	op, err := c.before(in)
	if err != nil {
		return nil, err
	}
	o := &Tone{Base: inverse.BaseOf(c, in, op.OutShape()), op: op, curve: curve, gain: c.Gain, black: c.Black}
	o.low, o.high = c.bounds()
	return o, nil
}

func init() { inverse.Register(ToneConfig{Curve: "linear", Gain: 1}) }
