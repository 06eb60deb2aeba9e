package dpi

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/flows"
	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
	"tweedie/train"
)

// fit holds a family, the terms of the objective, and its history. It is a train.Objective.
type fit struct {
	method  DPI
	p       *infer.Problem
	ctx     context.Context
	q       families
	prior   diffusion.Prior
	count   *diffusion.Counter
	d       int
	trace   []infer.TracePoint
	value   float64 // -ELBO of the latest step
	stepped int     // of this run
	asked   int64   // images whose log p(x) was asked for
	level   float64 // sigma of the smoothed prior of this step, in the units of x; 0 for the prior
	eval    *infer.Evaluator

	m, x, g, gm []float64
	z           []float64
	logp, joint []float64 // of each sample: log p(m), and the tempered log p(m) + log p(y|x)
}

func newFit(ctx context.Context, m DPI, p *infer.Problem, run infer.Run) (*fit, error) {
	m, exact := m.of(p)
	d := p.Shape.Size()
	if err := cmp.Or(config.Room("dpi", "batch", 8, m.Batch, d), m.room(d)); err != nil {
		return nil, err
	}
	fam, err := m.Family.build(d, rng.New(run.Seed).Split("dpi.family", 0), m.Build)
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	if err := m.begin(fam.fit, p, exact); err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	if err := m.Family.disperse(ctx, fam.fit, p, rng.New(run.Seed).Split("dpi.centres", 0)); err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	prior, count, err := m.Prior.build(p)
	if err != nil {
		return nil, fmt.Errorf("dpi: %w", err)
	}
	f := &fit{method: m, p: p, ctx: ctx, q: fam, prior: prior, count: count, d: d, value: math.NaN(), eval: infer.NewEvaluator(ctx, p)}
	return f, f.allowed(rng.New(run.Seed).Split("dpi.allowed", 0))
}

const boundsHelp = `family.head "box" or "positive" bounds what the family draws, and dpnp keeps to any bounds`

// allowed refuses a noise that does not allow draws of the family as it is before the fit, where the ELBO is -Inf, and one whose loss
// is flat where it is finite.
func (f *fit) allowed(key rng.Key) error {
	const draws = 64
	noise := f.p.Likelihood.Noise
	if _, ok := noise.(inverse.Gaussian); ok {
		return nil
	}
	if f.p.Flat() {
		return fmt.Errorf("dpi: noise of the kind %s has no gradient where it allows the data, and log p(y|x) is -Inf elsewhere, so that no fit can follow it; rounded or student noise may stand for it", noise.Kind())
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	sample, _ := f.draw(s, f.q.fit, key, draws)
	x := make([]float64, draws*f.d)
	sample.CopyTo64(x)
	for i, v := range x {
		x[i] = f.p.Affine.ToPhysical(v)
	}
	return f.p.CheckAllowed("dpi", infer.Split(x, f.d), boundsHelp)
}

// Loss returns -ELBO of one batch. Its gradient flows through log q and through the samples; the gradients of log p(y|x)
// and log p(x) with respect to a sample are computed apart and enter as constants.
func (f *fit) Loss(s *autodiff.Scope, step train.Step) (autodiff.Var, error) {
	b := step.Batch
	f.level = f.method.Smooth.level(step.Index, f.method.Steps, f.p.Std)
	f.stepped++
	if m, head := mixtureOf(f.q.fit); m != nil && step.Index > int64(f.method.Cover) {
		return f.mixed(s, m, head, step)
	}
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
	f.note(loss)
	if step.Index <= int64(f.method.Cover) {
		return f.inclusive(s, sample, logq), nil
	}
	return loss, nil
}

// note keeps the loss for the trace, where it is -ELBO.
func (f *fit) note(loss autodiff.Var) {
	f.value = math.NaN()
	if f.level == 0 {
		f.value = loss.Scalar()
	}
}

// inclusive returns -sum_i w_i log q(x_i) with x fixed and w the self-normalised importance weights p(x_i, y)/q(x_i): up to
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

// draw returns a batch of samples m [B,D] of q with log q(m) [B], each from its own stream.
func (f *fit) draw(s *autodiff.Scope, q flows.Family, key rng.Key, b int) (sample, logq autodiff.Var) {
	return q.Sample(s, f.noise(s, q.NoiseDim(), key, b))
}

// noise returns the normals of b draws, [b,k], each from its own stream.
func (f *fit) noise(s *autodiff.Scope, k int, key rng.Key, b int) autodiff.Var {
	f.z = grow(f.z, b*k)
	for i := range b {
		key.Split("z", i).Stream().FillNorm(f.z[i*k : (i+1)*k])
	}
	return s.Const64(autodiff.S(b, k), f.z)
}

// temper returns the power of the target at a step: from 1/50 it rises geometrically to 1 over the first Anneal steps. A
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
	if err := nonfinite.Check("the draw of q", f.m, 0, f.d); err != nil {
		return 0, err
	}
	for i, v := range f.m {
		f.x[i] = f.p.Affine.ToPhysical(v)
	}
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	if err := f.logPrior(key, b); err != nil {
		return 0, fmt.Errorf("log p(x): %w", err)
	}
	a, value := f.p.Affine.Unit(), 0.0
	wd, wp := w*f.method.Data/float64(b), w*f.method.Log/float64(b)
	shift := f.units()
	for i := range b {
		if err := f.ctx.Err(); err != nil {
			return 0, err
		}
		lo, hi := i*f.d, (i+1)*f.d
		nll := f.likelihood(f.g[lo:hi], f.x[lo:hi])
		if _, gaussian := f.p.Likelihood.Noise.(inverse.Gaussian); math.IsInf(nll, 1) && !gaussian {
			return 0, fmt.Errorf("noise of the kind %s does not allow an image that the family draws by now, so that log p(y|x) is -Inf; %s", f.p.Likelihood.Noise.Kind(), boundsHelp)
		}
		if err := nonfinite.Check("log p(y|x)", []float64{-nll}, i, 1); err != nil {
			return 0, err
		}
		value += wd*nll - wp*(f.logp[i]-shift)
		f.joint[i] = float64(b) * (wp*f.logp[i] - wd*nll)
		for j := lo; j < hi; j++ {
			f.gm[j] = wd*a*f.g[j] - wp*f.gm[j]
		}
	}
	return value - f.method.Entropy*shift, nonfinite.Within("the gradient of log p(x, y)", f.gm, 0, f.d, math.MaxFloat32)
}

