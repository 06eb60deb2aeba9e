package dpnp

import (
	"errors"
	"fmt"
	"io/fs"

	"tweedie/checkpoints"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
)

// runState says in a file how far a run of DPnP is: with the chains, enough to go on as if it had never stopped.
type runState struct {
	Origin      infer.Origin `json:"origin"`
	Round       int          `json:"round"`
	Evaluations int64        `json:"network_evaluations"`
}

const stateKey = "dpnp"

// save writes the chains to a file, whole or not at all; an empty name saves nothing.
func (c *chains) save(file string) error {
	if file == "" {
		return nil
	}
	f := &checkpoints.File{}
	shape := []int{len(c.x) / c.d, c.d}
	if err := f.Add(checkpoints.FromFloat64("x", shape, c.x), checkpoints.FromFloat64("z", shape, c.z)); err != nil {
		return err
	}
	if err := f.SetJSON(stateKey, runState{c.origin, c.round, c.eval.Evaluations}); err != nil {
		return err
	}
	return checkpoints.Save(file, f, checkpoints.SaveOptions{})
}

// load takes up the state in a file if there is one. The state of another run is an error.
func (c *chains) load(file string) error {
	f, err := checkpoints.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var st runState
	if f.JSON(stateKey, &st) != nil {
		return infer.NotAState(file, "DPnP run")
	}
	if err := c.origin.Resume(file, st.Origin); err != nil {
		return err
	}
	if st.Round < 0 || st.Round > c.method.Rounds || st.Evaluations < 0 {
		return fmt.Errorf("%s claims %d of %d rounds and %d evaluations", file, st.Round, c.method.Rounds, st.Evaluations)
	}
	for name, dst := range map[string][]float64{"x": c.x, "z": c.z} {
		t, err := f.Tensor(name)
		if err != nil {
			return err
		}
		v, err := t.Float64s()
		if err != nil {
			return err
		}
		if len(v) != len(dst) {
			return fmt.Errorf("%s: tensor %q has %d values, the run has %d", file, name, len(v), len(dst))
		}
		if err := nonfinite.Check(file+": "+name, v, 0, c.d); err != nil {
			return err
		}
		copy(dst, v)
	}
	c.round, c.eval.Evaluations = st.Round, st.Evaluations
	return nil
}
