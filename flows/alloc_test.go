package flows_test

import (
	"testing"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/internal/testkit"
	"tweedie/layers"
)

// Sampling, scoring, and the step of variational inference (one VJP through Sample with cotangents on x and on log q)
// allocate nothing once warm.
func TestStepsAllocateNothing(t *testing.T) {
	nvp := must(flows.NewRealNVP(root().At("nvp"), flows.RealNVPConfig{Dim: 16, Flows: 3, SeqFrac: 2, BatchNorm: true}))
	all := map[string]flows.Family{"RealNVP, updating statistics": flows.NewFlow(root(), nvp.With(layers.UpdateStatistics)),
		"Glow":           flows.NewFlow(root(), glow(flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 2, Blocks: 2, Hidden: 3})(root().At("glow"))),
		"Glow, matrices": flows.NewFlow(root(), glow(flows.GlowConfig{Channels: 1, Height: 4, Width: 4, Flows: 1, Blocks: 2, Hidden: 3, Plain: true})(root().At("glow")))}
	for _, r := range families() {
		all[r.name] = r.make(root().At("net"))
	}
	for name, f := range all {
		const batch = 8
		arena := autodiff.NewArena()
		noise := sh(batch, f.NoiseDim())
		z := testkit.Normals(batch*f.NoiseDim(), "z")
		x := make([]float64, batch*f.Dim())
		logq := make([]float64, batch)
		train := testkit.Trainable(f.Params())
		theta, grads := make([]vr, len(train)), make([]vr, len(train))
		ys, cts := make([]vr, 2), make([]vr, 2)
		for what, step := range map[string]func(){
			"sample and score": func() {
				s := arena.Scope(autodiff.Eval, autodiff.F32)
				v, l := f.Sample(s, s.Const64(noise, z))
				v.CopyTo64(x)
				l.CopyTo64(logq)
				f.LogProb(s, v).CopyTo64(logq)
				s.Close()
			},
			"step": func() {
				s := arena.Scope(autodiff.Record, autodiff.F32)
				ys[0], ys[1] = f.Sample(s, s.Const64(noise, z))
				cts[0], cts[1] = s.Const64(ys[0].Shape(), x), s.Const64(ys[1].Shape(), logq)
				for i, p := range train {
					theta[i] = s.Param(p)
				}
				s.ChildMode(autodiff.Eval).VJP(ys, cts, theta, grads)
				s.Close()
			},
		} {
			testkit.NoMallocs(t, name+": "+what, step)
		}
	}
}

// BenchmarkStep times the step of variational inference on 8x8 images: 32 couplings, batch 64.
func BenchmarkStep(b *testing.B) {
	const batch = 64
	f := must(flows.NewRealNVP(root(), flows.RealNVPConfig{Dim: 64, Flows: 16, SeqFrac: 0.5, BatchNorm: true})).With(layers.UpdateStatistics)
	q := flows.NewFlow(root(), f)
	arena := autodiff.NewArena()
	z := testkit.Normals(batch*64, "z")
	train := testkit.Trainable(f.Params())
	theta, grads := make([]vr, len(train)), make([]vr, len(train))
	for b.Loop() {
		s := arena.Scope(autodiff.Record, autodiff.F32)
		x, logq := q.Sample(s, s.Const64(sh(batch, 64), z))
		for i, p := range train {
			theta[i] = s.Param(p)
		}
		s.ChildMode(autodiff.Eval).VJP([]vr{x, logq}, []vr{x, logq}, theta, grads)
		s.Close()
	}
}
