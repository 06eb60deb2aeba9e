package safetensors

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// tokens reads JSON by expectation.
type tokens struct{ *json.Decoder }

func (d tokens) delim(want json.Delim, what string) error {
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if t != want {
		return fmt.Errorf("%s: found %.40q, want %v", what, fmt.Sprint(t), want)
	}
	return nil
}

// object reads {key: value, ...}; value must consume the value.
func (d tokens) object(what string, value func(key string) error) error {
	if err := d.delim('{', what); err != nil {
		return err
	}
	for d.More() {
		key, err := d.text(what)
		if err == nil {
			err = value(key)
		}
		if err != nil {
			return err
		}
	}
	return d.delim('}', what)
}

func (d tokens) text(what string) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	s, ok := t.(string)
	if !ok {
		return "", fmt.Errorf("%s: found %.40q, want a string", what, fmt.Sprint(t))
	}
	return s, nil
}

// integers reads [n, ...] of at most limit integers in 0..2^63-1, written with digits only.
func (d tokens) integers(what string, limit int) ([]int64, error) {
	if err := d.delim('[', what); err != nil {
		return nil, err
	}
	list := []int64{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		s, _ := t.(json.Number)
		n, err := strconv.ParseUint(s.String(), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%s: found %.40q, want an integer in 0..2^63-1", what, fmt.Sprint(t))
		}
		if list = append(list, int64(n)); len(list) > limit {
			return nil, fmt.Errorf("%s: more than %d integers", what, limit)
		}
	}
	return list, d.delim(']', what)
}
