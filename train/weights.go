package train

import (
	"errors"
	"slices"

	"tweedie/checkpoints"
)

// Weights returns a copy of the parameters as a checkpoint, under their own names: their present values or, when
// averaged, their average rounded to float32. Parameters that are not learned have no average and keep their values.
// Write it with checkpoints.Save. It is an error to ask for the average where the config has none.
func (t *Trainer) Weights(averaged bool) (*checkpoints.File, error) {
	if averaged && t.ema == nil {
		return nil, errors.New("train: there is no average: ema_half_life is 0")
	}
	f := &checkpoints.File{}
	info := t.setup.Info
	info.Step, info.EMA = t.step, averaged
	if err := f.SetInfo(info); err != nil {
		return nil, err
	}
	if averaged {
		t.ema.SwapIn()
		defer t.ema.SwapOut()
	}
	for _, p := range t.setup.Params {
		if err := f.Add(checkpoints.FromFloat32(p.Name(), p.Shape().Dims(nil), slices.Clone(p.Data()))); err != nil {
			return nil, err
		}
	}
	return f, nil
}
