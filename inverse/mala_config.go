package inverse

import (
	"fmt"
	"math"

	"tweedie/internal/config"
)

// MALAConfig says how a Metropolis-adjusted Langevin chain moves; see MALA.
type MALAConfig struct {
	// Step is h at first, and throughout when BurnIn is 0: the time of the Langevin diffusion in units of the time in which
	// it forgets where it was.
	Step float64 `json:"step"`
	// BurnIn is the number of steps that adapt h to Target; after them it is frozen.
	BurnIn int `json:"burn_in"`
	// Steps is the number of steps with the frozen h.
	Steps int `json:"steps"`
	// Target is the acceptance rate that BurnIn aims at.
	Target float64 `json:"target"`
	// Euler takes the Euler-Maruyama proposal of the usual MALA in place of the one that is exact for the quadratic.
	Euler bool `json:"euler,omitempty"`
	// Unadjusted accepts every proposal. The chain is then biased, and Step must be given, because no acceptance rate
	// tells how well it does.
	Unadjusted bool `json:"unadjusted,omitempty"`
}

// DefaultMALA returns 50 adapting and 100 frozen steps at an acceptance rate of 0.57, the optimum for MALA (Roberts
// and Rosenthal 1998).
func DefaultMALA() MALAConfig {
	return MALAConfig{Step: .1, BurnIn: 50, Steps: 100, Target: .57}
}

// Validate names the field that is wrong.
func (c MALAConfig) Validate() error {
	k := config.Check("proximal")
	k.Float("mala.step", c.Step, config.Tiny, config.Huge)
	k.Int("mala.burn_in", c.BurnIn, 0, config.MostSteps)
	k.Int("mala.steps", c.Steps, 1, config.MostSteps)
	k.Float("mala.target", c.Target, config.Positive, config.BelowOne)
	k.That(!c.Unadjusted || c.BurnIn == 0, "mala.burn_in", c.BurnIn, "be 0 for an unadjusted chain, which accepts everything and cannot adapt; give step")
	return k.Err()
}

// MALAReport counts what one chain did, or all chains of a sampler together.
type MALAReport struct {
	// Proposed and Accepted count the steps with a frozen h.
	Proposed, Accepted int64
	// Adapting counts the burn-in steps.
	Adapting int64
	// Gradients counts evaluations of f and its gradient, but for the few that shape the steps.
	Gradients int64
	// Draws counts the draws of z whose steps tell how alike neighbouring ones are. Alike holds the sums of the autocorrelations
	// from step to step, with a frozen h, of f and of z_i, mean of all i.
	Draws int64
	Alike [2]float64
	// Step is the frozen h of one chain; 0 in a sum.
	Step float64
	// Unadjusted says that nothing was ever refused, so that the draws are biased.
	Unadjusted bool
}

// Add adds the counts of another report.
func (r *MALAReport) Add(o MALAReport) {
	r.Proposed += o.Proposed
	r.Accepted += o.Accepted
	r.Adapting += o.Adapting
	r.Gradients += o.Gradients
	r.Draws += o.Draws
	r.Alike[0] += o.Alike[0]
	r.Alike[1] += o.Alike[1]
}

// Acceptance returns Accepted/Proposed, or NaN before any step.
func (r MALAReport) Acceptance() float64 { return float64(r.Accepted) / float64(r.Proposed) }

// Effective returns how many independent draws the steps of one draw of z are worth, n (1 - rho)/(1 + rho), by the memory rho of f or
// of z from step to step, or NaN where no draw tells. Below about 1.5 a twentieth of the start is left (rho^n = .05). Steps that never
// forget read e = 1.62 by short chains' own means; (e^2 - 1.62^2 + .7^2)^1/2 - .7 is right within .3 for autoregressive chains of 20 to
// 100 steps.
func (r MALAReport) Effective() float64 {
	if r.Draws == 0 {
		return math.NaN()
	}
	const never, bend = 1.62, .7
	rho := min(max(r.Alike[0], r.Alike[1], 0)/float64(r.Draws), 1)
	e := float64(r.Proposed) / float64(r.Draws) * (1 - rho) / (1 + rho)
	if e <= never {
		return 0
	}
	return math.Sqrt(e*e-never*never+bend*bend) - bend
}

func init() {
	RegisterProximal("mala", func(lik *Likelihood, c ProximalConfig) (ProximalSampler, error) {
		switch lik.Op.(type) {
		case Linear, Differentiable:
			return sampler(NewMALA(lik, c.MALA))
		}
		return nil, fmt.Errorf("proximal: %s has neither Adjoint nor VJP, so mala has no gradient", lik.Op.Name())
	})
}
