package problem

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"tweedie/internal/config"
	"tweedie/inverse"
)

// namedFiles walks through the description raw and through encoded, what it came to, and calls visit where raw names a
// file in place of the numbers that encoded has written out. It returns encoded with what visit makes of those places.
func namedFiles(raw, encoded json.RawMessage, field string, visit func(field string, a *Array) (*Array, error)) (json.RawMessage, error) {
	if len(raw) == 0 || len(encoded) == 0 {
		return encoded, nil
	}
	switch {
	case encoded[0] == '[' && raw[0] == '[':
		return namedInList(raw, encoded, field, visit)
	case encoded[0] == '[':
		a := new(Array)
		if err := a.UnmarshalJSON(raw); err != nil || a.File == "" {
			return encoded, nil // base64, or another word for numbers
		}
		a, err := visit(field, a)
		if err != nil {
			return nil, config.Below(field, err)
		}
		return json.Marshal(a)
	case encoded[0] != '{' || raw[0] != '{':
		return encoded, nil
	}
	from, err := config.Object(raw)
	if err != nil {
		return nil, err
	}
	to, err := config.Object(encoded)
	if err != nil {
		return nil, err
	}
	for name, was := range from {
		inner := name
		if field != "" {
			inner = field + "." + name
		}
		if to[name], err = namedFiles(was, to[name], inner, visit); err != nil {
			return nil, err
		}
		if to[name] == nil {
			delete(to, name)
		}
	}
	return json.Marshal(to)
}

// namedInList walks through the objects of two lists, such as the operators of a composition.
func namedInList(raw, encoded json.RawMessage, field string, visit func(field string, a *Array) (*Array, error)) (json.RawMessage, error) {
	if inner := bytes.TrimSpace(encoded[1:]); inner[0] != '{' {
		return encoded, nil
	}
	var from, to []json.RawMessage
	if err := errors.Join(json.Unmarshal(raw, &from), json.Unmarshal(encoded, &to)); err != nil || len(from) != len(to) {
		return encoded, err
	}
	for i := range to {
		var err error
		if to[i], err = namedFiles(from[i], to[i], fmt.Sprintf("%s[%d]", field, i), visit); err != nil {
			return nil, err
		}
	}
	return json.Marshal(to)
}

// withNames puts the names of files back into an encoded description, absolute, in place of the numbers in them.
func withNames(raw, encoded json.RawMessage, folder string) (json.RawMessage, error) {
	return namedFiles(raw, encoded, "", func(_ string, a *Array) (*Array, error) {
		path, err := filepath.Abs(a.In(folder).File)
		if err != nil {
			return nil, err
		}
		return &Array{File: path, Member: a.Member}, nil
	})
}

// checkNoiseFiles refuses a file with as many numbers as the measurement has, but in another layout, such as a transposed
// map of standard deviations.
func (p *Problem) checkNoiseFiles(ctx context.Context) error {
	encoded, err := inverse.EncodeNoise(p.Noise)
	if err != nil {
		return err
	}
	_, err = namedFiles(p.file.Noise, encoded, "", func(_ string, a *Array) (*Array, error) {
		shape, _, err := a.In(p.file.NoiseFolder).Header(ctx, Use{Hi: 1, Gray: true})
		if err != nil {
			return nil, err
		}
		if sizeOf(shape) == p.Operator.OutShape().Size() {
			if err := checkMeasurement(shape, p.Operator); err != nil {
				return nil, fmt.Errorf("%s holds %w", a.Name(), err)
			}
		}
		return a, nil
	})
	return err
}
