package adm_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// steps returns the steps of a network of guided diffusion.
func steps(n *adm.Network, in autodiff.Shape) map[string]func() {
	label, class, key := []float64{3, 612.5}, []int(nil), rng.New(4)
	if n.Config().NumClasses > 0 {
		class = []int{1, 0}
	}
	return testkit.Steps(n.Params(), in, func(s *scope, x vr) vr { return n.ForwardClass(s, x, label, class) },
		func(s *scope, x vr) vr { return n.ForwardTrain(s, x, label, class, key) })
}

// After the first steps a step allocates nothing.
func TestStepsAllocateNothing(t *testing.T) {
	for name, change := range map[string]func(c *adm.Config){
		"plain":                   nil,
		"classes and dropout":     func(c *adm.Config) { c.NumClasses, c.Dropout, c.ResblockUpdown = 2, 0.1, true },
		"recomputed with dropout": func(c *adm.Config) { c.Dropout, c.UseCheckpoint = 0.1, true },
	} {
		for what, step := range steps(build(t, tiny(change)), sh(2, 1, 4, 4)) {
			testkit.NoMallocs(t, name+": "+what, step)
		}
	}
}

// benchmark times a step of the usual yardstick at 32x32 in batches of 2.
func benchmark(b *testing.B, what string) {
	c, err := adm.Yardstick(3, 64, []int{1, 2, 2, 2}, 2, []int{2}, 4)
	if err != nil {
		b.Fatal(err)
	}
	n, err := adm.New(layers.Root(rng.New(1)), c)
	if err != nil {
		b.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(8), 0.02)
	step := steps(n, sh(2, 3, 32, 32))[what]
	step()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*2), "ms/image")
}

func BenchmarkYardstickInference(b *testing.B)  { benchmark(b, "inference") }
func BenchmarkYardstickTraining(b *testing.B)   { benchmark(b, "training step") }
func BenchmarkYardstickDivergence(b *testing.B) { benchmark(b, "gradient of divergence") }
