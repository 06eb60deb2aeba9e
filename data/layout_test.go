package data

import (
	"fmt"
	"strings"
	"testing"

	"tweedie/internal/npy"
)

// TestLayouts: an array is read as what it is, or refused with both things that it can be.
func TestLayouts(t *testing.T) {
	gray, colour := [3]int{1, 28, 28}, [3]int{3, 28, 28}
	for _, c := range []struct {
		array []int
		shape [3]int
		last  bool
		want  string // N, C, H, W, channels last; or a part of the error
	}{
		{[]int{5, 28, 28}, [3]int{}, false, "{5 1 28 28 false}"},
		{[]int{5, 28, 28}, gray, false, "{5 1 28 28 false}"},
		{[]int{28, 28}, gray, false, "{1 1 28 28 false}"},
		{[]int{5, 784}, gray, false, "{5 1 28 28 false}"},
		{[]int{1, 28, 28}, gray, false, "{1 1 28 28 false}"},
		{[]int{28, 28, 1}, gray, false, "{1 1 28 28 false}"},
		{[]int{5, 28, 28, 1}, gray, false, "{5 1 28 28 false}"},
		{[]int{3, 28, 28}, gray, false, "reshape it to [3,1,28,28] or to [1,3,28,28]"},
		{[]int{4, 28, 28}, [3]int{}, false, "one image [C,H,W] of 4"},
		{[]int{64, 48, 3}, [3]int{}, false, "one image [H,W,C] of 3"},
		{[]int{28, 28, 1}, [3]int{}, false, "28 images [N,H,W] of one channel, or one image [H,W,C] of 1: reshape it to [28,1,28,1] or to [1,28,28,1]"},
		{[]int{28, 28, 1}, [3]int{1, 28, 1}, false, "{28 1 28 1 false}"},
		{[]int{28, 28, 2}, [3]int{}, false, "{28 1 28 2 false}"},
		{[]int{4, 28, 1}, [3]int{}, false, "{4 1 28 1 false}"},
		{[]int{3, 28, 28}, colour, false, "{1 3 28 28 false}"},
		{[]int{28, 28, 3}, colour, false, "{1 3 28 28 true}"},
		{[]int{5, 28, 28, 3}, colour, false, "{5 3 28 28 true}"},
		{[]int{5, 28, 28, 3}, colour, true, "{5 3 28 28 true}"},
		{[]int{5, 3, 28, 28}, colour, false, "{5 3 28 28 false}"},
		{[]int{5, 3, 28, 28}, colour, true, "does not hold images of shape [3,28,28]"},
		{[]int{5, 3, 28, 28}, gray, false, "want [N,1,28,28]"},
		{[]int{7, 3, 32, 48}, [3]int{}, false, "{7 3 32 48 false}"},
		{[]int{7, 32, 48, 3}, [3]int{}, false, "{7 3 32 48 true}"},
		{[]int{7, 1, 5, 2}, [3]int{}, false, "{7 1 5 2 false}"},
		{[]int{7, 16, 16, 5}, [3]int{}, false, "{7 5 16 16 true}"},
		{[]int{7, 16, 16, 5}, [3]int{16, 16, 5}, false, "{7 16 16 5 false}"},
		{[]int{7, 5, 16, 16}, [3]int{}, false, "{7 5 16 16 false}"},
		{[]int{7, 24, 16, 5}, [3]int{}, false, "{7 5 24 16 true}"},
		{[]int{7, 5, 20, 28}, [3]int{}, false, "{7 5 20 28 false}"},
		{[]int{7, 24, 16, 12}, [3]int{}, false, "24 channels of 16 x 12, [N,C,H,W], or 12 channels of 24 x 16, [N,H,W,C]"},
		{[]int{7, 24, 16, 5}, [3]int{}, true, "{7 5 24 16 true}"},
		{[]int{7, 16, 3, 3}, [3]int{}, false, "16 channels of 3 x 3"},
		{[]int{7, 9}, [3]int{}, false, "want [N,H,W]"},
		{nil, gray, false, "does not hold"},
	} {
		l, err := LayoutOf(c.array, c.shape, c.last)
		got := fmt.Sprint(l)
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != c.want || err != nil && !strings.Contains(got, c.want) {
			t.Errorf("%v for images %v, last %v: %s; want %s", c.array, c.shape, c.last, got, c.want)
		}
	}
}

// TestChannelsLastIsFound reads an array [2,6,6,5] by its square planes, value by value.
func TestChannelsLastIsFound(t *testing.T) {
	v := make([]float32, 2*6*6*5)
	for i := range v {
		v[i] = float32(i)
	}
	s, err := Open(t.Context(), write(t, "x.npy", npyFile([]int{2, 6, 6, 5}, v...)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, _ := picture(t, s, 1)
	for c := range 5 {
		for p := range 36 {
			if got, want := img[c*36+p], float32(180+p*5+c); got != want {
				t.Fatalf("channel %d, pixel %d: %g, want %g", c, p, got, want)
			}
		}
	}
}

// TestArraysWithoutImages: scalars, arrays without elements and lists are refused in words.
func TestArraysWithoutImages(t *testing.T) {
	for _, shape := range [][]int{{}, {0}, {3, 0, 2}, {0, 1, 2, 2}, {1, 0}, {6}} {
		n := 1
		for _, d := range shape {
			n *= d
		}
		path := write(t, "x.npy", append(npy.AppendHeader(nil, 'u', 1, shape), make([]byte, n)...))
		s, err := Open(t.Context(), path, Options{})
		if err == nil {
			t.Errorf("shape %v: %d images", shape, s.Len())
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("shape %v: %q is more than one line", shape, err)
		}
	}
}
