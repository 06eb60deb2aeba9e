package bench

import (
	"context"

	"tweedie/internal/plan"
	"tweedie/layers"
	"tweedie/rng"
)

// Score times the small score network in every mode.
func Score(ctx context.Context, b Size) (rows []Timing, err error) {
	start := plan.PeakRSS()
	net, err := layers.NewConvScore(layers.Root(rng.New(0)), layers.DefaultConvScore(b.Channels))
	if err != nil {
		return nil, err
	}
	for _, mode := range Modes {
		t, err := newNet(net, b, 0.5, start).time(ctx, mode, b.Runs)
		if err != nil {
			return nil, err
		}
		rows = append(rows, t)
	}
	return rows, nil
}
