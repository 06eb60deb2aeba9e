package gorgonia_test

import (
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	. "tweedie/autodiff"
	interop "tweedie/interop/gorgonia"
)

func dense(t *testing.T, shape Shape, data ...float64) *tensor.Dense {
	t.Helper()
	d, err := interop.Dense(shape, data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func slice(t *testing.T, d *tensor.Dense, by ...tensor.Slice) *tensor.Dense {
	t.Helper()
	v, err := d.Slice(by...)
	if err != nil {
		t.Fatal(err)
	}
	return v.(*tensor.Dense)
}

// transposed is d with its axes permuted and its memory as it was.
func transposed(t *testing.T, d *tensor.Dense, axes ...int) *tensor.Dense {
	t.Helper()
	if err := d.T(axes...); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDenseSharesMemoryBothWays(t *testing.T) {
	checkShared[float32](t)
	checkShared[float64](t)
}

func checkShared[T interop.Float](t *testing.T) {
	t.Helper()
	for _, shape := range []Shape{S(), S(1), S(6), S(2, 3), S(3, 1), S(1, 6), S(1, 2, 1, 3), S(1, 1, 1, 2, 1, 1, 1, 3)} {
		data := make([]T, shape.Size())
		d, err := interop.Dense(shape, data)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Shape(), shape.Dims(nil)) {
			t.Errorf("%v became %v", shape, d.Shape())
		}
		last := len(data) - 1
		data[last] = 3
		back, sh, shared, err := interop.Host[T](d)
		if err != nil || sh != shape || !shared || back[last] != 3 {
			t.Errorf("%v came back as %v, shared %v, %v, error %v", shape, sh, shared, back, err)
			continue
		}
		back[0] = 7
		if data[0] != 7 {
			t.Errorf("%v was copied", shape)
		}
	}
}

// TestHostMaterialises reads views, transposes and column-major arrays, and checks that writing to what comes back
// leaves the tensor as it was.
func TestHostMaterialises(t *testing.T) {
	rows := func() *tensor.Dense { return dense(t, S(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) }
	cube := func() *tensor.Dense { return dense(t, S(2, 2, 3), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) }
	for _, c := range []struct {
		name  string
		d     *tensor.Dense
		shape Shape
		want  []float64
	}{
		{"columns", slice(t, rows(), nil, tensor.S(1, 3)), S(3, 2), []float64{1, 2, 5, 6, 9, 10}},
		{"one column", slice(t, rows(), nil, tensor.S(2)), S(3), []float64{2, 6, 10}},
		{"one row", slice(t, rows(), tensor.S(1)), S(4), []float64{4, 5, 6, 7}},
		{"rows", slice(t, rows(), tensor.S(1, 3)), S(2, 4), []float64{4, 5, 6, 7, 8, 9, 10, 11}},
		{"every second column", slice(t, rows(), nil, tensor.S(0, 4, 2)), S(3, 2), []float64{0, 2, 4, 6, 8, 10}},
		{"one element", slice(t, rows(), tensor.S(1), tensor.S(2)), S(), []float64{6}},
		{"a slice of a slice", slice(t, slice(t, rows(), tensor.S(1, 3)), nil, tensor.S(1, 3)), S(2, 2), []float64{5, 6, 9, 10}},
		{"transposed", transposed(t, rows()), S(4, 3), []float64{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}},
		{"permuted", transposed(t, cube(), 2, 0, 1), S(3, 2, 2), []float64{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}},
		{"slice of a transpose", slice(t, transposed(t, rows()), tensor.S(1, 3)), S(2, 3), []float64{1, 5, 9, 2, 6, 10}},
		{"column-major", tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6})), S(2, 3), []float64{1, 2, 3, 4, 5, 6}},
	} {
		got, shape, shared, err := interop.Host[float64](c.d)
		if err != nil || shared || shape != c.shape || !slices.Equal(got, c.want) {
			t.Errorf("%s is %v %v, shared %v, error %v; want %v %v", c.name, shape, got, shared, err, c.shape, c.want)
			continue
		}
		got[0] = -1
		if again, _, _, _ := interop.Host[float64](c.d); !slices.Equal(again, c.want) {
			t.Errorf("%s was written to through its copy: %v", c.name, again)
		}
	}
}

func TestHostAfterTransposeShares(t *testing.T) {
	d := transposed(t, dense(t, S(2, 3), 1, 2, 3, 4, 5, 6))
	if err := d.Transpose(); err != nil { // moves the elements
		t.Fatal(err)
	}
	got, shape, shared, err := interop.Host[float64](d)
	if err != nil || !shared || shape != S(3, 2) || !slices.Equal(got, []float64{1, 4, 2, 5, 3, 6}) {
		t.Errorf("it is %v %v, shared %v, error %v", shape, got, shared, err)
	}
}

func TestCompact(t *testing.T) {
	d := dense(t, S(2, 2), 1, 2, 3, 4)
	if c, err := interop.Compact(d); err != nil || c != d {
		t.Errorf("a row-major tensor was copied, error %v", err)
	}
	f, err := interop.Dense(S(2, 2), []float32{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	c, err := interop.Compact(transposed(t, f))
	if err != nil || !slices.Equal(c.Float32s(), []float32{1, 3, 2, 4}) || !slices.Equal(c.Strides(), []int{2, 1}) {
		t.Errorf("a transpose became %v, error %v", c, err)
	}
}

func TestDenseErrors(t *testing.T) {
	masked := dense(t, S(3), 1, 2, 3)
	masked.ResetMask(true)
	ints := tensor.New(tensor.WithShape(2, 3), tensor.Of(tensor.Int))
	deep := tensor.New(tensor.WithShape(1, 1, 1, 1, 1, 1, 1, 1, 2), tensor.Of(tensor.Float64))
	host := func(d *tensor.Dense) func() error {
		return func() error { _, _, _, err := interop.Host[float64](d); return err }
	}
	for _, c := range []struct {
		want string
		f    func() error
	}{
		{"shape [2,3] has 6 elements, the data 5", func() error { _, err := interop.Dense(S(2, 3), make([]float32, 5)); return err }},
		{"shape [2,0] has no elements", func() error { _, err := interop.Dense(S(2, 0), []float64{}); return err }},
		{"the tensor is nil or empty", host(nil)},
		{"the tensor is nil or empty", host(new(tensor.Dense))},
		{"of shape (2, 3) is of int, want float32 or float64", host(ints)},
		{"of shape (2, 3) is of int, want float32 or float64", func() error { _, err := interop.Compact(ints); return err }},
		{"of shape (2) is of float32, want float64", host(tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32)))},
		{"of float64, want float32", func() error { _, _, err := interop.ToParam("w", dense(t, S(1), 1)); return err }},
		{"is masked", host(masked)},
		{"has rank 9, the limit is 8", host(deep)},
	} {
		if err := c.f(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want %q", err, c.want)
		}
	}
}
