package families

import (
	"fmt"
	"slices"
	"strings"

	"tweedie/checkpoints"
	"tweedie/internal/input"
)

// averageLists are the prefixes of lists of averages without names, as torch programs keep beside their networks:
// "ema.shadow_params.".
func averageLists(f *checkpoints.File) (lists []string) {
	const list = "shadow_params."
	for _, name := range f.Names() {
		if p, ok := strings.CutSuffix(name, list+"0"); ok && (p == "" || strings.HasSuffix(p, ".")) {
			lists = append(lists, p+list)
		}
	}
	return lists
}

// isBuffer reports whether a tensor of a state_dict is one that training does not average: the counts and moments of
// batch normalisation.
func isBuffer(t *checkpoints.Tensor) bool {
	leaf := t.Name[strings.LastIndexByte(t.Name, '.')+1:]
	return !t.DType.IsFloat() || slices.Contains([]string{"running_mean", "running_var", "num_batches_tracked"}, leaf)
}

// Averages returns f with averaged weights in the place of the network's at a prefix, where the file keeps averages as
// a list without names, in the order of the state_dict. Without such a list it returns f. It returns an error for
// several lists, and for one that does not fit the network tensor by tensor.
func Averages(f *checkpoints.File, prefix string) (*checkpoints.File, error) {
	lists := averageLists(f)
	if len(lists) == 0 {
		return f, nil
	}
	if len(lists) > 1 {
		return nil, fmt.Errorf("families: the file holds %d lists of averages without names, %s: it does not say which is the network's; --raw-weights takes the weights of training", len(lists), input.List(lists))
	}
	model, others := &checkpoints.File{}, &checkpoints.File{Format: f.Format, Meta: f.Meta, Values: f.Values}
	for _, t := range f.Tensors() {
		to := others
		switch {
		case strings.HasPrefix(t.Name, lists[0]):
			continue
		case strings.HasPrefix(t.Name, prefix):
			to = model
		}
		if err := to.Add(t); err != nil {
			return nil, err
		}
	}
	named, err := checkpoints.NameAverages(model, f.Sub(lists[0]), isBuffer)
	if err != nil {
		return nil, fmt.Errorf("families: the averages in %q have no names and do not fit the network (%w); --raw-weights takes the weights of training", strings.TrimSuffix(lists[0], "."), err)
	}
	return others, others.Add(named.Tensors()...)
}
