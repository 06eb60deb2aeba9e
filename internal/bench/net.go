package bench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/families"
	"tweedie/internal/plan"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

// Net holds a network and the state that its timings share.
type Net struct {
	*plan.Workload
	net   families.Network
	start int // of the process, in MiB, before the network was made
	arena *autodiff.Arena
	grads *train.Gradients
	adam  *train.Adam
}

// newNet gives the network weights of a plausible size, as a trained one has, and random images.
func newNet(net families.Network, b Size, label float64, start int) *Net {
	for _, p := range net.Params() {
		rng.New(1).Split(p.Name(), 0).Stream().FillNorm32(p.Data())
		scale := float32(1 / math.Sqrt(float64(max(1, p.Shape().Size()/max(1, p.Shape().Dim(0))))))
		for i := range p.Data() {
			p.Data()[i] *= scale
		}
		p.Touch()
	}
	labels := slices.Repeat([]float64{label}, b.Batch)
	field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, labels[:x.Dim(0)]) }
	w := plan.NewWorkload(autodiff.S(b.Batch, b.Channels, b.Side, b.Side), field).Randomize()
	return &Net{Workload: w, net: net, start: start, arena: autodiff.NewArena()}
}

// Modes lists what can be timed, in the order of its cost: an evaluation, a gradient by the input, a divergence with one
// probe, the gradient of it, and a step of Adam.
var Modes = []string{"fwd", "vjp", "div", "divgrad", "train"}

// CheckMode returns an error for a name that Modes does not list.
func CheckMode(mode string) error {
	if !slices.Contains(Modes, mode) {
		return fmt.Errorf("--mode %q is unknown; it is one of %v", mode, Modes)
	}
	return nil
}

// mode returns what one mode runs, nil for none. A step of training also updates the weights.
func (n *Net) mode(mode string) func(*autodiff.Arena) {
	return map[string]func(*autodiff.Arena){"fwd": n.Forward, "vjp": n.VJP, "div": n.Div, "divgrad": n.DivGrad, "train": n.train}[mode]
}

// time warms up and measures one mode.
func (n *Net) time(ctx context.Context, mode string, runs int) (t Timing, err error) {
	defer autodiff.Catch(&err)
	if err := CheckMode(mode); err != nil {
		return Timing{}, err
	}
	f := n.mode(mode)
	t, err = measure(ctx, mode, runs, n.Shape.Dim(0), n.start, n.arena, func() error { f(n.arena); return nil })
	t.Params, t.Remat = layers.Count(n.net.Params()), n.Policy.String()
	return t, err
}

// train takes a step of Adam on the loss.
func (n *Net) train(a *autodiff.Arena) {
	if n.adam == nil {
		n.grads, n.adam = train.NewGradients(n.net.Params()), train.NewAdam(n.net.Params())
	}
	s, loss := n.Loss(a)
	defer s.Close()
	n.grads.Reset()
	n.grads.Accumulate(s, loss, 1)
	n.adam.Step(1e-4, n.grads)
}

// check returns the largest difference between the network in float32 and in float64 on one image with the given rows
// and columns, over the largest value.
func (n *Net) check(size int) (worst float64, err error) {
	defer autodiff.Catch(&err)
	shape := autodiff.S(1, n.Shape.Dim(1), size, size)
	values := func(dt autodiff.DType) []float64 {
		s := autodiff.NewArena().Scope(autodiff.Eval, dt)
		defer s.Close()
		y := n.Field(s, s.Const32(shape, n.X[:shape.Size()]))
		v := make([]float64, y.Size())
		y.CopyTo64(v)
		return v
	}
	got, want := values(autodiff.F32), values(autodiff.F64)
	largest := 0.0
	for i, v := range want {
		largest = math.Max(largest, math.Abs(v))
		worst = math.Max(worst, math.Abs(got[i]-v))
	}
	return worst / largest, nil
}
