package store

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestAccessors: one tensor of each type, its bytes written by hand.
func TestAccessors(t *testing.T) {
	for _, c := range []struct {
		d    DType
		raw  []byte
		want []float64
	}{
		{F64, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, []float64{-1.5}},
		{F32, []byte{0, 0, 0xc0, 0xbf, 1, 0, 0, 0}, []float64{-1.5, 0x1p-149}},
		{F16, []byte{0, 0xbe, 1, 0, 0, 0x7c}, []float64{-1.5, 0x1p-24, math.Inf(1)}},
		{BF16, []byte{0xc0, 0xbf, 0x80, 0x7f}, []float64{-1.5, math.Inf(1)}},
		{I64, []byte{0xfe, 255, 255, 255, 255, 255, 255, 255}, []float64{-2}},
		{I32, []byte{0xfe, 255, 255, 255, 1, 0, 0, 0}, []float64{-2, 1}},
		{I16, []byte{0xfe, 255, 0, 0x80}, []float64{-2, -32768}},
		{I8, []byte{0xfe, 127}, []float64{-2, 127}},
		{U64, []byte{1, 0, 0, 0, 1, 0, 0, 0}, []float64{1<<32 + 1}},
		{U32, []byte{0xff, 255, 255, 255}, []float64{1<<32 - 1}},
		{U16, []byte{0xff, 255}, []float64{65535}},
		{U8, []byte{0xff, 0}, []float64{255, 0}},
		{BOOL, []byte{0, 1, 7}, []float64{0, 1, 1}},
	} {
		x := FromBytes("x", c.d, []int{len(c.want)}, c.raw)
		if err := new(Set).Add(x); err != nil {
			t.Errorf("%v: %v", c.d, err)
		}
		wide, err := x.Float64s()
		if err != nil || !slices.Equal(wide, c.want) {
			t.Errorf("%v: %v, %v; want %v", c.d, wide, err, c.want)
		}
		narrow, err := x.Float32s()
		for i, w := range c.want {
			if err != nil || narrow[i] != float32(w) {
				t.Errorf("%v as float32: %v, %v; want %v", c.d, narrow, err, c.want)
			}
		}
		ints, err := x.Int64s()
		if c.d.IsFloat() != (err != nil) {
			t.Errorf("%v as integers: %v, %v", c.d, ints, err)
		}
		for i := range ints {
			if float64(ints[i]) != c.want[i] {
				t.Errorf("%v as integers: %v, want %v", c.d, ints, c.want)
			}
		}
		if DTypeNamed(c.d.String()) != c.d {
			t.Errorf("%v has no name of its own", c.d)
		}
	}
	if x := float8(0x7f); x == x {
		t.Errorf("float8 of 0x7f is %v, want NaN", x)
	}
	big := FromBytes("big", U64, []int{1}, bytes.Repeat([]byte{255}, 8))
	if _, err := big.Int64s(); err == nil || !strings.Contains(err.Error(), "18446744073709551615") {
		t.Errorf("U64 beyond 2^63-1: %v", err)
	}
}

func TestAdd(t *testing.T) {
	data := []float32{1, 2}
	deep := make([]int, 33)
	for i := range deep {
		deep[i] = 1
	}
	for why, x := range map[string]*Tensor{
		"appears twice":        FromFloat32("a", []int{2}, data),
		"is reserved":          FromFloat32("__metadata__", []int{2}, data),
		"not valid UTF-8":      FromFloat32("\xff", []int{2}, data),
		"33 axes":              FromFloat32("b", deep, data),
		"negative or overflow": FromFloat32("b", []int{-1, -2}, data),
		"there are 8":          FromFloat32("b", []int{3}, data),
		"no element type":      {Name: "b", Shape: []int{0}},
	} {
		f := &Set{}
		if err := f.Add(FromFloat32("a", []int{1, 2}, data)); err != nil {
			t.Fatal(err)
		}
		err := f.Add(FromFloat32("fine", []int{2}, data), x)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error %v, want one with %q", err, why)
		}
		if len(f.Names()) != 1 {
			t.Errorf("%s: a failed Add left %q", why, f.Names())
		}
	}
	f := &Set{}
	x := FromFloat32("a", []int{2}, data)
	if err := f.Add(x, FromFloat32("b", []int{2}, data)); err != nil {
		t.Fatal(err)
	}
	x.Shape = []int{5}
	if err := Check(x); err == nil {
		t.Error("a shape that was changed after Add is taken")
	}
	if err := f.Add(FromFloat32("c", []int{2}, data), FromFloat32("c", []int{2}, data)); err == nil {
		t.Error("one call added a name twice")
	}
	if _, err := f.Tensor("B"); err == nil {
		t.Error("names are case-sensitive")
	}
}
