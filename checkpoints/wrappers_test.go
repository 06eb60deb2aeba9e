package checkpoints

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints/internal/store"
)

// TestUnwrap: words of wrappers are left out of names wherever they stand, unless two tensors would have one name.
func TestUnwrap(t *testing.T) {
	for in, want := range map[string]string{
		"_orig_mod.a.w _orig_mod.a.b":                                       "a.w a.b",
		"model._orig_mod.module.a._checkpoint_wrapped_module.w model.b":     "model.a.w model.b",
		"_fsdp_wrapped_module.a._fsdp_wrapped_module.w module.module.b":     "a.w b",
		"module a.module b.module.w":                                        "module a.module b.w",
		"net.module.w net.w net._orig_mod.b":                                "net.module.w net.w net.b",
		"submodule.w module2.w _orig_mod_.w a.my_orig_mod.w modules.0.w":    "submodule.w module2.w _orig_mod_.w a.my_orig_mod.w modules.0.w",
		"ema.module.w module.w":                                             "ema.w w",
		"_orig_mod.w module.w":                                              "w module.w",
		"_checkpoint_wrapped_module._orig_mod.w _orig_mod.module._orig_mod": "w _orig_mod",
	} {
		f := &File{}
		for i, name := range strings.Fields(in) {
			if err := f.Add(FromFloat32(name, []int{1}, []float32{float32(i)})); err != nil {
				t.Fatal(err)
			}
		}
		var b bytes.Buffer
		if err := EncodeTorch(&b, f); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(b.Bytes())
		if err != nil || !slices.Equal(got.Names(), strings.Fields(want)) {
			t.Errorf("%s: %v %v, want %s", in, got.Names(), err, want)
			continue
		}
		for i, name := range got.Names() {
			x, err := got.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := x.Float64s(); err != nil || v[0] != float64(i) {
				t.Errorf("%s: %q is %v, %v", in, name, v, err)
			}
		}
	}
	own := &File{Format: "safetensors", Meta: map[string]string{versionKey: "1"}}
	if err := own.Add(FromFloat32("module.w", []int{1}, []float32{1})); err != nil {
		t.Fatal(err)
	}
	if own.unwrap(); !own.Has("module.w") {
		t.Error("a name of a native file was changed")
	}
	other := &File{Format: "torch", Values: []Value{{Name: "net.module.step", V: 1}}, set: store.Set{Refused: store.Refusals{"net.module.s": "sparse"}}}
	if err := other.Add(FromFloat32("net.module.w", []int{1}, []float32{1})); err != nil {
		t.Fatal(err)
	}
	other.unwrap()
	if _, ok := other.Value("net.step"); !ok || other.set.Refused["net.s"] != "sparse" {
		t.Errorf("%v %v", other.Values, other.set.Refused)
	}
}
