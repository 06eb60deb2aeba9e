package layers

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Path is the place of a module in its network: it names the parameters made there and seeds their initial values.
// Paths are values; the same path and seed give the same parameters in whatever order they are made.
type Path struct {
	full, local string
	key         rng.Key
	names       map[string]string
	blank       bool
}

// Root returns the path of a whole network, with the empty name.
func Root(key rng.Key) Path { return Path{key: key} }

// At returns the path of the part called name ("fc", "down.0.conv") of the module at p. Every module enters a scope
// under its path's name; a mere group of modules needs no path.
func (p Path) At(name string) Path {
	if n, ok := p.names[name]; ok {
		name = n
	}
	return Path{p.full + dot(p.full, name) + name, name, p.key.Split(name, 0), p.names, p.blank}
}

// Named returns p with new names below it: a part called k is called names[k] where that exists. It gives our parts
// the names of another project. The parts' random keys follow the new names.
func (p Path) Named(names map[string]string) Path {
	p.names = names
	return p
}

// Blank returns p, below which trainable parameters get neither values nor storage, for a network that is only
// planned or whose weights are loaded.
func (p Path) Blank() Path {
	p.blank = true
	return p
}

func dot(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	return "."
}

// String returns the full name, such as "down.0.conv".
func (p Path) String() string { return p.full }

// Local returns the name within the parent, under which the module's Forward enters its scope.
func (p Path) Local() string { return p.local }

// Key returns the random key of this path.
func (p Path) Key() rng.Key { return p.key }

// Param makes a trainable parameter called name within p, with initial values drawn by init. It panics with a
// *autodiff.ValueError when init has an unknown distribution.
func (p Path) Param(name string, shape autodiff.Shape, init Init) *autodiff.Param {
	full := p.full + dot(p.full, name) + name
	if p.blank {
		return autodiff.NewLazyParam(full, shape)
	}
	w := autodiff.NewParam(full, shape)
	init.fill(w.Data(), shape, p.key.Split(name, 1))
	return w
}

// Buffer makes a constant of the network called name within p, such as a running statistic, filled with v.
func (p Path) Buffer(name string, shape autodiff.Shape, v float64) *autodiff.Param {
	p.blank = false
	w := p.Param(name, shape, Constant(v))
	w.SetTrainable(false)
	return w
}

// Errorf returns the error of a module of the given kind at p.
func (p Path) Errorf(kind, format string, args ...any) error {
	return &Error{Module: p.full, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Error says which module could not be made, and what would be right.
type Error struct {
	Module string // full path, empty for the network itself
	Kind   string // such as "conv" or "group norm"
	Msg    string
}

func (e *Error) Error() string {
	if e.Module == "" {
		return e.Kind + ": " + e.Msg
	}
	return e.Module + ": " + e.Kind + ": " + e.Msg
}
