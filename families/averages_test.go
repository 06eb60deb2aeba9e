package families_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/families"
	_ "tweedie/families/all"
)

// withList is a training state: the network of a file after "model.", and averages without names, which are the
// weights plus one, of its first n tensors.
func withList(t *testing.T, f *checkpoints.File, n int, more ...*checkpoints.Tensor) *checkpoints.File {
	t.Helper()
	state := &checkpoints.File{}
	add := func(x *checkpoints.Tensor) {
		if err := state.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	for i, x := range f.Tensors() {
		if i < n {
			v, err := x.Float32s()
			if err != nil {
				t.Fatal(err)
			}
			for k := range v {
				v[k]++
			}
			add(checkpoints.FromFloat32(fmt.Sprint("ema.shadow_params.", i), x.Shape, v))
		}
		named := *x
		named.Name = "model." + x.Name
		add(&named)
	}
	for _, x := range more {
		add(x)
	}
	return state
}

// TestAveragesWithoutNames: outside score_sde, too, a list of averages is taken in the order of the network's tensors;
// the weights of training only where they are asked for.
func TestAveragesWithoutNames(t *testing.T) {
	f, err := checkpoints.Open("adm/testdata/ffhq_style/checkpoint.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := len(f.Tensors())
	config, err := os.ReadFile("adm/testdata/ffhq_style/config.json")
	if err != nil {
		t.Fatal(err)
	}
	text := string(config)
	first := func(f *checkpoints.File, raw bool) float32 {
		net, err := families.Load(f, families.Source{Config: text, Raw: raw})
		if err != nil {
			t.Fatal(err)
		}
		return net.Params()[0].Data()[0]
	}
	state := withList(t, f, all)
	plain := first(f, false)
	if got := first(state, false); got != plain+1 {
		t.Errorf("the first weight is %g; its average is %g", got, plain+1)
	}
	if got := first(state, true); got != plain {
		t.Errorf("the first weight of training is %g, got %g", plain, got)
	}
	if _, averaged := families.StateOf(state, families.Source{Config: text}); !averaged {
		t.Error("the state says that its weights are not averaged")
	}
	extra := checkpoints.FromFloat32("model_ema.shadow_params.0", []int{1}, []float32{1})
	for want, bad := range map[string]*checkpoints.File{
		"do not fit the network":     withList(t, f, all-1),
		"2 lists of averages":        withList(t, f, all, extra),
		"do not fit the network (ch": withList(t, f, 1),
	} {
		_, err := families.Load(bad, families.Source{Config: text})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--raw-weights") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v; want one line with %q and the remedy", err, want)
		}
		if _, err := families.Load(bad, families.Source{Config: text, Raw: true}); err != nil {
			t.Errorf("with the weights of training: %v", err)
		}
	}
}
