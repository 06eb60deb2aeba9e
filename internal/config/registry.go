package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"tweedie/internal/absent"
)

// Kinder is a configuration that says what it is of.
type Kinder interface {
	// Kind is the name in the field "kind" of JSON.
	Kind() string
}

// Registry reads and writes configurations of several types, which the field "kind" tells apart. Its zero value has no
// kinds; it may be used by several goroutines.
type Registry[T Kinder] struct {
	// What says in errors what is registered, "operator".
	What string
	// Sorted writes fields in alphabetical order, the kind among them; otherwise the kind comes first and the fields
	// follow as the struct has them.
	Sorted bool

	mu       sync.RWMutex
	defaults []T
}

// Register makes the type of defaults known under defaults.Kind(), a struct or a pointer to one. Fields that are absent
// from the JSON keep the values that they have in defaults. A kind that is taken is an error.
func (r *Registry[T]) Register(defaults T) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := defaults.Kind()
	if slices.ContainsFunc(r.defaults, func(d T) bool { return d.Kind() == kind }) {
		return fmt.Errorf("%s kind %q is registered already", r.What, kind)
	}
	r.defaults = append(r.defaults, defaults)
	return nil
}

// Of returns a registry of the given types. It panics when two have one kind.
func Of[T Kinder](what string, defaults ...T) *Registry[T] {
	r := &Registry[T]{What: what}
	for _, d := range defaults {
		if err := r.Register(d); err != nil {
			panic(err)
		}
	}
	return r
}

// Kinds lists the registered kinds in alphabetical order.
func (r *Registry[T]) Kinds() []string {
	var kinds []string
	for _, d := range r.All() {
		kinds = append(kinds, d.Kind())
	}
	slices.Sort(kinds)
	return kinds
}

// All lists the defaults of every kind, in the order of registration.
func (r *Registry[T]) All() []T {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.defaults)
}

// Decode reads an object with a field "kind" onto the defaults of that kind, as Decode of the package does. It does not
// validate. An unknown kind is an error that proposes the nearest and lists all.
func (r *Registry[T]) Decode(data []byte) (T, error) { return r.DecodeFrom(data, nil) }

// DecodeFrom is Decode with the arrays that the object names; see DecodeFrom of the package.
func (r *Registry[T]) DecodeFrom(data []byte, source Source) (T, error) {
	var none T
	kind, err := KindOf(data)
	if err != nil {
		return none, Named(r.What, err)
	}
	for _, d := range r.All() {
		if d.Kind() == kind {
			return onto(d, data, source)
		}
	}
	kinds := r.Kinds()
	return none, Errorf(r.What, "kind", "is %q, which is none of %s%s", kind, strings.Join(kinds, ", "), DidYouMean(kind, kinds, ""))
}

// onto decodes data, but for its kind, onto a copy of d.
func onto[T Kinder](d T, data []byte, source Source) (T, error) {
	var none T
	fields, err := withoutKind(data)
	if err != nil {
		return none, err
	}
	v, err := ontoFrom(d, fields, source)
	if err != nil {
		return none, Named(d.Kind(), err)
	}
	return v, nil
}

// Onto decodes data, as Decode does, onto a copy of defaults and returns the copy. The dynamic type of defaults is a
// struct or a pointer to one.
func Onto[T any](defaults T, data []byte) (T, error) { return ontoFrom(defaults, data, nil) }

func ontoFrom[T any](defaults T, data []byte, source Source) (T, error) {
	var none T
	v := reflect.New(reflect.TypeOf(defaults)).Elem()
	v.Set(reflect.ValueOf(defaults))
	target := v.Addr()
	if v.Kind() == reflect.Pointer {
		target = reflect.New(v.Type().Elem())
		target.Elem().Set(v.Elem())
		v.Set(target)
	}
	if err := DecodeFrom(data, target.Interface(), source); err != nil {
		return none, err
	}
	return v.Interface().(T), nil
}

// KindOf returns the field "kind" of a JSON object.
func KindOf(data []byte) (kind string, err error) {
	m, err := Object(data)
	if err != nil {
		return "", err
	}
	raw, ok := m["kind"]
	if !ok {
		return "", &FieldError{Field: "kind", Problem: "is missing; it says what the other fields are of"}
	}
	if raw[0] != '"' {
		return "", mismatch("kind", raw, "a string")
	}
	return unquote(raw), nil
}

// SplitKind returns the field "kind" of a JSON object, and the object without it.
func SplitKind(data []byte) (kind string, fields []byte, err error) {
	if kind, err = KindOf(data); err != nil {
		return "", nil, err
	}
	fields, err = withoutKind(data)
	return kind, fields, err
}

// withoutKind returns a JSON object without its field "kind".
func withoutKind(data []byte) ([]byte, error) {
	out := []byte{'{'}
	for _, part := range parts(bytes.TrimSpace(data)) {
		if unquote(part[:stringEnd(part, 0)]) == "kind" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, part...)
	}
	return append(out, '}'), nil
}

// Encode writes v as a JSON object that Decode reads, with every field that the struct does not omit.
func (r *Registry[T]) Encode(v T) ([]byte, error) {
	if absent.Is(v) {
		return nil, Errorf(r.What, "kind", "the %s is nil", r.What)
	}
	return Encode(v, r.Sorted)
}

// Encode writes v as a JSON object with its kind first, or with all its fields in alphabetical order.
func Encode(v Kinder, sorted bool) ([]byte, error) {
	fields, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	kind, err := json.Marshal(v.Kind())
	if err != nil {
		return nil, err
	}
	if sorted {
		m, err := Object(fields)
		if err != nil {
			return nil, err
		}
		m["kind"] = kind
		return json.Marshal(m)
	}
	rest := bytes.TrimPrefix(fields, []byte("{"))
	if len(rest) > 1 {
		kind = append(kind, ',')
	}
	return append(append([]byte(`{"kind":`), kind...), rest...), nil
}
