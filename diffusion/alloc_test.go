package diffusion

import (
	"context"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numtest"
	"tweedie/internal/testkit"
	"tweedie/rng"
)

// TestAllocations checks that a warm evaluation of a sampler, of the ODE with its trace, of the gradient of a
// divergence, and of a loss with its gradient makes less than one allocation.
func TestAllocations(t *testing.T) {
	if testing.Short() {
		t.Skip("sync.Pool forgets on purpose under the race detector, which runs short tests")
	}
	const d, n = 4, 3
	p := autodiff.NewParam("w", autodiff.S(d, d))
	copy(p.Data(), []float32{1, .2, 0, .1, 0, 1, .3, 0, .1, 0, 1, 0, 0, .2, 0, 1})
	net := NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		c := s.Enter("net")
		y := c.Tanh(c.MatMul(x, c.Param(p), false, false))
		c.Close(y)
		return y
	})
	var den Denoiser = Preconditioned{net, Eps{Continuous{Schedule: DefaultVP(), Scale: 999}}}
	x := numtest.Vector(rng.New(81), n*d)
	keys := numtest.Keys(n)
	f := &flow{den: den, sched: DefaultVP(), shape: autodiff.S(d), dim: d, arena: autodiff.NewArena()}
	f.directions(ODEConfig{Trace: RademacherTrace, Probes: 2}, keys)
	rows, tau, w := []int{0, 1, 2}, []float64{.1, .2, .3}, []float64{1, 1, 1}
	y, dy := make([]float64, n*(d+2)), make([]float64, n*(d+2))
	grad := make([]float64, n*d)
	b := &Batch{Dim: d, ctx: context.Background(), den: den, job: &Job{Shape: autodiff.S(d), Keys: keys}, arena: autodiff.NewArena()}
	b.reset(0, n)
	arena := autodiff.NewArena()
	loss := func(l Loss) func() {
		return func() {
			s := arena.Scope(autodiff.Record, autodiff.F32)
			v := l.Loss(s, den, s.Const64(autodiff.S(n, d), x), keys)
			s.ChildMode(autodiff.Eval).Grad1(v, s.Param(p))
			s.Close()
		}
	}
	for name, step := range map[string]func(){
		"sampler's evaluation": func() {
			if err := b.Denoise(b.D, x, 1); err != nil {
				t.Fatal(err)
			}
		},
		"flow with trace":       func() { f.slope(rows, tau, y, dy, true) },
		"divergence's gradient": func() { f.gradient(rows, tau, x, x, w, grad, nil) },
		"dsm":                   loss(DefaultDSM()),
		"edm":                   loss(DefaultEDMLoss()),
	} {
		testkit.NoMallocs(t, name, step)
	}
}
