package diffusion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"tweedie/internal/absent"
)

// FieldError says which field of a configuration is wrong, and what would be right.
type FieldError struct {
	Kind    string // what is configured, "vp"
	Field   string // the field by its JSON name, "beta1"
	Problem string // what is wrong with it
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Kind, e.Field, e.Problem) }

func fieldError(kind, field, format string, args ...any) error {
	return &FieldError{Kind: kind, Field: field, Problem: fmt.Sprintf(format, args...)}
}

// configured is what every configuration struct of the package offers.
type configured interface {
	Kind() string
	Validate() error
}

// encode writes v as a JSON object with the field "kind" first.
func encode(v configured) ([]byte, error) {
	if absent.Is(v) {
		return nil, fieldError("config", "kind", "it is nil")
	}
	fields, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	kind, err := json.Marshal(v.Kind())
	if err != nil {
		return nil, err
	}
	rest := bytes.TrimPrefix(fields, []byte("{"))
	if len(rest) > 1 {
		kind = append(kind, ',')
	}
	return append(append([]byte(`{"kind":`), kind...), rest...), nil
}

// decode reads a JSON object with a field "kind" onto the default of that kind among defaults.
// An unknown kind or field is an error, as is what Validate finds.
func decode[C configured](what string, data []byte, defaults ...C) (C, error) {
	var none C
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	var kind string
	if err := json.Unmarshal(m["kind"], &kind); err != nil {
		return none, fieldError(what, "kind", "a string must be given")
	}
	delete(m, "kind")
	fields, err := json.Marshal(m)
	if err != nil {
		return none, err
	}
	var kinds []string
	for _, d := range defaults {
		if d.Kind() == kind {
			return onto(d, fields)
		}
		kinds = append(kinds, d.Kind())
	}
	return none, fieldError(what, "kind", "%q is none of %s", kind, strings.Join(kinds, ", "))
}

// onto decodes fields onto a copy of d, which may be a struct or a pointer to one, and validates the result.
func onto[C configured](d C, fields []byte) (C, error) {
	var none C
	v := reflect.New(reflect.TypeOf(d))
	v.Elem().Set(reflect.ValueOf(d))
	if err := strict(d.Kind(), fields, v.Interface()); err != nil {
		return none, err
	}
	c := v.Elem().Interface().(C)
	return c, c.Validate()
}

// strict decodes data onto v and refuses unknown fields.
func strict(kind string, data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}
