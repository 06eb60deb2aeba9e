package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/internal/npy"
)

// npyFile writes float32 values.
func npyFile(shape []int, values ...float32) []byte {
	b := npy.AppendHeader(nil, 'f', 4, shape)
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestNPY(t *testing.T) {
	v := []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -11}
	for _, c := range []struct {
		shape []int
		o     Options
		want  string // shape and second image
	}{
		{[]int{2, 2, 3}, Options{}, "1 2 3 [6 7 8 9 10 -11]"},
		{[]int{2, 3, 1, 2}, Options{}, "3 1 2 [6 7 8 9 10 -11]"},
		{[]int{2, 1, 2, 3}, Options{ChannelsLast: true}, "3 1 2 [6 9 7 10 8 -11]"},
		{[]int{2, 6}, Options{Shape: [3]int{3, 2, 1}}, "3 2 1 [6 7 8 9 10 -11]"},
		{[]int{2, 2, 3}, Options{Crop: [2]int{2, 1}}, "1 2 1 [7 10]"},
	} {
		s, err := Open(t.Context(), write(t, "x.npy", npyFile(c.shape, v...)), c.o)
		if err != nil {
			t.Error(err)
			continue
		}
		ch, h, w := s.Shape()
		img, _ := picture(t, s, 1)
		if got := fmt.Sprint(ch, h, w, img); got != c.want {
			t.Errorf("%v: %s, want %s", c.shape, got, c.want)
		}
		if lo, hi := s.Range(); lo != -11 || hi != 10 {
			t.Errorf("observed range [%v, %v], want [-11, 10]", lo, hi)
		}
	}
	good := npyFile([]int{2, 2, 3}, v...)
	if s, err := Open(t.Context(), write(t, "x", good), Options{Lo: -11, Hi: 9}); err != nil {
		t.Error(err)
	} else if _, err := s.Read(1, make([]float32, 6)); err == nil || !strings.Contains(err.Error(), "image 1 holds 10") {
		t.Errorf("a value out of the stated range: %v", err)
	}
	nan := npyFile([]int{1, 1, 2}, 1, float32(math.NaN()))
	refused(t, write(t, "x", nan), Options{}, "image 0 holds NaN")
	refused(t, write(t, "x", good[:len(good)-1]), Options{}, "takes 48 bytes")
	refused(t, write(t, "x", npyFile([]int{12}, v...)), Options{}, "want [N,H,W]")
	refused(t, write(t, "x", npyFile([]int{2, 6}, v...)), Options{Shape: [3]int{1, 2, 2}}, "shape [2,6] does not hold images of shape [1,2,2]")
	refused(t, write(t, "x", good), Options{Shape: [3]int{1, 3, 2}}, "does not hold images of shape [1,3,2]")
	refused(t, write(t, "x", npyFile([]int{0, 2, 3})), Options{}, "no pixels")
	refused(t, write(t, "x", good), Options{MaxPixels: 5}, "limit of pixels")
	refused(t, write(t, "x", good), Options{Crop: [2]int{3, 3}}, "2 x 3")
	refused(t, "../internal/npy/testdata/bad/npy_object_array.npy", Options{}, "|O")
	u := append(npy.AppendHeader(nil, 'u', 1, []int{1, 1, 2}), 0, 51)
	if s, err := Open(t.Context(), write(t, "x", u), Options{Lo: -1, Hi: 4}); err != nil {
		t.Error(err)
	} else if img, _ := picture(t, s, 0); img[0] != -1 || img[1] != 0 {
		t.Errorf("bytes 0 and 51 in [-1, 4]: %v", img)
	}
}

// TestNPZ: numpy's own archive; fortran order, big-endian and complex arrays as images.
func TestNPZ(t *testing.T) {
	const file = "../internal/npy/testdata/stored.npz"
	refused(t, file, Options{}, "state which", `"f32"`, `as in "stored.npz:`)
	refused(t, file, Options{Array: "f23"}, `no array is called "f23"; there are `)
	refused(t, file+":f23", Options{}, `no array is called "f23"; there are `)
	refused(t, file+":f32", Options{Array: "f64"}, "give one")
	refused(t, file+"2:f32", Options{}, "stored.npz2:f32: no such file")
	refused(t, "testdata/none.npz:f32", Options{}, "testdata/none.npz: no such file")
	refused(t, file, Options{Array: "f32"}, "want [N,H,W]")
	refused(t, file, Options{Array: "f32", Labels: "f64", Shape: [3]int{1, 2, 2}}, "want integers")
	refused(t, file, Options{Array: "f32", Labels: "none", Shape: [3]int{1, 2, 2}}, "should hold the labels")
	refused(t, file, Options{Array: "f32", MaxBytes: 3, Shape: [3]int{1, 2, 2}}, "the limit for a file of")
	refused(t, "../internal/npy/testdata/bad/npz_traversal_name.npz", Options{}, "path")
	s, err := Open(t.Context(), file, Options{Array: "fortran", Shape: [3]int{1, 1, 5}})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 1); img[0] != 0.059144243597984314 {
		t.Errorf("column-major array: %v", img)
	}
	named, err := Open(t.Context(), file+":fortran", Options{Shape: [3]int{1, 1, 5}})
	if err != nil || named.Len() != s.Len() {
		t.Errorf("the array that the path names: %v", err)
	}
	bad := Options{Array: "f32", Labels: "i64", Shape: [3]int{1, 2, 2}}
	refused(t, file, bad, "is -2")
}

// TestNPYLayouts: column-major and big-endian complex arrays, which are two planes.
func TestNPYLayouts(t *testing.T) {
	text := "{'descr': '>c8', 'fortran_order': True, 'shape': (1, 2, 2)}\n"
	b := append([]byte(npy.Magic), 1, 0, byte(len(text)), 0)
	b = append(b, text...)
	for _, v := range []float32{1, -1, 3, -3, 2, -2, 4, -4} {
		b = binary.BigEndian.AppendUint32(b, math.Float32bits(v))
	}
	s, err := Open(t.Context(), write(t, "x", b), Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, _ := picture(t, s, 0)
	if c, h, w := s.Shape(); fmt.Sprint(c, h, w, img) != "2 2 2 [1 2 3 4 -1 -2 -3 -4]" {
		t.Errorf("%d %d %d %v", c, h, w, img)
	}
}
