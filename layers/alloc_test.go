package layers_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// labelledNet is a network with one label per sample.
type labelledNet interface {
	layers.Module
	Forward(s *scope, x vr, labels []float64) vr
}

func steps(n labelledNet, in autodiff.Shape, labels []float64) map[string]func() {
	forward := func(s *scope, x vr) vr { return n.Forward(s, x, labels) }
	return testkit.Steps(n.Params(), in, forward, forward)
}

// After the first steps a step allocates nothing.
func TestStepsAllocateNothing(t *testing.T) {
	c := layers.DefaultConvScore(1)
	c.Channels, c.Blocks, c.Label.Width = []int{8, 16}, 1, 16
	conv := convScore(t, c)
	labels := testLabels[:2]
	for name, all := range map[string]map[string]func(){
		"ConvScore": steps(conv, sh(2, 1, 8, 8), labels),
	} {
		layerstest.Randomize(conv.Params(), rng.New(6), 0.1)
		for what, step := range all {
			testkit.NoMallocs(t, name+": "+what, step)
		}
	}
}

func benchmark(b *testing.B, what string) {
	n, err := layers.NewConvScore(layers.Root(rng.New(1)), layers.DefaultConvScore(1))
	if err != nil {
		b.Fatal(err)
	}
	labels := make([]float64, 64)
	step := steps(n, sh(64, 1, 8, 8), labels)[what]
	step()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*64), "ms/image")
}

func BenchmarkConvScoreInference(b *testing.B)  { benchmark(b, "inference") }
func BenchmarkConvScoreTraining(b *testing.B)   { benchmark(b, "training step") }
func BenchmarkConvScoreDivergence(b *testing.B) { benchmark(b, "gradient of divergence") }
