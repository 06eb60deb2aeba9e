package checkpoints

import (
	"bytes"
	"io"
	"testing"
)

// counter counts what is read of a file.
type counter struct {
	io.ReaderAt
	n int64
}

func (c *counter) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.n += int64(n)
	return n, err
}

// torchFile is a torch archive of two tensors of n floats.
func torchFile(t testing.TB, n int) []byte {
	t.Helper()
	f := &File{}
	if err := f.Add(FromFloat32("a", []int{n}, make([]float32, n)), FromFloat32("b", []int{n}, make([]float32, n))); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := EncodeTorch(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTorchLazy: opening reads names and shapes; a tensor reads its own storage, once.
func TestTorchLazy(t *testing.T) {
	const n = 1 << 20
	raw := torchFile(t, n)
	c := &counter{ReaderAt: bytes.NewReader(raw)}
	f, err := Read(c, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if c.n > 1<<15 {
		t.Errorf("opening read %d bytes", c.n)
	}
	c.n = 0
	x, err := f.Tensor("b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Float32s(); err != nil {
		t.Fatal(err)
	}
	if c.n != 4*n {
		t.Errorf("a tensor of %d bytes read %d", 4*n, c.n)
	}
	c.n = 0
	if err := f.Verify(); err != nil || c.n != 4*n { // b is known to be sound
		t.Errorf("verifying read %d bytes, %v", c.n, err)
	}
}

// TestTorchSub: parts of a nested file under their own names, with and without DataParallel's prefix.
func TestTorchSub(t *testing.T) {
	f := &File{Values: []Value{{"model.step", int64(3)}, {"x", nil}}}
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
