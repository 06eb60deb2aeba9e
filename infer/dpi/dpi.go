package dpi

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/train"
)

// DPI does deep probabilistic imaging (Sun and Bouman 2020, arXiv 2010.14462) with a score prior (Feng et al. 2023,
// arXiv 2304.11751 and 2309.01949): it fits a family q to the posterior by maximising
//
//	ELBO = E_q[ log p(y|x) + log p(x) - log q(x) ] = log p(y) - KL(q || p(x|y)),
//
// all weights 1, with samples x reparameterised through the family. log p(x) comes from the probability-flow ODE of
// the prior ("ode"), from a diffusion lower bound ("surrogate", about a hundred times cheaper), or from a prior known
// in closed form ("exact"). The family works in the prior's units, where x = Scale m + Shift.
//
// Two departures from the papers, both off by default, help with posteriors of several modes in few dimensions:
// Anneal begins with a flattened target, and Cover with steps that minimise KL(p(x|y) || q) by importance weights.
type DPI struct {
	Family  FamilyConfig  `json:"family"`
	Build   FamilyBuilder `json:"-"` // makes a family of the caller's own in place of the one of family.kind, unless it is nil
	Prior   PriorConfig   `json:"prior"`
	Steps   int           `json:"steps"`
	Batch   int           `json:"batch"`
	LR      float64       `json:"lr"`
	FinalLR float64       `json:"final_lr"` // where the cosine decay ends
	Warmup  int           `json:"warmup"`   // steps
	Clip    float64       `json:"clip"`     // largest norm of the gradient
	Data    float64       `json:"data_weight"`
	Log     float64       `json:"prior_weight"`
	Entropy float64       `json:"entropy_weight"`
	Smooth  Smooth        `json:"smooth,omitzero"` // first steps, which follow the score of the smoothed prior
	Anneal  int           `json:"anneal"`          // first steps, in which the target is p(x,y)^w with w rising to 1
	Cover   int           `json:"cover"`           // first steps, in which KL(posterior || q) is minimised instead; for few dimensions
	Check   int           `json:"check"`           // fresh samples for the final ELBO
	Start   float64       `json:"start,omitzero"`  // the mean starts at argmin -log p(y|x) + |x - mean|^2/(2 start^2), in the units of x; 0: at family.mean
}

// Default returns a Gaussian family with the surrogate prior.
func Default() DPI {
	return DPI{Family: DefaultFamily(), Prior: DefaultPrior(), Steps: 2000, Batch: 64, LR: 1e-2, FinalLR: 1e-4,
		Warmup: 20, Clip: 100, Data: 1, Log: 1, Entropy: 1, Check: 512}
}

// Name returns "dpi".
func (m DPI) Name() string { return "dpi" }

// Validate names the first field that is out of range.
func (m DPI) Validate() error {
	c := config.Check("dpi")
	c.Int("steps", m.Steps, 2, config.MostSteps)
	c.Int("batch", m.Batch, 1, config.MostBatch)
	c.Int("warmup", m.Warmup, 0, config.MostSteps)
	c.Int("anneal", m.Anneal, 0, m.Steps-1)
	c.Int("cover", m.Cover, 0, m.Steps)
	m.Smooth.validate(c)
	c.Int("check", m.Check, 2, config.MostSteps)
	c.Float("data_weight", m.Data, 0, config.Huge)
	c.Float("prior_weight", m.Log, 0, config.Huge)
	c.Float("entropy_weight", m.Entropy, 0, config.Huge)
	c.Also(m.validFamily())
	c.Also(m.validStart())
	c.Also(m.Prior.Validate())
	c.Also(m.training(0).Validate())
	return c.Err()
}

// validFamily checks the family; of one that Build makes only the head is known.
func (m DPI) validFamily() error {
	if m.Build == nil {
		return m.Family.Validate()
	}
	k := config.Check("dpi")
	m.Family.checkHead(k)
	return k.Err()
}

// of returns m with what follows from the problem: the family that "auto" stands for, and where the mean starts; and the proximal map
// by which it starts, nil where it does not or the problem has none.
func (m DPI) of(p *infer.Problem) (DPI, inverse.ExactProximal) {
	if m.Build == nil {
		m.Family = m.Family.of(p.Shape.Size())
	}
	started := m
	if m.Start == 0 && m.Smooth.Share > 0 {
		started.Start = p.Std
	}
	if started.Start == 0 || started.validStart() != nil {
		return m, nil
	}
	exact, ok := wiener(p)
	if !ok {
		return m, nil
	}
	return started, exact
}

// room refuses a family that takes more than its share of memory for images of dim values.
func (m DPI) room(dim int) error {
	if m.Build != nil {
		return nil
	}
	return m.Family.room(dim)
}

// training returns the optimiser's part of the configuration.
func (m DPI) training(seed uint64) train.Config {
	c := train.Default()
	c.Seed, c.Steps, c.Batch = seed, int64(m.Steps), m.Batch
	c.LR, c.FinalLR, c.Decay, c.WarmupSteps, c.Clip = m.LR, m.FinalLR, "cosine", int64(m.Warmup), m.Clip
	c.EMAHalfLife, c.EvalEvery, c.SaveEvery = 0, 0, 200*int64(m.Batch)
	return c
}

// Solve fits the family and draws from it. A run with a State file resumes from it.
func (m DPI) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (res *infer.Result, err error) {
	defer inverse.CatchOperator(&err)
	if err := infer.Check(ctx, m, p, run); err != nil {
		return nil, err
	}
	start := time.Now()
	fit, err := newFit(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	m = fit.method
	info, origin, err := infer.StateInfo(m, p, run)
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	tr, err := train.New(train.Setup{Config: m.training(run.Seed), Params: fit.q.fit.Params(), Objective: fit,
		Path: run.State, Info: info, Progress: fit.follow(run)})
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	_, err = tr.Run(ctx)
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	res = &infer.Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: infer.PosteriorSpread, Trace: fit.trace}
	if e := fit.finish(ctx, res, run); e != nil {
		return nil, fmt.Errorf("dpi: after the last step: %w", e)
	}
	if err == nil && res.Draws == 0 {
		err = ctx.Err() // which ended while the fit was judged
	}
	origin.Warn(res)
	res.Elapsed = time.Since(start)
	if err != nil {
		return res, err
	}
	if err := res.Examine(p, 0, "the fit has not converged, or its family is too narrow"); err != nil {
		return nil, err
	}
	return res, nil
}
