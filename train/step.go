package train

import (
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
)

// advance takes one step, or leaves everything as it was and returns why.
func (t *Trainer) advance(ctx context.Context) error {
	lr, err := t.nextRate()
	if err != nil {
		return err
	}
	if err := t.undo.mark(); err != nil {
		return err
	}
	loss, norm, err := t.gradient(ctx)
	if err != nil {
		if undo := t.undo.back(); undo != nil {
			return fmt.Errorf("%w; and the step could not be undone: %w", err, undo)
		}
		return err
	}
	t.step++
	t.images += int64(t.cfg.Batch)
	t.loss, t.norm = loss, norm
	t.optim.Step(lr, t.grads)
	if t.ema != nil {
		t.ema.Update(t.cfg.Batch, t.images)
	}
	return nil
}

// gradient sets t.grads to the clipped mean gradient of the next step, and returns its loss and its norm before
// clipping. The error is a *NonFiniteError where the loss or the gradient is not finite.
func (t *Trainer) gradient(ctx context.Context) (loss, norm float64, err error) {
	m := t.cfg.Accumulate
	t.grads.Reset()
	for j := range m {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		l, err := t.micro(t.microStep(j), true)
		if err != nil {
			return 0, 0, fmt.Errorf("train: step %d, micro-batch %d: %w", t.step+1, j, err)
		}
		if !finite(l) {
			return 0, 0, t.failed(&NonFiniteError{Step: t.step + 1, Micro: j, Quantity: "loss", Value: l})
		}
		loss += l / float64(m)
	}
	norm = t.grads.Clip(t.cfg.Clip)
	if left := t.left(norm); !finite(float64(float32(left * left))) {
		return 0, 0, t.failed(&NonFiniteError{Step: t.step + 1, Micro: -1, Quantity: "gradient's norm", Value: norm})
	}
	return loss, norm, nil
}

// left returns the norm after clipping. Its square must fit float32, or the second moment would be infinite and the
// parameters would stop moving for ever.
func (t *Trainer) left(norm float64) float64 {
	if t.cfg.Clip > 0 && finite(norm) {
		return min(norm, t.cfg.Clip)
	}
	return norm
}

// failed undoes the failing step and repeats it to find what made the value.
func (t *Trainer) failed(e *NonFiniteError) error {
	if err := t.undo.back(); err != nil {
		return fmt.Errorf("%w; and the step could not be undone: %w", e, err)
	}
	return t.diagnose(e, t.cfg.Accumulate, func(j int) error {
		_, err := t.micro(t.microStep(j), true)
		return err
	})
}

// microStep returns micro-batch j of the next step.
func (t *Trainer) microStep(j int) Step {
	n := t.cfg.Batch / t.cfg.Accumulate
	return Step{
		Index: t.step + 1, Images: t.images + int64(j*n), Micro: j, Micros: t.cfg.Accumulate, Batch: n,
		Key: t.key.Split("step", int(t.step+1)).Split("micro", j), Train: true,
	}
}

// micro returns the loss of one micro-batch. A training one adds its gradient to t.grads, unless the loss is not
// finite.
func (t *Trainer) micro(step Step, training bool) (loss float64, err error) {
	mode, objective := autodiff.Eval, t.setup.HeldOut
	if training {
		mode, objective = autodiff.Record, t.setup.Objective
	}
	s := t.arena.Scope(mode, autodiff.F32)
	defer s.Close()
	defer autodiff.Catch(&err)
	v, err := objective.Loss(s, step)
	if err != nil {
		return math.NaN(), err
	}
	if v.IsZero() || v.Size() != 1 {
		return math.NaN(), fmt.Errorf("the objective returned no scalar; want the mean loss, of one element")
	}
	loss = v.Scalar()
	if training && finite(loss) {
		t.grads.Accumulate(s, v, 1/float64(step.Micros))
	}
	return loss, nil
}
