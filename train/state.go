package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/internal/kernel"
	"tweedie/rng"
)

// StateVersion is the version of the training state that this build writes. Later ones are refused.
const StateVersion = 1

// The metadata of a state, besides those of checkpoints.Info.
const (
	versionMeta = "train_version"
	headMeta    = "train"
)

// head is the part of a state that is not arrays. Losses are text, as they may be NaN before the first.
type head struct {
	Settings       json.RawMessage `json:"config"`
	Own            []string        `json:"own,omitempty"` // "optimizer", "rate": what the run takes in place of the config's
	Step           int64           `json:"step"`
	Images         int64           `json:"images"`
	OptimizerSteps int64           `json:"optimizer_steps"`
	Key            rng.Key         `json:"key"`
	Loss           string          `json:"loss"`
	GradNorm       string          `json:"grad_norm"`
	HeldOut        string          `json:"held_out"`
	Evaluated      int64           `json:"evaluated"`
}

// Save writes the state to the setup's Path, atomically. It refuses a state with a value that is not finite by a
// *NonFiniteError, and the file that was there stays.
func (t *Trainer) Save() error {
	if t.setup.Path == "" {
		return errors.New("train: save: the setup has no Path")
	}
	f, err := t.state()
	if err == nil {
		err = checkpoints.Save(t.setup.Path, f, checkpoints.SaveOptions{})
	}
	if err != nil {
		return fmt.Errorf("train: save: %w", err)
	}
	t.saved = t.step
	return nil
}

// state returns the state as a file: head, guard, arrays and cursor.
func (t *Trainer) state() (*checkpoints.File, error) {
	f := &checkpoints.File{}
	info := t.setup.Info
	info.Step, info.EMA = t.step, false
	settings, err := json.Marshal(t.cfg)
	if err == nil {
		err = f.SetInfo(info)
	}
	if err == nil {
		err = f.SetJSON(headMeta, head{
			Settings: settings, Own: t.setup.own(), Step: t.step, Images: t.images, OptimizerSteps: t.optim.Steps(), Key: t.key,
			Loss: number(t.loss), GradNorm: number(t.norm), HeldOut: number(t.heldOut), Evaluated: t.evaluated,
		})
	}
	if err == nil && len(t.setup.Guard) > 0 {
		err = f.SetJSON(guardMeta, t.setup.Guard)
	}
	if err != nil {
		return nil, err
	}
	f.Meta[versionMeta] = strconv.Itoa(StateVersion)
	for _, a := range t.arrays() {
		if x := a.squares(); !finite(x) {
			return nil, &NonFiniteError{Step: t.step, Micro: -1, Quantity: "stored tensor " + a.name, Value: x, stored: true}
		}
		if err := f.Add(a.tensor()); err != nil {
			return nil, err
		}
	}
	if t.setup.Cursor == nil {
		return f, nil
	}
	position, err := t.setup.Cursor.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("data cursor: %w", err)
	}
	return f, f.Add(checkpoints.FromBytes(cursorName, checkpoints.U8, []int{len(position)}, position))
}

const cursorName = "cursor"

// number returns x as text that gives the same bits back.
func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// array is a stored tensor and its place in memory. One of f32 and f64 is set.
type array struct {
	name  string
	shape []int
	f32   []float32
	f64   []float64
}

// arrays returns every array of the state: "param.*", "ema.*" and the slots of the optimiser.
func (t *Trainer) arrays() []array {
	var all []array
	for _, p := range t.setup.Params {
		all = append(all, array{name: "param." + p.Name(), shape: p.Shape().Dims(nil), f32: p.Data()})
	}
	if t.ema != nil {
		for i, p := range t.ema.params {
			all = append(all, array{name: "ema." + p.Name(), shape: p.Shape().Dims(nil), f64: t.ema.avg[i]})
		}
	}
	for _, s := range t.optim.Slots() {
		all = append(all, array{name: s.Name, shape: s.Shape.Dims(nil), f32: s.Data})
	}
	return all
}

// tensor returns the array as a tensor of a checkpoint.
func (a *array) tensor() *checkpoints.Tensor {
	if a.f64 != nil {
		return checkpoints.FromFloat64(a.name, a.shape, a.f64)
	}
	return checkpoints.FromFloat32(a.name, a.shape, a.f32)
}

// squares returns the sum of squares, which is finite only when every element is.
func (a *array) squares() float64 {
	if a.f64 != nil {
		return kernel.Dot(a.f64, a.f64)
	}
	return kernel.Dot(a.f32, a.f32)
}
