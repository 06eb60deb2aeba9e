package checkpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"tweedie/internal/config"
)

// FormatVersion is the version of the native format that this build writes. It reads this one and all before.
// Version 1: the metadata keys of Info.
const FormatVersion = 1

const versionKey = "format_version"

// VersionError says that a file was written by a later version of the format.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("checkpoints: the file has %s %d, this build reads up to %d: a newer tweedie is needed", versionKey, e.Version, FormatVersion)
}

// Version returns the format_version of the metadata. It returns 0 when there is none, and the file was not written
// here.
func (f *File) Version() int {
	n, _ := strconv.Atoi(f.Meta[versionKey])
	return n
}

// checkVersion accepts no format_version, or one in 1..FormatVersion.
func checkVersion(meta map[string]string) error {
	s, ok := meta[versionKey]
	if !ok {
		return nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return &VersionError{math.MaxInt32}
	case err != nil || n == 0:
		return fmt.Errorf("checkpoints: %s %q is not a positive integer", versionKey, s)
	case n > FormatVersion:
		return &VersionError{int(n)}
	}
	return nil
}

// SetJSON stores v as JSON text under a metadata key.
func (f *File) SetJSON(key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("checkpoints: metadata %q: %w", key, err)
	}
	if f.Meta == nil {
		f.Meta = map[string]string{}
	}
	f.Meta[key] = string(b)
	return nil
}

// JSON decodes the JSON text under a metadata key onto v. Fields that are not in the text keep their values. It returns
// an error for fields that v does not have, and for a missing key.
func (f *File) JSON(key string, v any) error {
	s, ok := f.Meta[key]
	if !ok {
		return fmt.Errorf("checkpoints: the file has no metadata %q", key)
	}
	if err := config.Decode([]byte(s), v); err != nil {
		return fmt.Errorf("checkpoints: metadata %q: %w", key, err)
	}
	return nil
}

const architectureKey = "architecture"

// Info holds what a native file says about its tensors. Each field is one metadata key: architecture is plain text, the
// others are JSON.
type Info struct {
	Architecture string          // architecture: the family of the network
	Config       json.RawMessage // config: the network's config struct, every effective field
	Schedule     json.RawMessage // schedule: the noise schedule it was trained for
	DataRange    [2]float64      // data_range: darkest and brightest physical value of the training data
	Step         int64           // step: optimiser steps taken
	EMA          bool            // ema: the weights are exponential averages
	Provenance   json.RawMessage // provenance: data, seed, program, date, whatever explains the file
}

// SetInfo stores every field of info; empty raw fields become null.
func (f *File) SetInfo(info Info) error {
	if f.Meta == nil {
		f.Meta = map[string]string{}
	}
	f.Meta[architectureKey] = info.Architecture
	for _, kv := range info.fields() {
		if err := f.SetJSON(kv.key, kv.value); err != nil {
			return err
		}
	}
	return nil
}

// Info reads what SetInfo stored. A missing key leaves its field zero, and a key that cannot be decoded is an error.
func (f *File) Info() (Info, error) {
	info := Info{Architecture: f.Meta[architectureKey]}
	for _, kv := range info.fields() {
		if _, ok := f.Meta[kv.key]; !ok {
			continue
		}
		if err := f.JSON(kv.key, kv.value); err != nil {
			return Info{}, err
		}
	}
	for _, raw := range []*json.RawMessage{&info.Config, &info.Schedule, &info.Provenance} {
		if string(*raw) == "null" {
			*raw = nil
		}
	}
	return info, nil
}

type field struct {
	key   string
	value any
}

func (i *Info) fields() []field {
	return []field{
		{"config", &i.Config}, {"schedule", &i.Schedule}, {"data_range", &i.DataRange},
		{"step", &i.Step}, {"ema", &i.EMA}, {"provenance", &i.Provenance},
	}
}
