package unet_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
	"tweedie/unet"
)

func normals(n int, label string) []float64 {
	v := make([]float64, n)
	rng.New(11).Split(label, 0).Stream().FillNorm(v)
	return v
}

// steps is stepsOf a network of guided diffusion.
func steps(n *unet.UNet, in autodiff.Shape) map[string]func() {
	label, class, key := []float64{3, 612.5}, []int(nil), rng.New(4)
	if n.Config().NumClasses > 0 {
		class = []int{1, 0}
	}
	return stepsOf(n.Params(), in, func(s *scope, x vr) vr { return n.ForwardClass(s, x, label, class) },
		func(s *scope, x vr) vr { return n.ForwardTrain(s, x, label, class, key) })
}

// stepsOf is an inference, the gradient of a training loss in all parameters, and the gradient in x of e^T J e.
func stepsOf(params []*autodiff.Param, in autodiff.Shape, forward, train func(s *scope, x vr) vr) map[string]func() {
	arena := autodiff.NewArena()
	x, e := normals(in.Size(), "x"), normals(in.Size(), "e")
	out := make([]float64, in.Size())
	var theta, grads []vr
	var trained []*autodiff.Param
	for _, p := range params {
		if p.Trainable() {
			trained = append(trained, p)
		}
	}
	theta, grads = make([]vr, len(trained)), make([]vr, len(trained))
	var one [4][1]vr
	return map[string]func(){
		"inference": func() {
			s := arena.Scope(autodiff.Eval, autodiff.F32)
			forward(s, s.Const64(in, x)).CopyTo64(out)
			s.Close()
		},
		"training step": func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			y := train(s, s.Const64(in, x))
			loss := s.MeanAll(s.Square(s.Sub(y, s.Const64(in, e))))
			for i, p := range trained {
				theta[i] = s.Param(p)
			}
			plain := s.ChildMode(autodiff.Eval)
			plain.Grad(loss, theta, grads)
			s.Close()
		},
		"gradient of divergence": func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			s.Freeze()
			v := s.Watch(s.Const64(in, x))
			d := s.Const64(in, e)
			one[0][0], one[1][0], one[2][0] = v, d, forward(s, v)
			s.JVP(one[0][:], one[1][:], one[2][:], one[3][:])
			div := s.Dot(d, one[3][0])
			plain := s.ChildMode(autodiff.Eval)
			plain.Grad1(div, v).CopyTo64(out)
			s.Close()
		},
	}
}

// After the first steps a step allocates nothing; below one a step leaves room for the runtime's own.
func TestStepsAllocateNothing(t *testing.T) {
	for name, change := range map[string]func(c *unet.Config){
		"plain":                   nil,
		"classes and dropout":     func(c *unet.Config) { c.NumClasses, c.Dropout, c.ResblockUpdown = 2, 0.1, true },
		"recomputed with dropout": func(c *unet.Config) { c.Dropout, c.UseCheckpoint = 0.1, true },
	} {
		for what, step := range steps(build(t, tiny(change)), sh(2, 1, 4, 4)) {
			got := gradtest.Mallocs(step)
			t.Logf("%s: %s: %.3f allocations a step", name, what, got)
			if got >= 1 {
				t.Errorf("%s: %s allocates %.2f times a step, want none", name, what, got)
			}
		}
	}
}

// benchmark is a step of the usual yardstick at 32x32 in batches of 2.
func benchmark(b *testing.B, what string) {
	c, err := unet.Yardstick(3, 64, []int{1, 2, 2, 2}, 2, []int{2}, 4)
	if err != nil {
		b.Fatal(err)
	}
	n, err := unet.New(layers.Root(rng.New(1)), c)
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
