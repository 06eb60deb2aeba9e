package dpnp

import (
	"context"

	"tweedie/infer"
	"tweedie/internal/config"
)

// Exchange says how the mode exchange runs.
type Exchange struct {
	Replicas int `json:"replicas"` // couplings of the ladder; 0 follows from the acceptance
	Sweeps   int `json:"sweeps"`   // after burn-in; 0 follows from the samples
	BurnIn   int `json:"burn_in"`  // sweeps in which the ladder is adapted
}

// DefaultExchange lets the ladder follow from the problem.
func DefaultExchange() Exchange { return Exchange{} }

// Validate names the first field that is out of range.
func (x Exchange) Validate() error {
	c := config.Check("dpnp: exchange")
	c.Int("replicas", x.Replicas, 0, config.MostBatch)
	c.Int("sweeps", x.Sweeps, 0, config.MostSteps)
	c.Int("burn_in", x.BurnIn, 0, config.MostSteps)
	return c.Err()
}

func (e *engine) solveExchange(ctx context.Context) (*infer.Result, error) {
	e.method.Mode = ChainsMode
	return e.solveChains(ctx)
}
