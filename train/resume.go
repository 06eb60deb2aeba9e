package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"tweedie/checkpoints"
	"tweedie/internal/config"
)

// load reads a state and, when all of it fits this run, continues from it.
func (t *Trainer) load(path string) error {
	f, err := checkpoints.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var h head
	if err := t.readHead(f, &h); err != nil {
		return err
	}
	var numbers [3]float64
	for i, s := range []string{h.Loss, h.GradNorm, h.HeldOut} {
		if numbers[i], err = strconv.ParseFloat(s, 64); err != nil {
			return fmt.Errorf("a loss in its head: %w", err)
		}
	}
	arrays := t.arrays()
	filled := make([]array, len(arrays))
	for i, a := range arrays {
		if filled[i], err = a.read(f); err != nil {
			return err
		}
	}
	if err := known(f, arrays); err != nil {
		return err
	}
	if err := t.loadCursor(f); err != nil {
		return err
	}
	for i, a := range arrays {
		copy(a.f32, filled[i].f32)
		copy(a.f64, filled[i].f64)
	}
	for _, p := range t.setup.Params {
		p.Touch()
	}
	t.optim.SetSteps(h.OptimizerSteps)
	t.step, t.images, t.evaluated, t.saved = h.Step, h.Images, h.Evaluated, h.Step
	t.loss, t.norm, t.heldOut = numbers[0], numbers[1], numbers[2]
	return nil
}

// readHead reads the part of a state that is not arrays, and returns an error when its version, config, key, guard or
// network does not fit this run.
func (t *Trainer) readHead(f *checkpoints.File, h *head) error {
	version, err := strconv.Atoi(f.Meta[versionMeta])
	switch {
	case f.Meta[versionMeta] == "":
		return fmt.Errorf("it is not a training state: its metadata has no %s", versionMeta)
	case err != nil || version < 1:
		return fmt.Errorf("%s %q is not a positive integer", versionMeta, f.Meta[versionMeta])
	case version > StateVersion:
		return fmt.Errorf("%s is %d and this build reads up to %d: a newer tweedie is needed", versionMeta, version, StateVersion)
	}
	if err := f.JSON(headMeta, h); err != nil {
		return err
	}
	saved := Default()
	if err := config.Decode(h.Settings, &saved); err != nil {
		return fmt.Errorf("its config: %w", err)
	}
	if err := t.cfg.mismatch(saved, t.setup.Accept); err != nil {
		return err
	}
	if h.Step < 0 || h.Images < 0 || h.OptimizerSteps < 0 {
		return fmt.Errorf("it claims step %d, %d images and %d steps of the optimiser; want none negative", h.Step, h.Images, h.OptimizerSteps)
	}
	if h.Key != t.key && !slices.Contains(t.setup.Accept, "seed") {
		return fmt.Errorf("its random key is not that of seed %d", saved.Seed)
	}
	if err := t.sameOwn(h.Own); err != nil {
		return err
	}
	if err := t.sameGuard(f); err != nil {
		return err
	}
	return t.sameNetwork(f)
}

// sameNetwork returns an error where the state and the setup differ in what they say about the network.
func (t *Trainer) sameNetwork(f *checkpoints.File) error {
	info, err := f.Info()
	if err != nil {
		return err
	}
	want := t.setup.Info
	for _, c := range []struct{ field, got, want string }{
		{"architecture", info.Architecture, want.Architecture},
		{"config", compact(info.Config), compact(want.Config)},
		{"schedule", compact(info.Schedule), compact(want.Schedule)},
	} {
		if c.got != c.want {
			return fmt.Errorf("the saved network's %s is %s and this one's %s", c.field, c.got, c.want)
		}
	}
	return nil
}

// compact returns JSON without white space, and "null" for none.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || json.Compact(&b, raw) != nil {
		return "null"
	}
	return b.String()
}

// read returns a copy of a with the values of the tensor in f. The error says which name, type, shape or value does not
// fit.
func (a *array) read(f *checkpoints.File) (array, error) {
	r := array{name: a.name, shape: a.shape}
	s, err := f.Tensor(a.name)
	if err != nil {
		return r, err
	}
	want := checkpoints.F32
	if a.f64 != nil {
		want = checkpoints.F64
	}
	if s.DType != want || !slices.Equal(s.Shape, a.shape) {
		return r, fmt.Errorf("tensor %q is %v %v; want %v %v", a.name, s.DType, s.Shape, want, a.shape)
	}
	if a.f64 != nil {
		r.f64, err = s.Float64s()
	} else {
		r.f32, err = s.Float32s()
	}
	if err == nil {
		if x := r.squares(); !finite(x) {
			err = fmt.Errorf("tensor %q holds NaN or Inf", a.name)
		}
	}
	return r, err
}

// known returns an error when the state holds a tensor that this run does not have.
func known(f *checkpoints.File, arrays []array) error {
	names := map[string]bool{cursorName: true}
	for _, a := range arrays {
		names[a.name] = true
	}
	for _, n := range f.Names() {
		if !names[n] {
			return fmt.Errorf("tensor %q belongs to nothing in this run", n)
		}
	}
	return nil
}

// loadCursor puts the data cursor where the state has it.
func (t *Trainer) loadCursor(f *checkpoints.File) error {
	switch {
	case f.Has(cursorName) != (t.setup.Cursor != nil):
		return errors.New("of the state and this run, one has a data cursor and the other has none")
	case t.setup.Cursor == nil:
		return nil
	}
	s, err := f.Tensor(cursorName)
	if err != nil {
		return err
	}
	position, err := s.Bytes()
	if err != nil {
		return err
	}
	if err := t.setup.Cursor.UnmarshalBinary(position); err != nil {
		return fmt.Errorf("data cursor: %w", err)
	}
	return nil
}
