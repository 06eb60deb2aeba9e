// Package filetest holds what the tests of several formats need: comparisons of tensors, readers that count, and makers of
// files of torch, good and bad.
package filetest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"testing"

	"tweedie/checkpoints/internal/store"
)

// Read reads a file whole.
func Read[F interface{ Tensors() []*store.Tensor }](read func(r io.ReaderAt, size int64) (F, error), b []byte) (F, error) {
	f, err := read(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return f, err
	}
	for _, t := range f.Tensors() {
		if _, err := t.Float64s(); err != nil {
			return f, err
		}
	}
	return f, nil
}

// SameTensors compares names, types, shapes and bytes.
func SameTensors(t *testing.T, got, want []*store.Tensor) {
	t.Helper()
	if !slices.Equal(names(got), names(want)) {
		t.Fatalf("names %q, want %q", names(got), names(want))
	}
	for i, w := range want {
		g := got[i]
		a, err := g.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !bytes.Equal(a, b) {
			t.Errorf("%q: %v %v %x, want %v %v %x", w.Name, g.DType, g.Shape, a, w.DType, w.Shape, b)
		}
	}
}

func names(ts []*store.Tensor) []string {
	list := make([]string, len(ts))
	for i, t := range ts {
		list[i] = t.Name
	}
	return list
}

// SameNumbers compares shapes and values, by every accessor.
func SameNumbers(t *testing.T, where string, got, want *store.Tensor) {
	t.Helper()
	a, err := got.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	b, err := want.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Shape, want.Shape) || fmt.Sprint(a) != fmt.Sprint(b) { // NaN prints alike
		t.Errorf("%s %q: %v %v, want %v %v", where, got.Name, got.Shape, a, want.Shape, b)
	}
	raw, err := got.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	c, err := store.FromBytes("c", got.DType, got.Shape, raw).Float64s()
	if err != nil || fmt.Sprint(c) != fmt.Sprint(b) {
		t.Errorf("%s %q: bytes of %v, %v; want %v", where, got.Name, c, err, b)
	}
	d, err := got.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	for i := range d {
		if v := float32(b[i]); d[i] != v && v == v {
			t.Errorf("%s %q: float32 %v, want %v", where, got.Name, d, b)
			break
		}
	}
}

// Counter counts what is read of a file.
type Counter struct {
	io.ReaderAt
	N int64
}

// ReadAt reads and counts.
func (c *Counter) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.N += int64(n)
	return n, err
}
