package store_test

import (
	"path/filepath"
	"slices"
	"testing"

	"tweedie/checkpoints"
)

// stored is a tensor in a file.
func stored(t *testing.T, x *checkpoints.Tensor) *checkpoints.Tensor {
	t.Helper()
	f := &checkpoints.File{}
	if err := f.Add(x); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	g, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	y, err := g.Tensor(x.Name)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// A permuted tensor is the array with its axes moved, from memory, from a file and twice, and refuses what is no order.
func TestPermute(t *testing.T) {
	const a, b, c = 3, 4, 5
	v := make([]float32, a*b*c)
	for i := range v {
		v[i] = float32(i)
	}
	held := checkpoints.FromFloat32("x", []int{a, b, c}, v)
	lazy := stored(t, held)
	want := make([]float32, 0, len(v)) // axes c, a, b
	for k := range c {
		for i := range a {
			for j := range b {
				want = append(want, v[(i*b+j)*c+k])
			}
		}
	}
	for _, from := range []*checkpoints.Tensor{held, lazy} {
		turned, err := from.Permute(2, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(turned.Shape, []int{c, a, b}) || turned.Name != "x" {
			t.Errorf("%q has shape %v", turned.Name, turned.Shape)
		}
		got, err := turned.Float32s()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
		back, err := turned.Permute(1, 2, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := back.Float32s(); err != nil || !slices.Equal(got, v) {
			t.Errorf("there and back: %v, %v", got, err)
		}
		if raw, err := turned.Bytes(); err != nil || len(raw) != 4*len(v) || raw[5] != 0 || raw[7] != 0x40 { // 5 = 0x40a00000
			t.Errorf("bytes % x, %v", raw[:8], err)
		}
		for _, bad := range [][]int{{0, 1}, {0, 1, 1}, {0, 1, 3}, {-1, 0, 1}} {
			if _, err := from.Permute(bad...); err == nil {
				t.Errorf("%v is taken for an order of three axes", bad)
			}
		}
	}
	scalar, err := checkpoints.FromFloat32("s", nil, []float32{7}).Permute()
	if got, e := scalar.Float32s(); err != nil || e != nil || !slices.Equal(got, []float32{7}) {
		t.Errorf("a scalar: %v %v %v", got, err, e)
	}
}

// Data come in chunks that end within rows.
func TestPermuteLong(t *testing.T) {
	const rows, row = 3, 50000
	v := make([]float32, rows*row)
	for i := range v {
		v[i] = float32(i)
	}
	x := stored(t, checkpoints.FromFloat32("x", []int{rows, row}, v))
	turned, err := x.Permute(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	got, err := turned.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		if want := v[i%rows*row+i/rows]; g != want {
			t.Fatalf("element %d is %v, want %v", i, g, want)
		}
	}
}
