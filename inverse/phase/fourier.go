package phase

import (
	"tweedie/autodiff"
	"tweedie/inverse"
)

// FourierMagnitudeConfig describes a diffraction pattern, y = |F P x|.
type FourierMagnitudeConfig struct {
	// Oversample is the factor by which the image is padded with zeros along both axes, to round(Oversample H) x
	// round(Oversample W). From 2 on the magnitudes determine the autocorrelation of the image.
	Oversample float64 `json:"oversample"`
	// Intensity measures |z|^2 in place of |z|.
	Intensity bool `json:"intensity,omitempty"`
	// Eps makes magnitudes smooth at zero, sqrt(|z|^2 + Eps^2).
	Eps float64 `json:"eps,omitempty"`
	// Centred puts frequency zero in the middle of a measurement.
	Centred bool `json:"centred,omitempty"`
}

// Kind returns "fourier-magnitude".
func (FourierMagnitudeConfig) Kind() string { return "fourier-magnitude" }

// Validate names the field that does not fit images of shape in.
func (c FourierMagnitudeConfig) Validate(in autodiff.Shape) error {
	d := detector(c)
	if err := d.validate(c.Kind(), in); err != nil {
		return err
	}
	return d.room(c.Kind(), "oversample", c.Oversample, 1, in)
}

// Build returns a *Magnitude for images of shape in, [C,H,W]. Its measurement is [C, round(Oversample H), round(Oversample
// W)].
func (c FourierMagnitudeConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	h, w := detector(c).extents(in)
	return newMagnitude(c, detector(c), in, autodiff.S(in.Dim(0), h, w), [][]complex128{nil}), nil
}

func init() { inverse.Register(FourierMagnitudeConfig{Oversample: 2}) }
