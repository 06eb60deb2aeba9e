package problem

import (
	"encoding/binary"
	"math"
	"math/cmplx"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/npy"
	"tweedie/inverse"
)

// fft2 is numpy.fft.fft2 of a real image, by its definition; norm="ortho" divides by the root of the pixels.
func fft2(x []float64, h, w int, ortho bool) []complex128 {
	out := make([]complex128, h*w)
	for k := range out {
		for i, v := range x {
			turn := float64(k/w*(i/w))/float64(h) + float64(k%w*(i%w))/float64(w)
			out[k] += complex(v, 0) * cmplx.Exp(complex(0, -2*math.Pi*turn))
		}
		if ortho {
			out[k] /= complex(math.Sqrt(float64(h*w)), 0)
		}
	}
	return out
}

// complexNPY writes complex64 or complex128 numbers as numpy.save does.
func complexNPY(t *testing.T, name string, shape []int, size int, z []complex128) string {
	t.Helper()
	b := npy.AppendHeader(nil, 'c', size, shape)
	for _, v := range z {
		for _, part := range []float64{real(v), imag(v)} {
			if size == 8 {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(part)))
			} else {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(part))
			}
		}
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// measure reads what a file holds of an operator's measurement.
func measure(t *testing.T, path string, op inverse.Operator) ([]float64, error) {
	return measurementOf(t.Context(), FromFile(path), op, Use{})
}

// writeNPY writes an array and returns its path.
func writeNPY(t *testing.T, dir, name string, shape []int, value func(i int) float64) string {
	t.Helper()
	v := make([]float64, autodiff.S(shape...).Size())
	for i := range v {
		v[i] = value(i)
	}
	path := filepath.Join(dir, name)
	if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64(name, shape, v)); err != nil {
		t.Fatal(err)
	}
	return path
}

// ramp has values between 0 and 1.
func ramp(i int) float64 { return float64(i*7%16) / 16 }

// TestComplexMeasurement: what numpy's FFT gives of an image is what the operator gives of it, with either convention of
// the factor, as [K], [C,K] or planes, in single and double precision, and inside other operators.
func TestComplexMeasurement(t *testing.T) {
	shape := autodiff.S(1, 6, 4)
	x := make([]float64, 24)
	for i := range x {
		x[i] = math.Sin(float64(i*i)) + .3
	}
	for _, c := range []struct {
		op    string
		ortho bool
		keep  []int // nil for all
		scale float64
	}{
		{`{"kind":"dft","low":{"rows":6,"cols":4}}`, true, nil, 1},
		{`{"kind":"dft","low":{"rows":6,"cols":4},"unnormalised":true}`, false, nil, 1},
		{`{"kind":"dft","keep":[0,1,7,22],"unnormalised":true}`, false, []int{0, 1, 7, 22}, 1},
		{`{"kind":"scale","factor":3,"op":{"kind":"dft","keep":[2,3]}}`, true, []int{2, 3}, 3},
		{`{"kind":"compose","ops":[{"kind":"identity"},{"kind":"dft","keep":[2,3]}]}`, true, []int{2, 3}, 1},
	} {
		op, err := inverse.Decode([]byte(c.op), shape)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]float64, op.OutShape().Size())
		op.Apply(want, x)
		all := fft2(x, 6, 4, c.ortho)
		z := all
		if c.keep != nil {
			z = nil
			for _, k := range c.keep {
				z = append(z, all[k])
			}
		}
		for i := range z {
			z[i] *= complex(c.scale, 0)
		}
		shapes := [][]int{{len(z)}, {1, len(z)}}
		if c.keep == nil {
			shapes = append(shapes, []int{6, 4}, []int{1, 6, 4})
		}
		for _, s := range shapes {
			for size, tol := range map[int]float64{8: 1e-5, 16: 1e-12} {
				y, err := measure(t, complexNPY(t, "y.npy", s, size, z), op)
				if err != nil {
					t.Errorf("%s, %v: %v", c.op, s, err)
					continue
				}
				for i := range want {
					if !(math.Abs(y[i]-want[i]) <= tol) {
						t.Errorf("%s, %v: value %d is %g, want %g", c.op, s, i, y[i], want[i])
						break
					}
				}
			}
		}
	}
}

// TestMeasurementLayouts: a layout that is not the operator's is refused by name, not taken because its size is right.
func TestMeasurementLayouts(t *testing.T) {
	shape := autodiff.S(1, 6, 4)
	decode := func(text string) inverse.Operator {
		op, err := inverse.Decode([]byte(text), shape)
		if err != nil {
			t.Fatal(err)
		}
		return op
	}
	dft, mean := decode(`{"kind":"dft","keep":[0,1,7]}`), decode(`{"kind":"block-average","rows":2,"cols":2}`)
	dir := t.TempDir()
	for _, c := range []struct {
		path string
		op   inverse.Operator
		want string // "" when it is read
	}{
		{writeNPY(t, dir, "a.npy", []int{2, 1, 3}, ramp), dft, ""},
		{writeNPY(t, dir, "b.npy", []int{2, 3}, ramp), dft, ""},
		{writeNPY(t, dir, "c.npy", []int{3, 2}, ramp), dft, ""},
		{writeNPY(t, dir, "c1.npy", []int{1, 3, 2}, ramp), dft, ""},
		{writeNPY(t, dir, "c2.npy", []int{3, 1, 1, 2, 1}, ramp), dft, "shape [3,1,1,2,1]; it must be [2,1,3], real parts before imaginary parts, or [1,3] with pairs of both along a last axis of 2, or complex"},
		{writeNPY(t, dir, "d.npy", []int{6}, ramp), dft, "real parts before imaginary parts"},
		{complexNPY(t, "e.npy", []int{6, 4}, 16, make([]complex128, 24)), dft, "complex numbers of shape [6,4]; dft measures [1,3]"},
		{writeNPY(t, dir, "f.npy", []int{3, 2}, ramp), mean, ""},
		{writeNPY(t, dir, "g.npy", []int{1, 3, 2, 1}, ramp), mean, ""},
		{writeNPY(t, dir, "h.npy", []int{6}, ramp), mean, ""},
		{writeNPY(t, dir, "i.npy", []int{2, 3}, ramp), mean, "shape [2,3]; it must be [1,3,2]: the order of the axes is another"},
		{writeNPY(t, dir, "j.npy", []int{5}, ramp), mean, "shape [5]; it must be [1,3,2]"},
		{complexNPY(t, "k.npy", []int{3, 2}, 8, make([]complex128, 6)), mean, "complex numbers of shape [3,2]; what block-average measures is real, of shape [1,3,2]"},
		{complexNPY(t, "l.npy", []int{1, 3}, 8, make([]complex128, 3)), mean, "what block-average measures is real"},
	} {
		y, err := measure(t, c.path, c.op)
		switch {
		case err == nil && (c.want != "" || len(y) != c.op.OutShape().Size()):
			t.Errorf("%s: %d values were read; want %q", filepath.Base(c.path), len(y), c.want)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v; want %q", filepath.Base(c.path), err, c.want)
		}
	}
}

