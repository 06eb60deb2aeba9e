package optics

import (
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// luma holds the weights of ITU-R BT.601 for red, green and blue.
var luma = []float64{.299, .587, .114}

// GrayConfig describes a gray picture of a colour scene, whose colours are to be found: y = sum_c w_c x_c, pixel by pixel.
type GrayConfig struct {
	// Mix is "mean" (w_c = 1/C), "luma" (BT.601: 0.299, 0.587, 0.114 of red, green and blue), or "weights".
	Mix string `json:"mix"`
	// Weights has a w_c for every channel when Mix is "weights", such as the response of a sensor.
	Weights []float64 `json:"weights,omitempty"`
}

// Kind returns "gray".
func (GrayConfig) Kind() string { return "gray" }

// Validate names the field that does not fit images of shape in.
func (c GrayConfig) Validate(in autodiff.Shape) error {
	if in.Rank() != 3 || in.Size() == 0 {
		return config.Errorf("gray", "shape", "an image %v is not [C,H,W] with pixels", in)
	}
	k := config.Check("gray")
	k.Name("mix", c.Mix, "mean", "luma", "weights")
	k.That(c.Mix != "luma" || in.Dim(0) == 3, "mix", c.Mix, "be mean or weights for images %v, which have not three channels", in)
	k.That(c.Mix == "weights" || c.Weights == nil, "mix", c.Mix, "be weights when weights are given")
	if c.Mix == "weights" {
		k.That(len(c.Weights) == in.Dim(0), "weights", c.Weights, "have one number for each of the %d channels", in.Dim(0))
		k.Floats("weights", c.Weights, -inverse.MostEntry, inverse.MostEntry)
		k.That(k.Err() != nil || slices.ContainsFunc(c.Weights, func(w float64) bool { return math.Abs(w) >= 1/inverse.MostEntry }),
			"weights", c.Weights, "have one that is not zero")
	}
	return k.Err()
}

// Build returns a *Gray for images of shape in, [C,H,W].
func (c GrayConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	w := slices.Repeat([]float64{1 / float64(in.Dim(0))}, in.Dim(0))
	switch c.Mix {
	case "luma":
		w = luma
	case "weights":
		w = c.Weights
	}
	return newGray(inverse.BaseOf(c, in, autodiff.S(1, in.Dim(1), in.Dim(2))), w), nil
}

func init() { inverse.Register(GrayConfig{Mix: "mean"}) }
