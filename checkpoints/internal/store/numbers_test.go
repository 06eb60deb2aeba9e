package store_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/store"
)

// Tensors of more than one piece are written as Bytes returns them, from memory and from a file.
func TestWritePieces(t *testing.T) {
	const n = 3*store.ChunkSize/8 + 5
	a, b, c := make([]float32, n), make([]float64, n), make([]int64, n)
	for i := range n {
		a[i], b[i], c[i] = float32(math.Sin(float64(i))), math.Cos(float64(i)), int64(i*i)-7
	}
	f := &checkpoints.File{}
	if err := f.Add(checkpoints.FromFloat32("a", []int{n}, a), checkpoints.FromFloat64("b", []int{n}, b), checkpoints.FromInt64("c", []int{n}, c)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	g, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for _, x := range f.Tensors() {
		y, err := g.Tensor(x.Name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		q, err := y.Bytes()
		if err != nil || !bytes.Equal(p, q) {
			t.Errorf("%s differs: %v", x.Name, err)
		}
	}
	if v, err := f.Tensors()[0].Float32s(); err != nil || !slices.Equal(v, a) {
		t.Errorf("float32 from memory: %v", err)
	}
	if v, err := f.Tensors()[2].Int64s(); err != nil || !slices.Equal(v, c) {
		t.Errorf("int64 from memory: %v", err)
	}
	var again bytes.Buffer
	if err := g.Encode(&again); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(path); err != nil || !bytes.Equal(raw, again.Bytes()) {
		t.Errorf("a file that is read and written again differs: %v", err)
	}
	full := errors.New("disk full")
	if err := g.Encode(&breaking{after: 3 * store.ChunkSize, err: full}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

// breaking is a writer that fails after some bytes.
type breaking struct {
	after int
	err   error
}

func (w *breaking) Write(b []byte) (int, error) {
	if w.after -= len(b); w.after < 0 {
		return 0, w.err
	}
	return len(b), nil
}
