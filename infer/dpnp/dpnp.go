package dpnp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// DPnP samples by the diffusion plug-and-play method of Xu and Chi 2024 (arXiv 2403.17042). Round k alternates
//
//	z ~ exp(-f(z) - |z-x|^2/2 eta_k^2)        proximal consistency, f = -log p(y|.)
//	x ~ p(x) exp(-|x-z|^2/2 eta_k^2)          denoising posterior
//
// with eta_k = EtaMax for the first Hold rounds and then falling geometrically to EtaMin. At a fixed eta the law
// of x tends to p(x) [exp(-f) conv N(0, eta^2 I)](x): for y = Ax + N(0,S), the posterior with S + eta^2 A A^T in
// place of S. Linear operators with Gaussian noise are drawn from exactly, others by Metropolis-adjusted Langevin.
// A direction that the data do not see forgets its start by s^2/(s^2+eta^2) a round, s its prior deviation.
// Each sample is a chain of its own.
type DPnP struct {
	Rounds   int                    `json:"rounds"`
	Hold     int                    `json:"hold"`    // rounds at eta_max
	EtaMax   float64                `json:"eta_max"` // in the units of x
	EtaMin   float64                `json:"eta_min"`
	Sampler  string                 `json:"sampler"`   // of the denoising posterior: "ddpm", "ddim", or one that RegisterSampler added
	Steps    int                    `json:"dds_steps"` // its network evaluations (twice that with heun)
	Heun     bool                   `json:"heun"`      // second-order ddim
	Levels   []float64              `json:"levels,omitempty"`
	Proximal inverse.ProximalConfig `json:"proximal"`
}

// Default returns 40 rounds from eta 0.4 to 0.02 for images with values of order one.
func Default() DPnP {
	return DPnP{Rounds: 40, Hold: 8, EtaMax: 0.4, EtaMin: 0.02, Sampler: "ddim", Steps: 16, Proximal: inverse.DefaultProximal()}
}

// Name returns "dpnp".
func (m DPnP) Name() string { return "dpnp" }

// Validate names the first field that is out of range.
func (m DPnP) Validate() error {
	c := config.Check("dpnp")
	c.Int("rounds", m.Rounds, 1, config.MostSteps)
	c.Int("hold", m.Hold, 0, config.MostSteps)
	c.Ordered("hold", float64(m.Hold), "rounds", float64(m.Rounds))
	c.Float("eta_min", m.EtaMin, config.Tiny, config.Huge)
	c.Float("eta_max", m.EtaMax, config.Tiny, config.Huge)
	c.Ordered("eta_min", m.EtaMin, "eta_max", m.EtaMax)
	c.Name("sampler", m.Sampler, Samplers()...)
	if m.Levels == nil {
		c.Int("dds_steps", m.Steps, 1, config.MostSteps)
	}
	c.That(m.Levels == nil || len(m.Levels) > 0, "levels", "empty", "hold noise levels, or be left out")
	c.Floats("levels", m.Levels, config.Tiny, config.Huge)
	c.That(slices.IsSorted(m.Levels), "levels", "not in order", "ascend")
	if len(m.Levels) > 0 {
		c.That(m.EtaMin > m.Levels[0], "eta_min", m.EtaMin, "be above the least of levels, %g", m.Levels[0])
	}
	c.Also(m.Proximal.Validate())
	return c.Err()
}

// Etas returns the coupling of every round.
func (m DPnP) Etas() []float64 {
	e := make([]float64, m.Rounds)
	for k := range e {
		e[k] = m.EtaMax
		if k >= m.Hold && m.Rounds > m.Hold {
			e[k] = m.EtaMax * math.Pow(m.EtaMin/m.EtaMax, float64(k-m.Hold+1)/float64(m.Rounds-m.Hold))
		}
	}
	return e
}

// Solve runs one chain per sample from N(0, (EtaMax/2)^2) noise around A+ y.
func (m DPnP) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	if err := infer.Check(ctx, m, p, run); err != nil {
		return nil, err
	}
	start := time.Now()
	c, err := newChains(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	res := &infer.Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: infer.PosteriorSpread}
	etas := m.Etas()
	for c.round < len(etas) {
		if err = c.next(etas[c.round]); err != nil {
			if ctx.Err() != nil {
				break
			}
			return nil, fmt.Errorf("dpnp: round %d of %d, eta %.4g: %w", c.round+1, len(etas), etas[c.round], err)
		}
		run.Report(infer.Progress{Stage: "round", Done: c.round, Total: len(etas), Evaluations: c.eval.Evaluations})
		if err = c.save(run.State); err != nil {
			return nil, err
		}
	}
	res.Samples = infer.Split(c.x, c.d)
	res.Summarise()
	res.Evaluations, res.Elapsed = c.eval.Evaluations, time.Since(start)
	c.Diagnose(res)
	c.origin.Warn(res)
	if err != nil {
		return res, err
	}
	if err := res.Examine(p, m.EtaMin); err != nil {
		return nil, err
	}
	return res, nil
}
