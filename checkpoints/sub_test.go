package checkpoints

import "testing"

// TestSub: parts of a nested file under their own names, with and without DataParallel's prefix.
func TestSub(t *testing.T) {
	f := &File{Values: []Value{{Name: "model.step", V: int64(3)}, {Name: "x"}}}
	for _, name := range []string{"model.module.w", "model.module.b", "ema.module.w", "ema.decay"} {
		if err := f.Add(FromFloat32(name, []int{1}, []float32{1})); err != nil {
			t.Fatal(err)
		}
	}
	model := f.Sub("model.")
	if got := model.Names(); len(got) != 2 || got[0] != "module.w" || !model.Has("module.b") {
		t.Errorf("names %q", got)
	}
	if v, ok := model.Value("step"); !ok || v != int64(3) {
		t.Errorf("value %v %v", v, ok)
	}
	if _, ok := model.Value("x"); ok {
		t.Error("a value of another part")
	}
	bare, stripped := model.StripModule()
	if got := bare.Names(); !stripped || len(got) != 2 || got[0] != "w" || got[1] != "b" {
		t.Errorf("names %q, %v", got, stripped)
	}
	if same, stripped := f.Sub("ema.").StripModule(); stripped || !same.Has("module.w") {
		t.Error("a prefix that not all names have was stripped")
	}
	if f.Names()[0] != "model.module.w" {
		t.Errorf("the file itself has names %q", f.Names())
	}
	if _, stripped := new(File).StripModule(); stripped {
		t.Error("a file of nothing was stripped")
	}
}