// TestPlanesOfComplexNumbers: real and imaginary parts along a first axis of two, a last one, and complex numbers are one
// measurement; where an array can be read both ways, the first axis counts.
func TestPlanesOfComplexNumbers(t *testing.T) {
	dir := t.TempDir()
	for keep, shape := range map[string][2][]int{"[0,1,7]": {{2, 3}, {3, 2}}, "[0,1]": {{2, 2}, nil}} {
		op, err := inverse.Decode([]byte(`{"kind":"dft","keep":`+keep+`}`), autodiff.S(1, 6, 4))
		if err != nil {
			t.Fatal(err)
		}
		first, err := measure(t, writeNPY(t, dir, "first.npy", shape[0], ramp), op)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range first {
			if v != ramp(i) {
				t.Errorf("%s: number %d is %g, want %g", keep, i, v, ramp(i))
			}
		}
		if shape[1] == nil {
			continue
		}
		n := shape[1][0]
		last, err := measure(t, writeNPY(t, dir, "last.npy", shape[1], func(i int) float64 { return ramp(i%2*n + i/2) }), op)
		if err != nil || !slices.Equal(first, last) {
			t.Errorf("%s: %v and %v (%v)", keep, first, last, err)
		}
	}
}

// npyFile writes an npy with a header as numpy prints it and big-endian float64 values.
func npyFile(t *testing.T, header string, values ...float64) string {
	t.Helper()
	b := binary.LittleEndian.AppendUint16([]byte(npy.Magic+"\x01\x00"), uint16(len(header)))
	b = append(b, header...)
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
	}
	path := filepath.Join(t.TempDir(), "y.npy")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestArraysOfNumpy: byte order and order of the axes are followed; what holds no numbers is refused in one line.
func TestArraysOfNumpy(t *testing.T) {
	op, err := inverse.Decode([]byte(`{"kind":"block-average","rows":2,"cols":2}`), autodiff.S(1, 6, 4))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string][]float64{
		"{'descr': '>f8', 'fortran_order': False, 'shape': (3, 2), }": {1, 2, 3, 4, 5, 6},
		"{'descr': '>f8', 'fortran_order': True, 'shape': (3, 2), }":  {1, 4, 2, 5, 3, 6},
	} {
		y, err := measure(t, npyFile(t, header, 1, 2, 3, 4, 5, 6), op)
		if err != nil || !slices.Equal(y, want) {
			t.Errorf("%s: %v, %v; want %v", header, y, err, want)
		}
	}
	one, err := inverse.Decode([]byte(`{"kind":"block-average","rows":6,"cols":4}`), autodiff.S(1, 6, 4))
	if err != nil {
		t.Fatal(err)
	}
	if y, err := measure(t, npyFile(t, "{'descr': '>f8', 'fortran_order': False, 'shape': (), }", 7), one); err != nil || !slices.Equal(y, []float64{7}) {
		t.Errorf("a scalar for a measurement of one number: %v, %v", y, err)
	}
	for header, want := range map[string]string{
		"{'descr': '>f8', 'fortran_order': False, 'shape': (), }":                                 "shape []; it must be [1,3,2]",
		"{'descr': '>f8', 'fortran_order': False, 'shape': (0, 3, 2), }":                          "takes 0 bytes, the file has 8",
		"{'descr': '|O', 'fortran_order': False, 'shape': (6,), }":                                `the elements are Python objects (|O)`,
		"{'descr': '<U4', 'fortran_order': False, 'shape': (6,), }":                               `element type "<U4" is not read`,
		"{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (1,), }":        "records of several fields are not read",
		"{'descr': '>f8', 'fortran_order': False, 'shape': (4611686018427387904, 4, 4), }":        "integer of at most 18 digits",
		"{'descr': '>f8', 'fortran_order': False, 'shape': (461168601842738790, 461168601842), }": "overflows",
	} {
		_, err := measure(t, npyFile(t, header, 1), op)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want one line with %q", header, err, want)
		}
	}
	empty := npyFile(t, "{'descr': '>f8', 'fortran_order': False, 'shape': (0, 3, 2), }")
	if _, err := measure(t, empty, op); err == nil || !strings.Contains(err.Error(), "shape [0,3,2]; it must be [1,3,2]") {
		t.Errorf("an empty array: %v", err)
	}
}
