package diffusion

import (
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// funnel is a network of two layers as wide as x and then 64 of an eighth of that width, each in a scope of its own.
// Its backward sweep needs most memory at the end.
func funnel(s *autodiff.Scope, x autodiff.Var, _ []float64) autodiff.Var {
	n := s.Enter("net")
	h := x
	layer := func(k int, f func(c *autodiff.Scope) autodiff.Var) {
		for range k {
			c := n.Child()
			h = f(c)
			c.Close(h)
		}
	}
	layer(2, func(c *autodiff.Scope) autodiff.Var { return c.Mul(c.Sin(h), c.Tanh(h)) })
	layer(1, func(c *autodiff.Scope) autodiff.Var { return c.Slice(h, 1, 0, x.Dim(1)/8) })
	layer(64, func(c *autodiff.Scope) autodiff.Var { return c.Sin(h) })
	layer(1, func(c *autodiff.Scope) autodiff.Var { return c.Concat(1, slices.Repeat([]autodiff.Var{h}, 8)...) })
	n.Close(h)
	return h
}

// TestGradientsGiveBackTheTape bounds the memory, in states, of the gradients of the ODE density and of the bound. A
// sweep that keeps the tape to its end takes 61 and 50.
func TestGradientsGiveBackTheTape(t *testing.T) {
	const n, d = 2, 1 << 10
	den := Preconditioned{NetworkFunc(funnel), Eps{Continuous{Schedule: DefaultVP(), Scale: 999}}}
	x := numtest.Vector(rng.New(82), n*d)
	keys := numtest.Keys(n)
	f := &flow{den: den, sched: DefaultVP(), shape: autodiff.S(d), dim: d, arena: autodiff.NewArena()}
	f.directions(ODEConfig{Trace: RademacherTrace, Probes: 1}, keys)
	f.gradient([]int{0, 1}, []float64{.1, .2}, x, x, []float64{1, 1}, make([]float64, n*d), nil)
	e := &ELBO{Denoiser: den, Schedule: DefaultVP(), Shape: autodiff.S(d), DType: autodiff.F64,
		Config: ELBOConfig{T0: 1e-3, Variance: .25, Draws: 1, Importance: true, Strata: IndependentDraws}}
	arena := autodiff.NewArena()
	list, noise := e.draws(keys)
	e.evaluate(arena, list, noise, x, make([]float64, n), make([]float64, n*d))
	for _, c := range []struct {
		what  string
		arena *autodiff.Arena
		most  float64
	}{{"log-density", f.arena, 52}, {"bound", arena, 47}} {
		if states := float64(c.arena.Peak()) / (8 * n * d); states > c.most {
			t.Errorf("the gradient of the %s takes %.1f states at its peak, want at most %g", c.what, states, c.most)
		}
	}
}
