package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Run takes the steps that are left. When ctx ends it undoes the step at work, saves, and returns what was reached with
// ctx's error. It does the same when the objective fails or a value is not finite (*NonFiniteError). The result is
// valid in each case, and a later Run, of this Trainer or of one that resumes its state, continues as if nothing had
// happened. A run that fails in its first step has nothing to save.
func (t *Trainer) Run(ctx context.Context) (Result, error) {
	begin := time.Now()
	t.rate.start()
	err := t.run(ctx, begin)
	stillborn := t.step == 0 && err != nil && ctx.Err() == nil
	if t.setup.Path != "" && t.saved != t.step && !stillborn && !bad(err) {
		err = errors.Join(err, t.Save())
	}
	return Result{
		Step: t.step, Images: t.images, Loss: t.loss, HeldOut: t.heldOut,
		Done: err == nil, Elapsed: time.Since(begin),
	}, err
}

// bad reports whether err says that the present state itself, and not only the step tried after it, is not worth
// keeping.
func bad(err error) bool {
	var e *NonFiniteError
	return errors.As(err, &e) && e.stored
}

// run takes the steps that are left, and between any two does what is due.
func (t *Trainer) run(ctx context.Context, begin time.Time) error {
	for {
		if err := t.observe(ctx, begin); err != nil {
			return err
		}
		if t.step >= t.cfg.Total() {
			return nil
		}
		if err := t.advance(ctx); err != nil {
			return err
		}
		t.rate.add(t.cfg.Batch)
	}
}

// observe does what is due between two steps, each once: the held-out loss, statistics, progress, and a save.
func (t *Trainer) observe(ctx context.Context, begin time.Time) error {
	if t.step == 0 {
		return nil
	}
	if t.setup.HeldOut != nil && t.cfg.EvalEvery > 0 && t.evaluated != t.step && t.due(t.cfg.EvalEvery, false) {
		h, err := t.HeldOut(ctx)
		if err != nil {
			return err
		}
		t.heldOut, t.evaluated = h, t.step
		defer t.rate.start()
	}
	p := Progress{
		Step: t.step, Steps: t.cfg.Total(), Images: t.images, Loss: t.loss, GradNorm: t.norm,
		LR: t.lr.Rate(t.step), HeldOut: t.heldOut, Evaluated: t.evaluated == t.step,
		ImagesPerSecond: t.rate.perSecond(), Elapsed: time.Since(begin),
	}
	p.ETA = t.rate.eta((p.Steps - p.Step) * int64(t.cfg.Batch))
	if t.setup.Stats != "" && t.logged != t.step && (p.Evaluated || t.due(t.cfg.LogEvery, true)) {
		if err := appendStats(t.setup.Stats, p); err != nil {
			return err
		}
		t.logged = t.step
	}
	if t.setup.Progress != nil {
		t.setup.Progress(p)
	}
	if t.setup.Path != "" && t.saved != t.step && t.due(t.cfg.SaveEvery, false) {
		defer t.rate.start()
		return t.Save()
	}
	return nil
}

// due reports whether the latest step completed another stretch of every images, or the run. Where every is 0, each
// step is due if always is set, and otherwise only the last.
func (t *Trainer) due(every int64, always bool) bool {
	if t.step >= t.cfg.Total() {
		return true
	}
	if every == 0 {
		return always
	}
	return t.images/every > (t.images-int64(t.cfg.Batch))/every
}

// HeldOut returns the mean held-out loss over eval_batches micro-batches, with the same noise every time, at the
// average of the weights where there is one. It changes nothing.
func (t *Trainer) HeldOut(ctx context.Context) (mean float64, err error) {
	if t.setup.HeldOut == nil || t.cfg.EvalBatches < 1 {
		return math.NaN(), fmt.Errorf("train: a held-out loss needs a HeldOut objective and eval_batches of 1 or more, not %d", t.cfg.EvalBatches)
	}
	if t.ema != nil {
		t.ema.SwapIn()
		defer t.ema.SwapOut()
	}
	m, n := t.cfg.EvalBatches, t.cfg.Batch/t.cfg.Accumulate
	at := func(j int) Step {
		return Step{Index: t.step, Images: int64(j * n), Micro: j, Micros: m, Batch: n, Key: t.key.Split("held-out", j)}
	}
	for j := range m {
		if err := ctx.Err(); err != nil {
			return math.NaN(), err
		}
		l, err := t.micro(at(j), false)
		if err != nil {
			return math.NaN(), err
		}
		if !finite(l) {
			e := &NonFiniteError{Step: t.step, Micro: j, Quantity: "held-out loss", Value: l, stored: true}
			return math.NaN(), t.diagnose(e, m, func(j int) error { _, err := t.micro(at(j), false); return err })
		}
		mean += l / float64(m)
	}
	return mean, nil
}
