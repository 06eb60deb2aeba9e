package checkpoints

import "tweedie/autodiff"

// Match compares the names, shapes and types of a file's tensors with parameters, and returns what does not fit, as
// Load would report it. When it returns nothing, Load can still refuse NaN and Inf. It reads the header only.
func Match(f *File, params []*autodiff.Param, o LoadOptions) []Problem {
	return match(f, params, o.Prefix)
}
