package dpnp

import (
	"errors"
	"fmt"
	"io/fs"

	"tweedie/checkpoints"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
)

// runState says in a file how far a run of DPnP is: with the images of its mode, enough to go on as if it had never stopped.
type runState struct {
	Origin      infer.Origin `json:"origin"`
	Round       int          `json:"round"`
	Evaluations int64        `json:"network_evaluations"`
	Particles   *particles   `json:"particles,omitempty"` // of the mode smc
	Ladders     *ladderState `json:"ladders,omitempty"`   // of the mode exchange
	Weighed     *weighed     `json:"weighed,omitempty"`   // of chains whose weights are followed
}

// weighed is what a state of chains holds beside the images and weights.
type weighed struct {
	Noise    float64 `json:"noise"`
	Replaced int     `json:"replaced"`
}

// particles are what a state of the mode smc holds beside the images.
type particles struct {
	Etas      []float64 `json:"etas"`
	ESS       []float64 `json:"ess"`
	LogZ      []float64 `json:"log_z"`
	Ancestors []int     `json:"ancestors"`
	Moved     int       `json:"moved"`
}

const stateKey = "dpnp"

// write saves tensors and a state to a file, whole or not at all; an empty name saves nothing.
func (e *engine) write(file string, st runState, tensors map[string][]float64) error {
	if file == "" {
		return nil
	}
	f := &checkpoints.File{}
	for _, name := range []string{"x", "z", "draws", "followed", "weighted", "weights", "energies"} {
		v, ok := tensors[name]
		if !ok {
			continue
		}
		if err := f.Add(checkpoints.FromFloat64(name, []int{len(v)}, v)); err != nil {
			return err
		}
	}
	st.Origin, st.Round, st.Evaluations = e.origin, e.rounds, e.eval.Evaluations
	if err := f.SetJSON(stateKey, st); err != nil {
		return err
	}
	return checkpoints.Save(file, f, checkpoints.SaveOptions{})
}

// read takes up the state in a file, and returns its tensors, or nil when there is no file. The state of another run is an
// error.
func (e *engine) read(file string) (st runState, tensors map[string][]float64, err error) {
	if file == "" {
		return st, nil, nil
	}
	f, err := checkpoints.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return st, nil, nil
	}
	if err != nil {
		return st, nil, err
	}
	defer f.Close()
	if f.JSON(stateKey, &st) != nil {
		return st, nil, infer.NotAState(file, "DPnP run")
	}
	if err := e.origin.Resume(file, st.Origin); err != nil {
		return st, nil, err
	}
	if st.Round < 0 || st.Evaluations < 0 {
		return st, nil, fmt.Errorf("%s claims %d rounds and %d evaluations", file, st.Round, st.Evaluations)
	}
	tensors = map[string][]float64{}
	for _, t := range f.Tensors() {
		v, err := t.Float64s()
		if err != nil {
			return st, nil, err
		}
		if err := nonfinite.Check(file+": "+t.Name, v, 0, max(1, e.d)); err != nil {
			return st, nil, err
		}
		tensors[t.Name] = v
	}
	e.rounds, e.eval.Evaluations = st.Round, st.Evaluations
	return st, tensors, nil
}

// sized returns an error unless a tensor of a state has n values.
func sized(file, name string, v []float64, n int) error {
	if len(v) != n {
		return fmt.Errorf("%s: tensor %q has %d values, the run has %d", file, name, len(v), n)
	}
	return nil
}

// save writes the chains to a file.
func (c *chains) save(file string) error {
	tensors := map[string][]float64{"x": c.x, "z": c.z}
	if len(c.kept) > 0 {
		tensors["draws"] = c.kept
	}
	if len(c.followed) > 0 {
		tensors["followed"] = c.followed
	}
	st := runState{}
	if c.logw != nil {
		tensors["weights"], st.Weighed = c.logw, &weighed{c.noise, c.replaced}
	}
	return c.write(file, st, tensors)
}

// load takes up the chains in a file if there is one.
func (c *chains) load(file string) error {
	st, tensors, err := c.read(file)
	if tensors == nil || err != nil {
		return err
	}
	if w := st.Weighed; w != nil {
		if err := sized(file, "weights", tensors["weights"], len(c.x)/c.d); err != nil {
			return err
		}
		c.logw, c.noise, c.replaced = tensors["weights"], w.Noise, w.Replaced
	}
	if err := errors.Join(sized(file, "x", tensors["x"], len(c.x)), sized(file, "z", tensors["z"], len(c.z))); err != nil {
		return err
	}
	if over := len(tensors["draws"]) % len(c.x); over != 0 {
		return fmt.Errorf("%s: tensor \"draws\" has %d values, which is no number of draws", file, len(tensors["draws"]))
	}
	copy(c.x, tensors["x"])
	copy(c.z, tensors["z"])
	c.kept, c.followed = tensors["draws"], tensors["followed"]
	return nil
}

// save writes the particles to a file.
func (s *smc) save(file string) error {
	st := runState{Particles: &particles{s.etas, s.ess, s.logZ, s.ancestor, s.moved}}
	tensors := map[string][]float64{"x": s.x}
	if s.weighted != nil {
		var w []float64
		for _, x := range s.weighted.Samples {
			w = append(w, x...)
		}
		tensors["weighted"], tensors["weights"] = w, s.weighted.Weights
	}
	return s.write(file, st, tensors)
}

// load takes up the particles in a file if there is one.
func (s *smc) load(file string) error {
	st, tensors, err := s.read(file)
	if tensors == nil || err != nil {
		return err
	}
	p := st.Particles
	if p == nil || len(p.LogZ) != len(s.logZ) || len(p.Etas) == 0 || len(p.ESS) != len(p.Etas) || len(p.Ancestors) != s.method.SMC.Particles || p.Moved < 0 {
		return infer.NotAState(file, "DPnP run in the mode smc")
	}
	if err := sized(file, "x", tensors["x"], len(p.Ancestors)*s.d); err != nil {
		return err
	}
	s.x, s.ancestor, s.logZ, s.etas, s.ess, s.moved = tensors["x"], p.Ancestors, p.LogZ, p.Etas, p.ESS, p.Moved
	if w := tensors["weights"]; w != nil {
		if err := sized(file, "weighted", tensors["weighted"], len(w)*s.d); err != nil {
			return err
		}
		s.weighted = &infer.WeightedDraws{Samples: infer.Split(tensors["weighted"], s.d), Weights: w}
	}
	if err := s.measure(); err != nil {
		return err
	}
	s.ll = make([]float64, len(s.ancestor))
	s.score(s.etas[len(s.etas)-1])
	return nil
}
