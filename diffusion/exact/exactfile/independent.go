package exactfile

import (
	"errors"
	"slices"

	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// BoxConfig is the uniform law on Low <= x <= High, each one number or one for each element.
type BoxConfig struct {
	Image
	Low  *Array `json:"low"`
	High *Array `json:"high"`
}

// Kind returns "box".
func (BoxConfig) Kind() string { return "box" }

// Build makes an *exact.Separable.
func (c BoxConfig) Build(b *Builder) (exact.Distribution, error) {
	if c.Low == nil || c.High == nil {
		return nil, config.Errorf("", "low", "and high must be given")
	}
	lo, err := b.Vector("low", c.Low, 0)
	if err != nil {
		return nil, err
	}
	hi, err := b.Vector("high", c.High, 0)
	if err != nil {
		return nil, err
	}
	b.Range = &[2]float64{slices.Min(lo), slices.Max(hi)}
	p, err := exact.NewBox(lo, hi)
	if e, ok := errors.AsType[*config.FieldError](err); ok {
		return nil, config.Errorf("", "high", "%s", e.Problem)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// SeparableConfig is the law of independent elements location + scale z, each z of one Density.
type SeparableConfig struct {
	Image
	Density  Density `json:"density"`
	Location *Array  `json:"location,omitempty"` // 0 when it is left out
	Scale    *Array  `json:"scale,omitempty"`    // 1 when it is left out
}

// Kind returns "separable".
func (SeparableConfig) Kind() string { return "separable" }

// Build makes an *exact.Separable.
func (c SeparableConfig) Build(b *Builder) (exact.Distribution, error) {
	if c.Density.DensityConfig == nil {
		return nil, config.Errorf("", "density", `is missing; give it as in {"kind": "laplace"}`)
	}
	m, err := c.Density.Build(b)
	if err != nil {
		return nil, config.Below("density", err)
	}
	location, err := b.Vector("location", c.Location, 0)
	if err != nil {
		return nil, err
	}
	scale, err := b.Vector("scale", c.Scale, 1)
	if err != nil {
		return nil, err
	}
	p, err := exact.NewSeparable(location, scale, m)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// EmpiricalConfig is the law of the images Points, [N,D] or [N] and the shape of one, with Weights, blurred by normals of
// deviation Tau.
type EmpiricalConfig struct {
	Image
	Points  *Array  `json:"points"`
	Weights *Array  `json:"weights,omitempty"`
	Tau     float64 `json:"tau"`
}

// Kind returns "empirical".
func (EmpiricalConfig) Kind() string { return "empirical" }

// Build makes an *exact.Empirical.
func (c EmpiricalConfig) Build(b *Builder) (exact.Distribution, error) {
	check := config.Check("")
	check.Float("tau", c.Tau, 0, config.Huge)
	if err := check.Err(); err != nil {
		return nil, err
	}
	points, n, err := b.images("points", c.Points, MaxNumbers)
	if err != nil {
		return nil, err
	}
	weights, err := b.weights(c.Weights, n)
	if err != nil {
		return nil, err
	}
	p, err := exact.NewEmpirical(points, weights, c.Tau)
	if err != nil {
		return nil, err
	}
	return p, nil
}
