package phase

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// CodedDiffractionConfig describes diffraction patterns behind masks, y_l = |F P D_l x|. Exactly one of Random and Masks
// is given.
type CodedDiffractionConfig struct {
	// Random draws the masks.
	Random *RandomMasksConfig `json:"random,omitempty"`
	// Masks holds them, [L,H,W], or one, [H,W]; real or complex, as in "masks.npy". They serve all channels.
	Masks inverse.Array `json:"masks,omitzero"`
	// Oversample, Intensity, Eps and Centred are as in FourierMagnitudeConfig.
	Oversample float64 `json:"oversample"`
	Intensity  bool    `json:"intensity,omitempty"`
	Eps        float64 `json:"eps,omitempty"`
	Centred    bool    `json:"centred,omitempty"`
}

// RandomMasksConfig draws Count masks of independent entries from Seed.
type RandomMasksConfig struct {
	Count int `json:"count"`
	// Law is "phase" (exp(i t), t uniform), "sign" (+1 or -1), or "octanary" (Candes, Li and Soltanolkotabi 1310.3240: one of
	// 1, -1, i, -i, times sqrt(1/2) with probability 4/5 and sqrt(3) with 1/5).
	Law  string `json:"law"`
	Seed uint64 `json:"seed"`
}

// Kind returns "coded-diffraction".
func (CodedDiffractionConfig) Kind() string { return "coded-diffraction" }

func (c CodedDiffractionConfig) detector() detector {
	return detector{Oversample: c.Oversample, Intensity: c.Intensity, Eps: c.Eps, Centred: c.Centred}
}

// Validate names the field that does not fit images of shape in.
func (c CodedDiffractionConfig) Validate(in autodiff.Shape) error {
	if (c.Random != nil) == c.Masks.Given() {
		return config.Errorf(c.Kind(), "random, masks", "exactly one of them must be given")
	}
	d := c.detector()
	if err := d.validate(c.Kind(), in); err != nil {
		return err
	}
	if c.Random == nil {
		count, err := c.given(in)
		if err != nil {
			return err
		}
		return d.room(c.Kind(), "oversample", c.Oversample, count, in)
	}
	k := config.Check(c.Kind())
	k.Int("random.count", c.Random.Count, 1, 1<<16)
	k.Name("random.law", c.Random.Law, "phase", "sign", "octanary")
	if err := k.Err(); err != nil {
		return err
	}
	return d.room(c.Kind(), "random.count", c.Random.Count, c.Random.Count, in)
}

// Build returns a *Magnitude for images of shape in, [C,H,W]. Its measurement is [L,C,H',W'] with the padded extents.
func (c CodedDiffractionConfig) Build(in autodiff.Shape) (inverse.Operator, error) {
	if err := c.Validate(in); err != nil {
		return nil, err
	}
	masks := c.masks(in.Dim(1) * in.Dim(2))
	h, w := c.detector().extents(in)
	return newMagnitude(c, c.detector(), in, autodiff.S(len(masks), in.Dim(0), h, w), masks), nil
}

func init() { inverse.Register(CodedDiffractionConfig{Oversample: 1}) }
