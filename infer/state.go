package infer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"

	"tweedie/checkpoints"
)

// runState is what a run of DPnP has reached, as a file: enough to go on as if it had never stopped.
type runState struct {
	Fingerprint string `json:"fingerprint"` // of method, seed, measurement and shape
	Round       int    `json:"round"`
	Evaluations int64  `json:"network_evaluations"`
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
	if err := f.SetJSON(stateKey, runState{c.fingerprint, c.round, c.eval.count}); err != nil {
		return err
	}
	return checkpoints.Save(file, f, checkpoints.SaveOptions{})
}

// load takes up the state in a file if there is one. The state of another run is an error.
func (c *chains) load(file string) error {
	if file == "" {
		return nil
	}
	f, err := checkpoints.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var st runState
	if err := f.JSON(stateKey, &st); err != nil {
		return fmt.Errorf("%s is not the state of a DPnP run: %w", file, err)
	}
	if st.Fingerprint != c.fingerprint {
		return &otherRunError{file}
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
		copy(dst, v)
	}
	c.round, c.eval.count = st.Round, st.Evaluations
	return nil
}

// otherRunError says that a state file belongs to another run.
type otherRunError struct{ file string }

func (e *otherRunError) Error() string {
	return fmt.Sprintf("%s is the state of another run: its method, seed, measurement or number of samples differs; remove it or name another file", e.file)
}

// stateInfo is what the state of a fit says of its run. A state in file that says something else is an error.
func stateInfo(file string, m Method, p *Problem, run Run) (info checkpoints.Info, err error) {
	info.Architecture = m.Name()
	if info.Provenance, err = json.Marshal(fingerprint(m, p, run)); err != nil || file == "" {
		return info, err
	}
	f, err := checkpoints.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return info, nil
	}
	if err != nil {
		return info, err
	}
	defer f.Close()
	had, err := f.Info()
	if err != nil {
		return info, err
	}
	if !bytes.Equal(had.Provenance, info.Provenance) {
		return info, &otherRunError{file}
	}
	return info, nil
}

// fingerprint identifies a run by everything that its numbers follow from but the prior's weights.
func fingerprint(m Method, p *Problem, run Run) string {
	h := fnv.New128a()
	err := json.NewEncoder(h).Encode([]any{m.Name(), m, run.Seed, run.Samples, p.Shape.String(), p.Likelihood.Op.Name(), p.Likelihood.Y, p.Likelihood.Noise, p.DType, p.Affine})
	if err != nil {
		panic(err) // all of it is plain numbers and strings
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
