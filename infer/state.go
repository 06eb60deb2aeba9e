package infer

import (
	"encoding/json"
	"errors"
	"io/fs"

	"tweedie/checkpoints"
)

// StateInfo returns what the state of a fit by package train says of its run, and the run's origin. Both are empty when
// the run names no State file. A state in that file that belongs to another run is an error.
func StateInfo(m Method, p *Problem, run Run) (info checkpoints.Info, o Origin, err error) {
	info.Architecture = m.Name()
	if run.State == "" {
		return info, o, nil
	}
	if o, err = NewOrigin(m, p, run); err != nil {
		return info, o, err
	}
	if err := o.takeUp(run.State, m.Name()); err != nil {
		return info, o, err
	}
	info.Provenance, err = json.Marshal(o)
	return info, o, err
}

// takeUp resumes the origin in the state of a fit by the named method, if there is one.
func (o *Origin) takeUp(file, method string) error {
	f, err := checkpoints.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Info()
	if err != nil {
		return err
	}
	var had Origin
	if info.Architecture != method || json.Unmarshal(info.Provenance, &had) != nil {
		return NotAState(file, Title(method)+" fit")
	}
	return o.Resume(file, had)
}
