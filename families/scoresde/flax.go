package scoresde

import (
	"strings"
	"tweedie/checkpoints"
	"tweedie/families"
)

// Where training states of score_prior and of score_sde's flax code keep the weights and their averages.
const (
	flaxAverages = "params_ema."
	flaxParams   = "params."           // of score_prior
	flaxTarget   = "optimizer.target." // of score_sde
)

// isFlaxState reports whether the tensors after prefix have the names and layouts of flax.
func isFlaxState(f *checkpoints.File, prefix string) bool { return f.Has(prefix + "Conv_0.kernel") }

// FlaxTensors returns the tensors of a network under the names and in the layouts of our parameters: kernels [kh,kw,I,O]
// become weights [O,I,kh,kw], kernels [in,out] weights [out,in], scales weights; NIN keeps its W [in,out].
func FlaxTensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	if !isFlaxState(f, s.Prefix) {
		return f.Sub(s.Prefix), nil
	}
	prefix := s.Prefix
	if s.Raw && prefix == flaxAverages {
		prefix = flaxParams
		if !isFlaxState(f, prefix) {
			prefix = flaxTarget
		}
	}
	out := &checkpoints.File{Format: f.Format}
	for _, t := range f.Sub(prefix).Tensors() {
		name, leaf := "", t.Name
		if i := strings.LastIndexByte(leaf, '.'); i >= 0 {
			name, leaf = leaf[:i+1], leaf[i+1:]
		}
		var err error
		switch {
		case len(t.Shape) == 4 && (leaf == "kernel" || leaf == "weight"):
			t, err = t.Permute(3, 2, 0, 1)
			leaf = "weight"
		case len(t.Shape) == 2 && leaf == "kernel":
			t, err = t.Permute(1, 0)
			leaf = "weight"
		case leaf == "scale":
			leaf = "weight"
		}
		if err != nil {
			return nil, err
		}
		t.Name = name + leaf
		if err := out.Add(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}
