package layers

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Path is the place of a module in its network: it names the parameters made there and seeds their initial
// values. Paths are values; the same path and seed give the same parameters in whatever order they are made.
type Path struct {
	full, local string
	key         rng.Key
	names       map[string]string
	blank       bool
}

// Root is the path of a whole network, with the empty name.
func Root(key rng.Key) Path { return Path{key: key} }

// At is the path of the part called name ("fc", "down.0.conv") of the module at p. The module at p opens a scope
// of its own; one that only groups others does not have a path.
func (p Path) At(name string) Path {
	if n, ok := p.names[name]; ok {
		name = n
	}
	return Path{p.full + dot(p.full, name) + name, name, p.key.Split(name, 0), p.names, p.blank}
}

// Named is p, below which a part called k is called names[k], where that exists: the names of another project for
// the parts of ours. The parts' random keys follow the new names.
func (p Path) Named(names map[string]string) Path {
	p.names = names
	return p
}

// Blank is p, below which trainable parameters are made without values or storage, for a network that is only planned
// or whose weights are loaded.
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

// String is the full name, "down.0.conv".
func (p Path) String() string { return p.full }

// Local is the name within the parent, under which the module's Forward enters its scope.
func (p Path) Local() string { return p.local }

// Key is the random key of this path.
func (p Path) Key() rng.Key { return p.key }

// Param is a new trainable parameter with initial values by init, called name within p.
// It panics with a *autodiff.ValueError when init has an unknown distribution.
func (p Path) Param(name string, shape autodiff.Shape, init Init) *autodiff.Param {
	full := p.full + dot(p.full, name) + name
	if p.blank {
		return autodiff.NewLazyParam(full, shape)
	}
	w := autodiff.NewParam(full, shape)
	init.fill(w.Data(), shape, p.key.Split(name, 1))
	return w
}

// Buffer is a new constant of the network, such as a running statistic, filled with v and called name within p.
func (p Path) Buffer(name string, shape autodiff.Shape, v float64) *autodiff.Param {
	p.blank = false
	w := p.Param(name, shape, Constant(v))
	w.SetTrainable(false)
	return w
}

// Errorf is the error of a module of the given kind at p.
func (p Path) Errorf(kind, format string, args ...any) error {
	return &Error{Module: p.full, Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Error says which module could not be made, and what would be right.
type Error struct {
	Module string // full path, empty for the network itself
	Kind   string // "conv", "group norm"
	Msg    string
}

func (e *Error) Error() string {
	if e.Module == "" {
		return e.Kind + ": " + e.Msg
	}
	return e.Module + ": " + e.Kind + ": " + e.Msg
}
