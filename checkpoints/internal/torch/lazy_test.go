package torch_test

import (
	"bytes"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// torchFile is a torch archive of two tensors of n floats.
func torchFile(t testing.TB, n int) []byte {
	t.Helper()
	f := &checkpoints.File{}
	if err := f.Add(checkpoints.FromFloat32("a", []int{n}, make([]float32, n)), checkpoints.FromFloat32("b", []int{n}, make([]float32, n))); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := checkpoints.EncodeTorch(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTorchLazy: opening reads names and shapes; a tensor reads its own storage, once.
func TestTorchLazy(t *testing.T) {
	const n = 1 << 20
	raw := torchFile(t, n)
	c := &filetest.Counter{ReaderAt: bytes.NewReader(raw)}
	f, err := checkpoints.Read(c, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if c.N > 1<<15 {
		t.Errorf("opening read %d bytes", c.N)
	}
	c.N = 0
	x, err := f.Tensor("b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Float32s(); err != nil {
		t.Fatal(err)
	}
	if c.N != 4*n {
		t.Errorf("a tensor of %d bytes read %d", 4*n, c.N)
	}
	c.N = 0
	if err := f.Verify(); err != nil || c.N != 4*n { // b is known to be sound
		t.Errorf("verifying read %d bytes, %v", c.N, err)
	}
}
