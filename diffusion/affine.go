package diffusion

import "tweedie/internal/config"

// Affine maps the values m that a prior was trained on to the values of physical images, x = Scale m + Shift. The zero
// Affine is the identity. For a sample of D elements log p(x) = log p(m) - D log Scale.
type Affine struct {
	Scale float64 `json:"scale"`
	Shift float64 `json:"shift"`
}

// Unit returns the length in x of one unit of m: Scale, or 1 for the zero Affine.
func (a Affine) Unit() float64 {
	if a.Scale == 0 {
		return 1
	}
	return a.Scale
}

// Validate returns an error unless the scale is positive, or 0 for the identity, and both numbers are finite.
func (a Affine) Validate() error {
	c := config.Check("affine")
	c.That(a.Scale == 0 || a.Scale >= config.Tiny && a.Scale <= config.Huge, "scale", a.Scale, "lie between %g and %g, or be 0 for 1", config.Tiny, config.Huge)
	c.Finite("shift", a.Shift)
	return c.Err()
}

// ToPhysical returns the physical value Scale m + Shift of a value m of the prior.
func (a Affine) ToPhysical(m float64) float64 { return a.Unit()*m + a.Shift }

// ToPrior returns the prior's value (x - Shift)/Scale of a physical value x.
func (a Affine) ToPrior(x float64) float64 { return (x - a.Shift) / a.Unit() }
