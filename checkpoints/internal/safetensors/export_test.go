package safetensors

import "tweedie/checkpoints/internal/store"

// Whole reports whether all of the compressed file that a tensor lies in is in memory.
func Whole(t *store.Tensor) bool {
	return store.SourceOf(t).(store.Section).R.(*zstream).whole != nil
}
