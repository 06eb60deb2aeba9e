package training

import (
	"strings"
	"testing"

	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/layers"
	"tweedie/rng"
)

// A network whose result is no image of the prior, or that cannot take one, is refused before anything is computed.
func TestCheckResult(t *testing.T) {
	spec := families.Spec{Shape: []int{1, 8, 8}, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
	for _, c := range []struct {
		change func(*layers.ConvScoreConfig)
		want   string
	}{
		{func(*layers.ConvScoreConfig) {}, ""},
		{func(c *layers.ConvScoreConfig) { c.Out = 7 }, "the shape [1,7,8,8]"},
		{func(c *layers.ConvScoreConfig) { c.Dims = 3 }, "cannot be evaluated at images of shape [1 8 8]"},
		{func(c *layers.ConvScoreConfig) { c.In = 3 }, "cannot be evaluated at images of shape [1 8 8]"},
	} {
		cfg := layers.DefaultConvScore(1)
		c.change(&cfg)
		net, err := layers.NewConvScore(layers.Root(rng.New(0)), cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = checkResult(&spec, net)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("in %d, out %d, dims %d: %v; want %q", cfg.In, cfg.Out, cfg.Dims, err, c.want)
		}
	}
}
