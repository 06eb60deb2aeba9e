package checkpoints

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// trainingState is a training state with the tensors of model and the averages of ema, whose elements are their places.
func trainingState(t *testing.T, model []string, ema ...[]int) *File {
	t.Helper()
	f := &File{Values: []Value{{Name: "ema.decay", V: 0.5}, {Name: "step", V: int64(7)}, {Name: "optimizer.lr", V: 1.0}}}
	add := func(name string, shape []int, v float64) {
		n := 1
		for _, k := range shape {
			n *= k
		}
		if err := f.Add(FromFloat64(name, shape, slices.Repeat([]float64{v}, n))); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range model {
		add("model."+name, []int{i + 1}, float64(i))
	}
	for i, shape := range ema {
		add(fmt.Sprint("ema.shadow_params.", i), shape, float64(100+i))
	}
	add("optimizer.state.0.exp_avg", []int{2}, -1)
	return f
}

// TestEMAList: averages get the names of the parameters in the order of the state_dict, past what is not trained.
func TestEMAList(t *testing.T) {
	names := []string{"module.sigmas", "module.all_modules.0.W", "module.all_modules.1.weight", "module.all_modules.10.NIN_0.W", "module.all_modules.2.bias"}
	f, err := trainingState(t, names, []int{3}, []int{4}, []int{5}).EMAList(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"sigmas", "all_modules.0.W", "all_modules.1.weight", "all_modules.10.NIN_0.W", "all_modules.2.bias"}; !slices.Equal(f.Names(), want) {
		t.Errorf("names %q", f.Names())
	}
	for i, want := range []float64{0, 1, 100, 101, 102} {
		if x, err := f.Tensors()[i].Float64s(); err != nil || len(x) != i+1 || x[i] != want {
			t.Errorf("tensor %d is %v, %v; want %v", i, x, err, want)
		}
	}
	if want := []Value{{Name: "decay", V: 0.5}, {Name: "step", V: int64(7)}}; !slices.Equal(f.Values, want) {
		t.Errorf("values %v", f.Values)
	}
	all, err := trainingState(t, []string{"a", "b"}, []int{1}, []int{2}).EMAList(func(string) bool { return false })
	if err != nil || !slices.Equal(all.Names(), []string{"a", "b"}) {
		t.Errorf("%v, %v", all, err)
	}
	for want, f := range map[string]*File{
		"average 1 is missing":            trainingState(t, names[2:4], []int{1}),
		"has 3 averages, the model has 2": trainingState(t, names[2:4], []int{1}, []int{2}, []int{3}),
		"is F64 [1], the model's":         trainingState(t, names[2:4], []int{1}, []int{1}),
		"0 of \"ema.shadow_params.\"":     trainingState(t, names[2:4]),
		"0 tensors of \"model.\" and 1":   trainingState(t, nil, []int{1}),
	} {
		if _, err := f.EMAList(nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
