package config

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Table holds values that a configuration names by one word, in the order in which they were registered. Goroutines may
// share it.
type Table[T any] struct {
	pkg, what string // for errors, "diffusion" and "solver"

	mu     sync.RWMutex
	names  []string
	values map[string]T
}

// Register makes v known as name. An empty name and one that is taken are errors.
func (t *Table[T]) Register(name string, v T) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if name == "" {
		return fmt.Errorf("%s: a %s needs a name", t.pkg, t.what)
	}
	if slices.Contains(t.names, name) {
		return fmt.Errorf("%s: the %s %q is registered already", t.pkg, t.what, name)
	}
	if t.values == nil {
		t.values = map[string]T{}
	}
	t.names = append(t.names, name)
	t.values[name] = v
	return nil
}

// Get returns what was registered as name, and whether anything was.
func (t *Table[T]) Get(name string) (T, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	v, ok := t.values[name]
	return v, ok
}

// List returns the names in the order of registration.
func (t *Table[T]) List() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.names)
}

// String lists the names for an error, "euler, heun, rk4".
func (t *Table[T]) String() string { return strings.Join(t.List(), ", ") }

// TableOf returns a table of what a package calls what, with the package's own entries. It panics when two have one name.
func TableOf[T any](pkg, what string, entries ...Entry[T]) *Table[T] {
	t := &Table[T]{pkg: pkg, what: what}
	for _, e := range entries {
		if err := t.Register(e.Name, e.Value); err != nil {
			panic(err)
		}
	}
	return t
}

// Entry is a name and what it stands for.
type Entry[T any] struct {
	Name  string
	Value T
}
