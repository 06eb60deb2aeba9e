package training

import (
	"encoding/json"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
)

// initial holds a checkpoint that a run takes weights from.
type initial struct {
	path, hash   string // the hash is SHA-256 of the file
	opened       *checkpoints.File
	file         *checkpoints.File // its weights under the names of the network's parameters
	architecture string            // what the file says of the network; "" when it does not
	network      json.RawMessage
	prediction   families.Prediction
	open         error // why a file of a known kind does not say what its network is
}

// openInitial opens a native checkpoint, of a training state the averages where there are some, or a file of another
// project whose tensors have the names of ours.
func openInitial(name string) (*initial, error) {
	hash, err := checkpoints.HashFile(name)
	if err != nil {
		return nil, err
	}
	f, err := checkpoints.Open(name)
	if err != nil {
		return nil, err
	}
	s := &initial{path: name, hash: hash, opened: f, file: f}
	info, err := f.Info()
	if err == nil && info.Architecture != "" {
		var spec families.Spec
		if err := json.Unmarshal(info.Config, &spec); err != nil {
			return nil, fmt.Errorf("%s: config: %w", name, err)
		}
		s.architecture, s.network = info.Architecture, spec.Network
		s.file, _, err = families.Weights(s.file, false)
		return s, err
	}
	if _, _, err := families.Recognise(f, ""); err != nil {
		s.open = err
		return s, nil
	}
	net, held, err := families.Open(f, families.Source{})
	if err != nil {
		s.open = err
		return s, nil
	}
	s.file = held
	s.architecture, s.network, s.prediction, s.open = described(net)
	return s, nil
}

// described returns the architecture, the config and the prediction of a network of another project.
func described(net families.Original) (architecture string, network json.RawMessage, p families.Prediction, err error) {
	o := families.PriorOptions{High: 1}
	if families.Classes(net.Network()) > 0 {
		o.Class = new(int)
	}
	architecture, spec, err := net.Describe(o)
	return architecture, spec.Network, spec.Predict, err
}

// load copies the tensors whose names and shapes fit, and says which do not. It is an error when none does.
func (s *initial) load(params []*autodiff.Param) (notes []string, err error) {
	problems := checkpoints.Match(s.file, params, checkpoints.LoadOptions{})
	lists, unfit := map[string][]string{}, map[string]bool{}
	for _, p := range problems {
		text := fmt.Sprintf("%q", p.Name)
		switch p.What {
		case "wrong shape", "not float":
			text += fmt.Sprintf(" %s for %s", p.File, p.Network)
		case "missing":
			if p.Nearest != "" {
				text += fmt.Sprintf(" (like %q there?)", p.Nearest)
			}
		}
		lists[p.What] = append(lists[p.What], text)
		if p.What != "unused" {
			unfit[p.Name] = true
		}
	}
	var fitting []*autodiff.Param
	held := &checkpoints.File{}
	for _, p := range params {
		if unfit[p.Name()] {
			continue
		}
		t, err := s.file.Tensor(p.Name())
		if err == nil {
			err = held.Add(t)
		}
		if err != nil {
			return nil, err
		}
		fitting = append(fitting, p)
	}
	if len(fitting) == 0 {
		return nil, &checkpoints.LoadError{Problems: problems}
	}
	if err := checkpoints.Load(held, fitting, checkpoints.LoadOptions{}); err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	notes = append(notes, fmt.Sprintf("%d of %d parameters come from %s", len(fitting), len(params), s.path))
	for _, what := range []string{"missing", "wrong shape", "not float", "unused"} {
		if l := lists[what]; l != nil {
			notes = append(notes, fmt.Sprintf("  %s, %d: %s", what, len(l), some(l)))
		}
	}
	return notes, nil
}

// some joins the first ten of a list.
func some(list []string) string {
	if len(list) > 10 {
		list = append(list[:10:10], fmt.Sprintf("and %d more", len(list)-10))
	}
	return strings.Join(list, ", ")
}
