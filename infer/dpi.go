package infer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/flows"
	"tweedie/rng"
	"tweedie/train"
)

// DPI is deep probabilistic imaging (Sun and Bouman 2020, arXiv 2010.14462) with a score prior (Feng et al. 2023,
// arXiv 2304.11751 and 2309.01949): it fits a family q to the posterior by maximising
//
//	ELBO = E_q[ log p(y|x) + log p(x) - log q(x) ] = log p(y) - KL(q || p(x|y)),
//
// all weights 1, with samples x reparameterised through the family. log p(x) comes from the probability-flow ODE of
// the prior ("ode"), from a diffusion lower bound ("surrogate", about a hundred times cheaper), or from a prior known
// in closed form ("exact"). The family works in the prior's units, where x = Scale m + Shift.
type DPI struct {
	Family  FamilyConfig `json:"family"`
	Prior   PriorConfig  `json:"prior"`
	Steps   int          `json:"steps"`
	Batch   int          `json:"batch"`
	LR      float64      `json:"lr"`
	FinalLR float64      `json:"final_lr"` // where the cosine decay ends
	Warmup  int          `json:"warmup"`   // steps
	Clip    float64      `json:"clip"`     // largest norm of the gradient
	Data    float64      `json:"data_weight"`
	Log     float64      `json:"prior_weight"`
	Entropy float64      `json:"entropy_weight"`
	Anneal  int          `json:"anneal"` // first steps, in which the target is p(x,y)^w with w rising to 1
	Cover   int          `json:"cover"`  // first steps, in which KL(posterior || q) is minimised instead; for few dimensions
	Check   int          `json:"check"`  // fresh samples for the final ELBO
}

// DefaultDPI is a low-rank Gaussian family with the surrogate prior.
func DefaultDPI() DPI {
	return DPI{Family: DefaultFamily(), Prior: DefaultPrior(), Steps: 2000, Batch: 64, LR: 1e-2, FinalLR: 1e-4,
		Warmup: 20, Clip: 100, Data: 1, Log: 1, Entropy: 1, Check: 512}
}

// Name is "dpi".
func (m DPI) Name() string { return "dpi" }

// Validate names the first field that is out of range.
func (m DPI) Validate() error {
	switch {
	case m.Steps < 2:
		return fmt.Errorf("dpi: steps is %d; it must be at least 2", m.Steps)
	case m.Batch < 1:
		return fmt.Errorf("dpi: batch is %d; it must be at least 1", m.Batch)
	case m.Anneal < 0 || m.Anneal >= m.Steps:
		return fmt.Errorf("dpi: anneal is %d; it must lie in [0, steps)", m.Anneal)
	case m.Check < 2:
		return fmt.Errorf("dpi: check is %d; it must be at least 2", m.Check)
	case m.Cover < 0 || m.Cover > m.Steps:
		return fmt.Errorf("dpi: cover is %d; it must lie in [0, steps]", m.Cover)
	case !(m.Data >= 0) || !(m.Log >= 0) || !(m.Entropy >= 0):
		return fmt.Errorf("dpi: data_weight, prior_weight and entropy_weight are %v, %v and %v; none may be negative", m.Data, m.Log, m.Entropy)
	}
	if err := m.Family.Validate(); err != nil {
		return err
	}
	if err := m.Prior.Validate(); err != nil {
		return err
	}
	return m.training(0).Validate()
}

// training is the optimiser's part of the configuration.
func (m DPI) training(seed uint64) train.Config {
	c := train.Default()
	c.Seed, c.Steps, c.Batch = seed, int64(m.Steps), m.Batch
	c.LR, c.FinalLR, c.Decay, c.WarmupSteps, c.Clip = m.LR, m.FinalLR, "cosine", int64(m.Warmup), m.Clip
	c.EMAHalfLife, c.EvalEvery, c.SaveEvery = 0, 0, 200*int64(m.Batch)
	return c
}

// Solve fits the family and draws from it. A run with a State file resumes from it.
func (m DPI) Solve(ctx context.Context, p *Problem, run Run) (*Result, error) {
	if err := check(m, p, run); err != nil {
		return nil, err
	}
	start := time.Now()
	fit, err := newFit(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	info, err := stateInfo(run.State, m, p, run)
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
	res := &Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: PosteriorSpread, Trace: fit.trace}
	if e := fit.finish(context.WithoutCancel(ctx), res, run); e != nil {
		return nil, e
	}
	res.Elapsed = time.Since(start)
	return res, err
}

// fit is a family, the terms of the objective, and its history. It is a train.Objective.
type fit struct {
	method DPI
	p      *Problem
	ctx    context.Context
	q      families
	prior  diffusion.Prior
	count  *diffusion.Counter
	d      int
	trace  []TracePoint
	value  float64 // -ELBO of the latest step
	asked  int64   // images whose log p(x) was asked for

	m, x, g, gm []float64
	z           []float64
	logp, joint []float64 // of each sample: log p(m), and the tempered log p(m) + log p(y|x)
}

func newFit(ctx context.Context, m DPI, p *Problem, run Run) (*fit, error) {
	d := p.Shape.Size()
	fam, err := m.Family.build(d, rng.New(run.Seed).Split("dpi.family", 0))
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	prior, count, err := m.Prior.build(p)
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	return &fit{method: m, p: p, ctx: ctx, q: fam, prior: prior, count: count, d: d}, nil
}

