package diffusion

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// named holds values that a configuration names by one word, in the order in which they were registered. Goroutines may
// share it.
type named[T any] struct {
	what string // for errors, "solver"

	mu     sync.RWMutex
	names  []string
	values map[string]T
}

// register makes v known as name. An empty name and one that is taken are errors.
func (n *named[T]) register(name string, v T) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name == "" {
		return fmt.Errorf("diffusion: a %s needs a name", n.what)
	}
	if slices.Contains(n.names, name) {
		return fmt.Errorf("diffusion: the %s %q is registered already", n.what, name)
	}
	if n.values == nil {
		n.values = map[string]T{}
	}
	n.names = append(n.names, name)
	n.values[name] = v
	return nil
}

// get returns what was registered as name, and whether anything was.
func (n *named[T]) get(name string) (T, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	v, ok := n.values[name]
	return v, ok
}

// list returns the names in the order of registration.
func (n *named[T]) list() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return slices.Clone(n.names)
}

// String lists the names for an error, "euler, heun, rk4".
func (n *named[T]) String() string { return strings.Join(n.list(), ", ") }

// builtin returns a table with the entries of the package itself.
func builtin[T any](what string, entries ...entry[T]) *named[T] {
	n := &named[T]{what: what}
	for _, e := range entries {
		if err := n.register(e.name, e.value); err != nil {
			panic(err) // the names are constants
		}
	}
	return n
}

// entry is a name and what it stands for.
type entry[T any] struct {
	name  string
	value T
}
