package flows_test

import (
	"strings"
	"testing"

	"tweedie/flows"
	"tweedie/internal/config/configtest"
	"tweedie/layers/layerstest"
)

func TestHostileNumbers(t *testing.T) {
	configtest.Hostile(t, flows.GaussianConfig{Dim: 4, Std: 1}, layerstest.Refusal(flows.NewDiagonal))
	configtest.Hostile(t, flows.GaussianConfig{Dim: 4, Std: 1}, layerstest.Refusal(flows.NewFull))
	configtest.Hostile(t, flows.LowRankConfig{Dim: 4, Rank: 2, Std: 1, Factor: .1}, layerstest.Refusal(flows.NewLowRank))
	configtest.Hostile(t, flows.RealNVPConfig{Dim: 4, Flows: 2, SeqFrac: .5}, layerstest.Refusal(flows.NewRealNVP))
	configtest.Hostile(t, flows.PointwiseConfig{Dim: 4, At: []int{1}, Spline: flows.SplineConfig{Bins: 3, Bound: 1}}, layerstest.Refusal(flows.NewPointwise))
	configtest.Hostile(t, flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 1, Blocks: 1, Hidden: 4}, layerstest.Refusal(flows.NewGlow))
}

func TestSizesThatOverflow(t *testing.T) {
	for want, err := range map[string]error{
		"full Gaussian: a parameter of extents [1000000 1000000] takes 3.73e+03 GiB":  layerstest.Refusal(flows.NewFull)(flows.GaussianConfig{Dim: 1_000_000, Std: 1}),
		"RealNVP: seqfrac 1e-300 makes 2e+300 hidden units of dim 4; want at most":    layerstest.Refusal(flows.NewRealNVP)(flows.RealNVPConfig{Dim: 4, Flows: 2, SeqFrac: 1e-300}),
		"RealNVP: dim 4, flows 1000000000, seqfrac 0.5: want 2 to 268435456, 1 to 40": layerstest.Refusal(flows.NewRealNVP)(flows.RealNVPConfig{Dim: 4, Flows: 1_000_000_000, SeqFrac: .5}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
