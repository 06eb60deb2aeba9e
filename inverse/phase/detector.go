package phase

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// mostMeasured bounds the entries of a measurement: 2 GiB.
const mostMeasured = 1 << 28

// detector says what is seen of a transform. Its fields are those of both descriptions.
type detector struct {
	Oversample float64
	Intensity  bool
	Eps        float64
	Centred    bool
}

// extents returns the extents of the padded planes, round(Oversample H) x round(Oversample W).
func (d detector) extents(in autodiff.Shape) (h, w int) {
	return int(math.Round(d.Oversample * float64(in.Dim(1)))), int(math.Round(d.Oversample * float64(in.Dim(2))))
}

// validate checks the fields for images of shape in.
func (d detector) validate(kind string, in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 {
		return config.Errorf(kind, "shape", "an image %v is not [C,H,W] with pixels", in)
	}
	k := config.Check(kind)
	k.Float("oversample", d.Oversample, 1, 16)
	k.Float("eps", d.Eps, 0, config.Huge)
	k.That(!d.Intensity || d.Eps == 0, "eps", d.Eps, "be left out with intensity, which is smooth")
	return k.Err()
}

// room refuses measurements of more than mostMeasured numbers.
func (d detector) room(kind, field string, value any, count int, in autodiff.Shape) error {
	h, w := d.extents(in)
	if n, ok := config.Size(count, in.Dim(0), h, w); !ok || n > mostMeasured {
		return config.Errorf(kind, field, "is %v, for which %v gives planes of %d x %d and more than %d numbers; it must be less", value, in, h, w, mostMeasured)
	}
	return nil
}
