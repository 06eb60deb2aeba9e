package train

import (
	"errors"
	"slices"

	"tweedie/checkpoints"
)

// Weights is the parameters as a checkpoint under their own names, copied: the present values or, when averaged, the
// average rounded to float32; what is not learned has no average and keeps its value. Write it with checkpoints.Save.
// It is an error to ask for the average where the config has none.
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
