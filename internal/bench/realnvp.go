package bench

import (
	"context"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/internal/plan"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/train"
)

// RealNVP times a step of Adam on KL(q || N(0, I)) for a RealNVP with a number of blocks, which is what a step of DPI
// costs without the prior.
func RealNVP(ctx context.Context, b Size, blocks int, seed uint64) (Timing, error) {
	start := plan.PeakRSS()
	cfg := flows.RealNVPConfig{Dim: b.Side * b.Side * b.Channels, Flows: blocks, SeqFrac: 4, BatchNorm: true}
	net, err := flows.NewRealNVP(layers.Root(rng.New(seed)).Blank(), cfg)
	if err != nil {
		return Timing{}, err
	}
	if err := layers.CheckSize("realnvp", net.Params()); err != nil {
		return Timing{}, err
	}
	if net, err = flows.NewRealNVP(layers.Root(rng.New(seed)), cfg); err != nil {
		return Timing{}, err
	}
	q := flows.NewFlow(layers.Root(rng.New(seed)), net.With(layers.UpdateStatistics))
	arena := autodiff.NewArena()
	grads, adam := train.NewGradients(q.Params()), train.NewAdam(q.Params())
	z := make([]float32, b.Batch*q.NoiseDim())
	rng.New(2).Stream().FillNorm32(z)
	t, err := measure(ctx, "realnvp", b.Runs, b.Batch, start, arena, func() (err error) {
		defer autodiff.Catch(&err)
		s := arena.Scope(autodiff.Record, autodiff.F32)
		defer s.Close()
		x, logq := q.Sample(s, s.Const32(autodiff.S(b.Batch, q.NoiseDim()), z))
		loss := s.Add(s.Scale(s.SumAll(s.Square(x)), 0.5/float64(b.Batch)), s.MeanAll(logq))
		grads.Reset()
		grads.Accumulate(s, loss, 1)
		adam.Step(1e-4, grads)
		return nil
	})
	t.Params = layers.Count(q.Params())
	return t, err
}
