package families

import "tweedie/checkpoints"

// Renamed returns t under another name.
func Renamed(t *checkpoints.Tensor, name string) *checkpoints.Tensor {
	r := *t
	r.Name = name
	return &r
}
