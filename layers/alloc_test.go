package layers_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/rng"
)

// steps returns three steps: an inference, the gradient of a loss in all parameters, and the gradient in x of e^T J
// e.
func steps(ps []*autodiff.Param, in autodiff.Shape, f func(*scope, vr) vr) map[string]func() {
	arena := autodiff.NewArena()
	x, e := normals(in.Size(), "x"), normals(in.Size(), "e")
	out := make([]float64, in.Size())
	var train []*autodiff.Param
	for _, p := range ps {
		if p.Trainable() {
			train = append(train, p)
		}
	}
	theta, grads := make([]vr, len(train)), make([]vr, len(train))
	var one [4][1]vr
	return map[string]func(){
		"inference": func() {
			s := arena.Scope(autodiff.Eval, autodiff.F32)
			f(s, s.Const64(in, x)).CopyTo64(out)
			s.Close()
		},
		"training step": func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			y := f(s, s.Const64(in, x))
			loss := s.MeanAll(s.Square(s.Sub(y, s.Const64(in, e))))
			for i, p := range train {
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
			y := f(s, v)
			one[0][0], one[1][0], one[2][0] = v, d, y
			s.JVP(one[0][:], one[1][:], one[2][:], one[3][:])
			div := s.Dot(d, one[3][0])
			plain := s.ChildMode(autodiff.Eval)
			plain.Grad1(div, v).CopyTo64(out)
			s.Close()
		},
	}
}

// After the first steps a step allocates nothing; a limit of one leaves room for the runtime's own allocations.
func TestStepsAllocateNothing(t *testing.T) {
	c := layers.DefaultConvScore(1)
	c.Channels, c.Blocks, c.Label.Width = []int{8, 16}, 1, 16
	conv := convScore(t, c)
	mlp := must[*layers.MLPScore](t)(layers.NewMLPScore(root(), layers.DefaultMLPScore(4)))
	labels := testLabels[:2]
	for name, all := range map[string]map[string]func(){
		"ConvScore": steps(conv.Params(), sh(2, 1, 8, 8), func(s *scope, x vr) vr { return conv.Forward(s, x, labels) }),
		"MLPScore":  steps(mlp.Params(), sh(2, 4), func(s *scope, x vr) vr { return mlp.Forward(s, x, labels) }),
	} {
		layerstest.Randomize(conv.Params(), rng.New(6), 0.1)
		layerstest.Randomize(mlp.Params(), rng.New(6), 0.1)
		for what, step := range all {
			got := gradtest.Mallocs(step)
			t.Logf("%s: %s: %.3f allocations a step", name, what, got)
			if got >= 1 {
				t.Errorf("%s: %s allocates %.2f times a step, want none", name, what, got)
			}
		}
	}
}

func benchmark(b *testing.B, what string) {
	n, err := layers.NewConvScore(layers.Root(rng.New(1)), layers.DefaultConvScore(1))
	if err != nil {
		b.Fatal(err)
	}
	labels := make([]float64, 64)
	step := steps(n.Params(), sh(64, 1, 8, 8), func(s *scope, x vr) vr { return n.Forward(s, x, labels) })[what]
	step()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*64), "ms/image")
}

func BenchmarkConvScoreInference(b *testing.B)  { benchmark(b, "inference") }
func BenchmarkConvScoreTraining(b *testing.B)   { benchmark(b, "training step") }
func BenchmarkConvScoreDivergence(b *testing.B) { benchmark(b, "gradient of divergence") }