// Loss is -ELBO of one batch. Its gradient flows through log q and through the samples; the gradients of log p(y|x)
// and log p(x) with respect to a sample are computed apart and enter as constants.
func (f *fit) Loss(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
	b := step.Batch
	sample, logq := f.draw(s, f.q.fit, step.Key, b)
	value, err := f.target(step.Key, sample, b, f.method.temper(step.Index))
	if err != nil {
		return autodiff.Var{}, err
	}
	lin := 0.0
	for i, g := range f.gm {
		lin += g * f.m[i]
	}
	pull := s.Dot(sample, s.Const64(sample.Shape(), f.gm))
	entropy := s.Scale(s.MeanAll(logq), f.method.Entropy)
	loss := s.AddScalar(s.Add(pull, entropy), value-lin)
	f.value = loss.Scalar()
	if step.Index <= int64(f.method.Cover) {
		return f.inclusive(s, sample, logq), nil
	}
	return loss, nil
}

// inclusive is -sum_i w_i log q(x_i) with x fixed and w the self-normalised importance weights p(x_i, y)/q(x_i): up to
// a constant an estimate of KL(posterior || q). Pathwise gradients hardly move mass between modes that are far apart;
// this one does. The weights degenerate in many dimensions.
func (f *fit) inclusive(s *autodiff.Scope, sample, logq autodiff.Var) autodiff.Var {
	w := make([]float64, logq.Size())
	logq.CopyTo64(w)
	top := math.Inf(-1)
	for i := range w {
		w[i] = f.joint[i] - w[i]
		top = math.Max(top, w[i])
	}
	sum := 0.0
	for i := range w {
		w[i] = math.Exp(w[i] - top)
		sum += w[i]
	}
	for i := range w {
		w[i] /= -sum
	}
	return s.Dot(s.Const64(logq.Shape(), w), f.q.fit.LogProb(s, s.StopGradient(sample)))
}

// draw is a batch of samples m [B,D] of q with log q(m) [B], each from its own stream.
func (f *fit) draw(s *autodiff.Scope, q flows.Family, key rng.Key, b int) (sample, logq autodiff.Var) {
	k := q.NoiseDim()
	f.z = grow(f.z, b*k)
	for i := range b {
		key.Split("z", i).Stream().FillNorm(f.z[i*k : (i+1)*k])
	}
	return q.Sample(s, s.Const64(autodiff.S(b, k), f.z))
}

// temper is the power of the target at a step: from 1/50 it rises geometrically to 1 over the first Anneal steps. A
// flat target lets q find every mode before it narrows.
func (m DPI) temper(step int64) float64 {
	if step >= int64(m.Anneal) {
		return 1
	}
	return math.Pow(50, float64(step)/float64(m.Anneal)-1)
}

// target reads the samples and sets gm to the gradient of the batch mean of -w (log p(y|x) + log p(x)) with respect to
// them; it returns that mean.
func (f *fit) target(key rng.Key, sample autodiff.Var, b int, w float64) (float64, error) {
	n := b * f.d
	f.m, f.x, f.g, f.gm = grow(f.m, n), grow(f.x, n), grow(f.g, n), grow(f.gm, n)
	f.logp, f.joint = grow(f.logp, b), grow(f.joint, b)
	sample.CopyTo64(f.m)
	for i, v := range f.m {
		f.x[i] = f.p.Affine.To(v)
	}
	if err := f.prior.LogProb(f.ctx, f.m, splits(key, "prior", b), f.logp, f.gm); err != nil {
		return 0, err
	}
	f.asked += int64(b)
	a, value := f.p.Affine.Unit(), 0.0
	wd, wp := w*f.method.Data/float64(b), w*f.method.Log/float64(b)
	shift := float64(f.d) * math.Log(a) // log p(x) = log p(m) - D log a, and the same for q
	for i := range b {
		lo, hi := i*f.d, (i+1)*f.d
		nll := f.likelihood(f.g[lo:hi], f.x[lo:hi])
		value += wd*nll - wp*(f.logp[i]-shift)
		f.joint[i] = float64(b) * (wp*f.logp[i] - wd*nll)
		for j := lo; j < hi; j++ {
			f.gm[j] = wd*a*f.g[j] - wp*f.gm[j]
		}
	}
	return value - f.method.Entropy*shift, nil
}

// likelihood is -log p(y|x) with all constants and its gradient.
func (f *fit) likelihood(g, x []float64) float64 {
	f.p.Likelihood.Grad(g, x)
	return f.p.Likelihood.NegLogLik(x)
}

// follow records the objective and reports progress.
func (f *fit) follow(run Run) func(train.Progress) {
	return func(p train.Progress) {
		f.trace = append(f.trace, TracePoint{int(p.Step), f.value})
		run.report(Progress{Stage: "step", Done: int(p.Step), Total: f.method.Steps, Evaluations: f.evaluations(), Loss: f.value})
	}
}

// evaluations is the network evaluations so far, one per image, forward and reverse sweeps included.
// A closed form counts once per image.
func (f *fit) evaluations() int64 {
	if f.method.Prior.Kind == "exact" {
		return f.asked
	}
	c := f.count.Count()
	return c.Forward + c.VJP + c.JVP
}

// splits is n keys under a label.
func splits(key rng.Key, label string, n int) []rng.Key {
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = key.Split(label, i)
	}
	return keys
}

func grow(v []float64, n int) []float64 {
	if cap(v) < n {
		return make([]float64, n)
	}
	return v[:n]
}
