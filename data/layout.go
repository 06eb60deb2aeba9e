package data

import (
	"fmt"
	"slices"
	"strings"
)

// Layout says which axis of an array of images is which.
type Layout struct {
	N, C, H, W int
	Last       bool // channels come last, [N,H,W,C]
}

// LayoutOf returns the layout of an array of real numbers with the given shape. Where shape, the [C,H,W] of an image,
// is stated (not all 0), it decides between [N,C,H,W], [N,H,W,C], [N,H,W] for one channel, rows [N,D], and a single
// image without N. Otherwise the array is read as [N,H,W] or [N,C,H,W], or as [N,H,W,C] where last says so or where
// only that makes images: up to four channels or fewer than half of the other axes, or square planes. For an array that
// can be read in two ways the error names both.
func LayoutOf(array []int, shape [3]int, last bool) (Layout, error) {
	if shape != [3]int{} {
		return statedLayout(array, Layout{C: shape[0], H: shape[1], W: shape[2]}, last)
	}
	switch {
	case len(array) == 3:
		if array[2] == 1 && array[0] > maxColours && array[1] > maxColours {
			return Layout{}, twoReadings(array, 1)
		}
		return Layout{N: array[0], C: 1, H: array[1], W: array[2]}, checkGray(array)
	case len(array) == 4:
		return guessedLayout(array, last)
	}
	return Layout{}, fmt.Errorf("an array of shape %s; want [N,H,W], [N,C,H,W], or [N,D] with the shape [C,H,W] of an image stated", shapeText(array))
}

// statedLayout fits an array to images of a known shape.
func statedLayout(array []int, l Layout, last bool) (Layout, error) {
	first, behind, plane := []int{l.C, l.H, l.W}, []int{l.H, l.W, l.C}, []int{l.H, l.W}
	fits := func(image []int) (n int, ok bool) {
		switch k := len(array) - len(image); {
		case k == 0:
			return 1, slices.Equal(array, image)
		case k == 1:
			return array[0], slices.Equal(array[1:], image)
		}
		return 0, false
	}
	var ok bool
	if l.N, ok = fits([]int{l.C * l.H * l.W}); ok && len(array) == 2 {
		return l, nil
	}
	if l.N, ok = fits(first); ok && !last {
		return l, nil
	}
	if l.N, ok = fits(behind); ok {
		l.Last = l.C > 1
		return l, nil
	}
	if l.N, ok = fits(plane); ok && l.C == 1 {
		return l, checkGray(array)
	}
	return l, fmt.Errorf("an array of shape %s does not hold images of shape %s: want [N,%d,%d,%d], or [N,%d,%d,%d] with channels last", shapeText(array), shapeText(first), l.C, l.H, l.W, l.H, l.W, l.C)
}

// checkGray refuses an array [N,H,W] that looks like one image in colour.
func checkGray(array []int) error {
	colour := func(n int) bool { return n == 3 || n == 4 }
	if len(array) < 3 {
		return nil
	}
	a, b, c := array[0], array[1], array[2]
	switch {
	case colour(a) && b > maxColours && c > maxColours:
		return fmt.Errorf("an array of shape %s can be %d images [N,H,W] of one channel, or one image [C,H,W] of %d: reshape it to [%d,1,%d,%d] or to [1,%d,%d,%d]", shapeText(array), a, a, a, b, c, a, b, c)
	case colour(c) && a > maxColours && b > maxColours:
		return twoReadings(array, c)
	}
	return nil
}

// twoReadings says that an array [a,b,c] can be a images of one channel, or one image with c channels last.
func twoReadings(array []int, c int) error {
	a, b := array[0], array[1]
	return fmt.Errorf("an array of shape %s can be %d images [N,H,W] of one channel, or one image [H,W,C] of %d: reshape it to [%d,1,%d,%d] or to [1,%d,%d,%d]", shapeText(array), a, c, a, b, c, a, b, c)
}

// maxColours is how many channels an image in colour has at most, with alpha.
const maxColours = 4

// few reports whether an axis of n is the channels beside two of a and b: the colours, or clearly the shortest axis.
func few(n, a, b int) bool { return n <= maxColours || 2*n < min(a, b) }

// shapeText is a shape with commas.
func shapeText(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ",")
}

// guessedLayout tells [N,C,H,W] from [N,H,W,C] by what makes images: few channels, square planes.
func guessedLayout(array []int, last bool) (Layout, error) {
	a, b, c := array[1], array[2], array[3]
	first := Layout{N: array[0], C: a, H: b, W: c}
	behind := Layout{N: array[0], C: c, H: a, W: b, Last: true}
	sign := func(front, back bool) int {
		switch {
		case front && !back:
			return 1
		case back && !front:
			return -1
		}
		return 0
	}
	signs := sign(few(a, b, c), few(c, a, b)) + sign(b == c, a == b)
	switch {
	case last || signs < 0 && a > 1:
		return behind, nil
	case signs > 0 || a <= maxColours:
		return first, nil
	}
	return first, fmt.Errorf("an array of shape %s can be %d channels of %d x %d, [N,C,H,W], or %d channels of %d x %d, [N,H,W,C]: state the shape [C,H,W] of an image, or that channels come last", shapeText(array), a, b, c, c, a, b)
}