// logPrior sets logp and gm to log p(m) of the samples and its gradient, or while the prior is smoothed gm to that of log p(m; sigma) and
// logp, which is not known then, to 0.
func (f *fit) logPrior(key rng.Key, b int) error {
	if f.level == 0 {
		f.asked += int64(b)
		return f.prior.LogProb(f.ctx, f.m, splits(key, "prior", b), f.logp, f.gm)
	}
	if err := f.eval.Denoise(f.gm, f.x, f.level); err != nil {
		return err
	}
	scale := f.p.Affine.Unit() / (f.level * f.level)
	for i, x := range f.x {
		f.gm[i] = scale * (f.gm[i] - x)
	}
	for i := range f.logp {
		f.logp[i] = 0
	}
	return nil
}

// units returns D log a of x = a m + c: log p(x) = log p(m) - D log a, and the same for q.
func (f *fit) units() float64 { return float64(f.d) * math.Log(f.p.Affine.Unit()) }

// likelihood returns -log p(y|x) with all constants, and sets its gradient.
func (f *fit) likelihood(g, x []float64) float64 {
	f.p.Likelihood.Grad(g, x)
	return f.p.Likelihood.NegLogLik(x)
}

// follow records the objective and reports progress, from the first step of this run on: a state does not hold the
// objective. Steps on a smoothed prior have none.
func (f *fit) follow(run infer.Run) func(train.Progress) {
	return func(p train.Progress) {
		if f.stepped == 0 {
			return
		}
		report := infer.Progress{Stage: "step", Done: int(p.Step), Total: f.method.Steps, Evaluations: f.evaluations()}
		if !math.IsNaN(f.value) {
			f.trace = append(f.trace, infer.TracePoint{Step: int(p.Step), Value: f.value})
			report.Loss = f.value
		}
		run.Report(report)
	}
}

// evaluations counts the network evaluations so far, one per image, forward and reverse sweeps included.
// A closed form counts once per image.
func (f *fit) evaluations() int64 {
	if f.method.Prior.Kind == "exact" {
		return f.asked
	}
	c := f.count.Count()
	return c.Forward + c.VJP + c.JVP + f.eval.Evaluations
}

// splits returns n keys under a label.
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
