package zoo_test

import (
	"testing"

	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/diffusers"
	"tweedie/internal/config/configtest"
	"tweedie/zoo"
)

func TestHostileNumbers(t *testing.T) {
	spec := families.Spec{Shape: []int{1, 8, 8}, SigmaData: .5, Sigmas: [2]float64{.01, 80}, Affine: diffusion.Affine{Scale: .5, Shift: .5}, Range: [2]float64{0, 1}, Mean: .5, Std: .2}
	configtest.Hostile(t, spec, func(s families.Spec) error { return s.Validate() }, "prediction.label_scale", "prediction.steps")
	scored := spec
	scored.Predict = families.Prediction{Kind: "eps", Schedule: []byte(`{"kind":"vp"}`), LabelScale: 999}
	configtest.Hostile(t, scored, func(s families.Spec) error { return s.Validate() }, "sigma_data", "prediction.steps")
	indexed := spec
	indexed.Predict = families.Prediction{Kind: "score", Schedule: []byte(`{"kind":"ve"}`), Label: "index", Steps: 100}
	configtest.Hostile(t, indexed, func(s families.Spec) error { return s.Validate() }, "sigma_data")
	scheduler, err := diffusers.ParseScheduler([]byte(`{"_class_name":"DDPMScheduler"}`))
	if err != nil {
		t.Fatal(err)
	}
	configtest.Hostile(t, scheduler, diffusers.Scheduler.Validate, "sigma_min", "sigma_max", "clip_sample_range")
	card := zoo.Card{Name: "mine", About: "a card", Architecture: "unet", Range: [2]float64{0, 1}, Extents: []int{8, 8}}
	configtest.Hostile(t, card, func(c zoo.Card) error { return c.Validate() })
}
