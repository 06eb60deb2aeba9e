package checkpoints

import (
	"fmt"
	"slices"
	"strings"
)

const (
	emaModel = "model."
	emaList  = "ema.shadow_params."
)

// EMAList returns the averaged network of a training state of score_sde,
//
//	{"model": state_dict, "ema": {"decay": ..., "num_updates": ..., "shadow_params": [tensor, ...]}, "optimizer": ..., "step": ...}
//
// whose averages have no names: they belong to the model's tensors, in the order of the state_dict, but for the tensors
// that are not trained. skip tells these by their names; nil is score_sde's rule, the buffer "sigmas" and the Fourier
// frequencies "all_modules.0.W". The result holds every tensor of the model under its own name, without "module.",
// averaged or, where skipped, as it is in the model; and the values decay, num_updates and step. It returns an error
// for a list that does not have the model's lengths and shapes, or that mixes up integers and floats. The data stay in
// f, which must stay open while they are read; closing the result does nothing.
func (f *File) EMAList(skip func(name string) bool) (*File, error) {
	if skip == nil {
		skip = func(name string) bool { return name == "sigmas" || name == "all_modules.0.W" }
	}
	model, _ := f.Sub(emaModel).StripModule()
	list := f.Sub(emaList)
	if len(model.set.All()) == 0 || len(list.set.All()) == 0 {
		return nil, fmt.Errorf("checkpoints: %d tensors of %q and %d of %q: this is no training state with a list of averages", len(model.set.All()), emaModel, len(list.set.All()), emaList)
	}
	out, err := NameAverages(model, list, func(t *Tensor) bool { return skip(t.Name) })
	if err != nil {
		return nil, fmt.Errorf("%w (of %q and %q)", err, emaList, emaModel)
	}
	for _, name := range []string{"ema.decay", "ema.num_updates", "step"} {
		if v, ok := f.Value(name); ok {
			out.Values = append(out.Values, Value{Name: strings.TrimPrefix(name, "ema."), V: v})
		}
	}
	return out, nil
}

// NameAverages returns the tensors of model with averages in their places, taken from list, whose tensors are called 0,
// 1, ..., in order. Tensors that skip reports, which are not trained and have no average, stay as they are. It returns
// an error for a list that does not have the model's lengths and shapes, or that mixes up integers and floats.
func NameAverages(model, list *File, skip func(t *Tensor) bool) (*File, error) {
	out := model.Empty()
	out.Meta = model.Meta
	used := 0
	for _, t := range model.set.All() {
		part := *t
		if !skip(t) {
			average := list.set.Find(fmt.Sprint(used))
			if average == nil {
				return nil, fmt.Errorf("checkpoints: average %d is missing, that of %q: the list has %d tensors", used, t.Name, len(list.set.All()))
			}
			if !slices.Equal(average.Shape, t.Shape) || average.DType.IsFloat() != t.DType.IsFloat() {
				return nil, fmt.Errorf("checkpoints: average %d is %s, the model's %q is %s: list and model do not belong together, or other tensors are not trained", used, describe(average), t.Name, describe(t))
			}
			part = *average
			part.Name = t.Name
			used++
		}
		if err := out.Add(&part); err != nil {
			return nil, err
		}
	}
	if used != len(list.set.All()) {
		return nil, fmt.Errorf("checkpoints: the list has %d averages, the model has %d tensors that are trained", len(list.set.All()), used)
	}
	return out, nil
}
