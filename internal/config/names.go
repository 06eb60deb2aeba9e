package config

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Names holds values that a configuration names by one word, in the order in which they were registered. Goroutines may
// share it.
type Names[T any] struct {
	owner string // the package, for errors
	what  string // "solver"

	mu     sync.RWMutex
	names  []string
	values map[string]T
}

// Register makes v known as name. An empty name and one that is taken are errors.
func (n *Names[T]) Register(name string, v T) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name == "" {
		return fmt.Errorf("%s: a %s needs a name", n.owner, n.what)
	}
	if slices.Contains(n.names, name) {
		return fmt.Errorf("%s: the %s %q is registered already", n.owner, n.what, name)
	}
	if n.values == nil {
		n.values = map[string]T{}
	}
	n.names = append(n.names, name)
	n.values[name] = v
	return nil
}

// Get returns what was registered as name, and whether anything was.
func (n *Names[T]) Get(name string) (T, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	v, ok := n.values[name]
	return v, ok
}

// List returns the names in the order of registration.
func (n *Names[T]) List() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.names)
}

// String lists the names for an error, "euler, heun, rk4".
func (n *Names[T]) String() string { return strings.Join(n.List(), ", ") }

// NewNames returns a table with the entries of the package itself, the owner. It panics when two have one name.
func NewNames[T any](owner, what string, entries ...Entry[T]) *Names[T] {
	n := &Names[T]{owner: owner, what: what}
	for _, e := range entries {
		if err := n.Register(e.Name, e.Value); err != nil {
			panic(err)
		}
	}
	return n
}

// Entry is a name and what it stands for.
type Entry[T any] struct {
	Name  string
	Value T
}
