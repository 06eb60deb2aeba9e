package layers

import "tweedie/autodiff"

// parts makes the parts of the module at a path until one fails, and gathers their parameters in order.
type parts struct {
	at     Path
	params []*autodiff.Param
	err    error
}

// add makes the part called name; after a failure it makes nothing.
func add[M Module, C any](b *parts, name string, make func(Path, C) (M, error), c C) (m M) {
	if b.err == nil {
		if m, b.err = make(b.at.At(name), c); b.err == nil {
			b.params = append(b.params, m.Params()...)
		}
	}
	return m
}
