package inverse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/absent"
)

// Config describes an operator as data: a plain struct with JSON tags, used by value.
type Config interface {
	// Kind is the name under which the config is registered, "blur".
	Kind() string
	// Validate says by a *FieldError what is wrong for images of shape in, nil when nothing is.
	Validate(in autodiff.Shape) error
	// Build validates and makes the operator for images of shape in.
	Build(in autodiff.Shape) (Operator, error)
}

// FieldError says which field of a description is wrong, and what would be right.
type FieldError struct {
	Kind    string // what is described, "blur"
	Field   string // the field by its JSON name, "gaussian.std"
	Problem string // what is wrong with it
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Kind, e.Field, e.Problem) }

func fieldError(kind, field, format string, args ...any) error {
	return &FieldError{Kind: kind, Field: field, Problem: fmt.Sprintf(format, args...)}
}

var registry = struct {
	sync.RWMutex
	decode map[string]func(fields []byte) (Config, error)
}{decode: map[string]func([]byte) (Config, error){}}

// Register makes configs of the type of defaults known to Decode under defaults.Kind(); fields absent from the
// JSON keep the values that they have in defaults. It panics when the kind is taken.
func Register[C Config](defaults C) {
	registry.Lock()
	defer registry.Unlock()
	kind := defaults.Kind()
	if _, taken := registry.decode[kind]; taken {
		panic(&autodiff.ValueError{Op: "inverse.Register", Msg: fmt.Sprintf("kind %q is registered already", kind)})
	}
	registry.decode[kind] = func(fields []byte) (Config, error) {
		c := defaults
		if err := strict(fields, &c); err != nil {
			return nil, fmt.Errorf("%s: %w", kind, err)
		}
		return c, nil
	}
}

// Kinds lists the registered kinds of operator in alphabetical order.
func Kinds() []string {
	registry.RLock()
	defer registry.RUnlock()
	kinds := make([]string, 0, len(registry.decode))
	for k := range registry.decode {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}

// Decode builds the operator that data describes for images of shape in:
//
//	{"kind": "block-average", "rows": 2, "cols": 2}
//
// An unknown kind or field is an error, as is what Validate finds.
func Decode(data []byte, in autodiff.Shape) (Operator, error) {
	c, err := DecodeConfig(data)
	if err != nil {
		return nil, err
	}
	return c.Build(in)
}

// DecodeConfig reads the description of an operator without building it.
func DecodeConfig(data []byte) (Config, error) {
	kind, fields, err := splitKind(data)
	if err != nil {
		return nil, fmt.Errorf("operator: %w", err)
	}
	registry.RLock()
	decode, ok := registry.decode[kind]
	registry.RUnlock()
	if !ok {
		return nil, fieldError("operator", "kind", "%q is none of %s", kind, strings.Join(Kinds(), ", "))
	}
	return decode(fields)
}

// Encode writes a description that DecodeConfig reads.
func Encode(c Config) ([]byte, error) {
	if absent.Is(c) {
		return nil, fieldError("operator", "config", "it is nil")
	}
	return joinKind(c.Kind(), c)
}

// Nested is a Config inside another one; in JSON it is the object that Encode writes.
type Nested struct{ Config }

// MarshalJSON writes the description with its kind.
func (n Nested) MarshalJSON() ([]byte, error) {
	if n.Config == nil {
		return []byte("null"), nil
	}
	return Encode(n.Config)
}

// UnmarshalJSON reads what DecodeConfig does; null is no description.
func (n *Nested) UnmarshalJSON(data []byte) (err error) {
	if string(data) == "null" {
		return nil
	}
	n.Config, err = DecodeConfig(data)
	return err
}

// splitKind takes the field "kind" out of a JSON object.
func splitKind(data []byte) (kind string, fields []byte, err error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return "", nil, err
	}
	raw, ok := m["kind"]
	if !ok {
		return "", nil, fmt.Errorf("field \"kind\" is missing")
	}
	if err := json.Unmarshal(raw, &kind); err != nil {
		return "", nil, fmt.Errorf("kind: %w", err)
	}
	delete(m, "kind")
	fields, err = json.Marshal(m)
	return kind, fields, err
}

// joinKind is the inverse of splitKind.
func joinKind(kind string, v any) ([]byte, error) {
	fields, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(fields, &m); err != nil {
		return nil, err
	}
	if m["kind"], err = json.Marshal(kind); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// strict decodes JSON onto v and refuses unknown fields.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
