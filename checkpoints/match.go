package checkpoints

import "tweedie/autodiff"

// Match compares the names, shapes and types of a file's tensors with parameters, and lists what does not fit, as Load
// does; nothing means that Load finds fault with NaN and Inf at most. It reads the header only.
func Match(f *File, params []*autodiff.Param, o LoadOptions) []Problem {
	return match(f, params, o.Prefix)
}
