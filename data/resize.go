package data

import (
	"fmt"
	"math"
)

// Resize returns s with h rows and w columns: the largest part of the middle of each image that has their proportions, resampled
// along each axis with the weights
//
//	w(k) ~ max(0, 1 - |k - c| / max(1, f)),    c = (i + 1/2) f - 1/2,    f = pixels before / pixels after
//
// of the pixels k for the pixel i, which sum to 1: linear interpolation where an image grows, and the same kernel as wide as a
// pixel of the result where it shrinks. So no value leaves the range of those that it comes from.
func Resize(s Set, h, w int) (Set, error) {
	c, sh, sw := s.Shape()
	if h <= 0 || w <= 0 || int64(c)*int64(h) > defaultPixels/int64(w) {
		return nil, fmt.Errorf("data: images cannot be resized to %d x %d", h, w)
	}
	if h == sh && w == sw {
		return s, nil
	}
	return &resizing{s, size{c, h, w}}, nil
}

// resizing is a set of images of another size.
type resizing struct {
	Set
	size
}

// Shape implements Set.
func (r *resizing) Shape() (int, int, int) { return r.size.Shape() }

// Read implements Set.
func (r *resizing) Read(i int, dst []float32) (int, error) {
	checkRead(r, i, dst)
	c, h, w := r.Set.Shape()
	from := size{c, h, w}
	whole := make([]float32, from.pixels())
	label, err := r.Set.Read(i, whole)
	if err == nil {
		part := inProportion(from, [2]int{r.h, r.w})
		cut := make([]float32, part.pixels())
		window(cut, whole, from, part, (h-part.h)/2, (w-part.w)/2, false)
		copy(dst, resample(cut, part, r.size))
	}
	return label, err
}

func (r *resizing) label(i int) int { return labelOf(r.Set, i) }

func (r *resizing) describe() *source { return describe(r.Set) }

// inProportion is the size of the largest part of an image with the proportions of so many rows and columns, to the nearest pixel.
func inProportion(s size, to [2]int) size {
	h, w := (float64(s.w)*float64(to[0]))/float64(to[1]), (float64(s.h)*float64(to[1]))/float64(to[0])
	return size{s.c, max(1, min(s.h, int(math.Round(h)))), max(1, min(s.w, int(math.Round(w))))}
}

// resample returns an image with other numbers of rows and columns.
func resample(x []float32, from, to size) []float32 {
	wide := make([]float32, to.c*from.h*to.w)
	for i, k := range kernels(from.w, to.w) {
		for row := range to.c * from.h {
			wide[row*to.w+i] = k.of(x[row*from.w:], 1)
		}
	}
	out := make([]float32, to.pixels())
	for i, k := range kernels(from.h, to.h) {
		for c := range to.c {
			for col := range to.w {
				out[(c*to.h+i)*to.w+col] = k.of(wide[c*from.h*to.w+col:], to.w)
			}
		}
	}
	return out
}

// kernel holds the weights of the pixels from first on, of which a pixel of a resized row is the mean.
type kernel struct {
	first  int
	weight []float64
}

// kernels returns those of a row of n pixels that becomes one of m.
func kernels(n, m int) []kernel {
	ks := make([]kernel, m)
	f := float64(n) / float64(m)
	radius := max(1, f)
	for i := range ks {
		center := (float64(i)+.5)*f - .5
		first, last := max(0, int(math.Ceil(center-radius))), min(n-1, int(math.Floor(center+radius)))
		k, sum := kernel{first: first}, 0.0
		for p := first; p <= last; p++ {
			w := max(0, 1-math.Abs(float64(p)-center)/radius)
			k.weight = append(k.weight, w)
			sum += w
		}
		for p := range k.weight {
			k.weight[p] /= sum
		}
		ks[i] = k
	}
	return ks
}

// of is the mean of pixels that lie stride apart.
func (k kernel) of(x []float32, stride int) float32 {
	sum := 0.0
	for p, w := range k.weight {
		sum += w * float64(x[(k.first+p)*stride])
	}
	return float32(sum)
}
