package dpnp

import (
	"errors"

	"tweedie/infer"
)

// ladderState is what a state of the mode exchange holds beside the images.
type ladderState struct {
	Path   path      `json:"path"`
	Rungs  []rung    `json:"rungs"`
	Config Exchange  `json:"config"`
	Thin   int       `json:"thin"`
	Counts counts    `json:"counts"`
	Trial  []float64 `json:"trial,omitempty"`
}

// save writes the ladders to a file.
func (x *exchange) save(file string) error {
	st := runState{Ladders: &ladderState{x.path, x.rungs, x.method.Exchange, x.method.Thin, x.count, x.trial}}
	tensors := map[string][]float64{"x": x.x, "z": x.z}
	for name, v := range map[string][]float64{"draws": x.kept, "weights": x.logw, "followed": x.followed, "energies": x.energies} {
		if len(v) > 0 {
			tensors[name] = v
		}
	}
	return x.write(file, st, tensors)
}

// load takes up the ladders in a file, and tells whether there is one.
func (x *exchange) load(file string) (bool, error) {
	st, tensors, err := x.read(file)
	if tensors == nil || err != nil {
		return false, err
	}
	s := st.Ladders
	if s == nil || s.Config.Validate() != nil || s.Config.Ladders < 1 || len(s.Rungs) != s.Config.Replicas || len(s.Rungs) == 0 || s.Thin < 1 {
		return false, infer.NotAState(file, "DPnP run in the mode exchange")
	}
	n, c := len(s.Rungs)*s.Config.Ladders, s.Counts
	recorded := max(0, st.Round-s.Config.BurnIn)
	draws := recorded / s.Thin * s.Config.Ladders
	if len(c.Swapped) != len(s.Rungs)-1 || len(c.Tried) != len(s.Rungs)-1 || len(c.Walker) != n || len(c.Heading) != n || len(c.Trips) != s.Config.Ladders || len(c.Langevin) != len(s.Rungs) {
		return false, infer.NotAState(file, "DPnP run in the mode exchange")
	}
	for _, w := range c.Walker {
		if w < 0 || w >= len(s.Rungs) {
			return false, infer.NotAState(file, "DPnP run in the mode exchange")
		}
	}
	if err := errors.Join(sized(file, "x", tensors["x"], n*x.d), sized(file, "z", tensors["z"], n*x.d), sized(file, "draws", tensors["draws"], draws*x.d), sized(file, "weights", tensors["weights"], draws),
		sized(file, "followed", tensors["followed"], recorded*s.Config.Ladders*len(x.trackNames())), sized(file, "energies", tensors["energies"], 2*recorded*n)); err != nil {
		return false, err
	}
	x.path, x.rungs, x.ladders, x.count, x.trial = s.Path, s.Rungs, s.Config.Ladders, c, s.Trial
	x.method.Exchange, x.method.Thin, x.method.EtaMax, x.method.EtaMin = s.Config, s.Thin, s.Path.Hot, s.Path.Cold
	x.x, x.z, x.kept, x.logw, x.followed, x.energies = tensors["x"], tensors["z"], tensors["draws"], tensors["weights"], tensors["followed"], tensors["energies"]
	x.measure()
	return true, nil
}
