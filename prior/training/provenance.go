package training

import (
	"encoding/json"
	"math"

	"tweedie/checkpoints"
)

// Provenance records in a checkpoint how it was trained.
type Provenance struct {
	Command string   `json:"command"`
	Config  Config   `json:"config"`
	Data    string   `json:"data"`
	Images  int      `json:"images"`
	Classes []string `json:"classes,omitempty"` // names of the labels
	Init    string   `json:"init_sha256,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"` // of the run so far; a state has none
}

// Outcome says what a run came to.
type Outcome struct {
	From    int64   `json:"from_step"` // where this process took the run up, 0 for a run in one go
	Images  int64   `json:"images_seen"`
	Loss    any     `json:"loss"`     // of the last step; nil when there was none
	HeldOut any     `json:"held_out"` // the latest; nil when nothing was held out
	Seconds float64 `json:"seconds"`  // since from_step, data and previews included
}

// store writes p into the metadata of f.
func (p Provenance) store(f *checkpoints.File) error {
	info, err := f.Info()
	if err != nil {
		return err
	}
	if info.Provenance, err = json.Marshal(p); err != nil {
		return err
	}
	return f.SetInfo(info)
}

// finiteOrNil returns v, or nil where JSON has no number for it.
func finiteOrNil(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}
