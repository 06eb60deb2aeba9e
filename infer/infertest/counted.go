package infertest

import (
	"context"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
)

// counted wraps a prior in closed form that counts its evaluations and ends a context once it has counted enough.
type counted struct {
	exact.Distribution
	counter diffusion.Counter
	scorer  diffusion.Scorer // the prior, counted

	limit  int64 // evaluations after which cancel is called; without cancel it means nothing
	cancel context.CancelFunc
}

// total returns the evaluations so far, VJPs and JVPs included, one per image.
func (c *counted) total() int64 {
	n := c.counter.Count()
	return n.Forward + n.VJP + n.JVP
}

func (c *counted) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	y := c.scorer.Denoise(s, u, sigma)
	c.stop()
	return y
}

func (c *counted) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	y := c.scorer.Score(s, u, sigma)
	c.stop()
	return y
}

func (c *counted) stop() {
	if c.cancel != nil && c.total() >= c.limit {
		c.cancel()
	}
}
