package diffusion

import "tweedie/internal/config"

// Affine maps the values m that a prior was trained on to those of physical images, x = Scale m + Shift.
// The zero Affine is the identity. Densities change by log p(x) = log p(m) - D log Scale.
type Affine struct {
	Scale float64 `json:"scale"`
	Shift float64 `json:"shift"`
}

// Unit is the length of one unit of m in units of x: Scale, or 1 for the zero Affine.
func (a Affine) Unit() float64 {
	if a.Scale == 0 {
		return 1
	}
	return a.Scale
}

// Validate says what is wrong with a.
func (a Affine) Validate() error {
	c := config.Check("affine")
	c.That(a.Scale == 0 || a.Scale >= config.Tiny && a.Scale <= config.Huge, "scale", a.Scale, "lie between %g and %g, or be 0 for 1", config.Tiny, config.Huge)
	c.Finite("shift", a.Shift)
	return c.Err()
}

// To is the physical value of m.
func (a Affine) ToPhysical(m float64) float64 { return a.Unit()*m + a.Shift }

// From is the prior's value of x.
func (a Affine) ToPrior(x float64) float64 { return (x - a.Shift) / a.Unit() }
