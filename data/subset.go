package data

import (
	"encoding/binary"
	"fmt"

	"tweedie/rng"
)

// subset is some images of another set, in a given order.
type subset struct {
	Set
	index []int
}

// Len implements Set.
func (s *subset) Len() int { return len(s.index) }

// Read implements Set.
func (s *subset) Read(i int, dst []float32) (int, error) {
	checkRead(s, i, dst)
	return s.Set.Read(s.index[i], dst)
}

func (s *subset) describe() *source { return describe(s.Set) }

func (s *subset) label(i int) int { return labelOf(s.Set, s.index[i]) }

func describe(s Set) *source {
	if d, ok := s.(described); ok {
		return d.describe()
	}
	return &source{}
}

// Subset returns the images of s with the given numbers, in that order. It panics when a number is out of range.
func Subset(s Set, index []int) Set {
	for _, i := range index {
		if i < 0 || i >= s.Len() {
			panic(fmt.Sprintf("data: image %d of a set of %d", i, s.Len()))
		}
	}
	return &subset{s, append([]int(nil), index...)}
}

// Split divides a set: image i is for validation when hash(seed, i) < fraction, the hash being uniform in [0, 1). So
// about that fraction is for validation, an image stays on its side when images are added after it, and both parts keep
// their order. It panics unless fraction is in [0, 1].
func Split(s Set, fraction float64, seed uint64) (train, validation Set) {
	if !(fraction >= 0 && fraction <= 1) {
		panic(fmt.Sprintf("data: Split with fraction %g, want one in [0, 1]", fraction))
	}
	root := rng.New(seed)
	var parts [2][]int
	for i := range s.Len() {
		k := root.Split("validation", i)
		side := 0
		if float64(binary.LittleEndian.Uint64(k[:])>>11)*0x1p-53 < fraction {
			side = 1
		}
		parts[side] = append(parts[side], i)
	}
	return &subset{s, parts[0]}, &subset{s, parts[1]}
}

// crop is the centre of each image.
type crop struct {
	Set
	size
}

// Shape implements Set.
func (c *crop) Shape() (int, int, int) { return c.size.Shape() }

// Read implements Set.
func (c *crop) Read(i int, dst []float32) (int, error) {
	checkRead(c, i, dst)
	ch, h, w := c.Set.Shape()
	whole := make([]float32, ch*h*w)
	label, err := c.Set.Read(i, whole)
	if err == nil {
		window(dst, whole, size{ch, h, w}, c.size, (h-c.h)/2, (w-c.w)/2, false)
	}
	return label, err
}

func (c *crop) label(i int) int { return labelOf(c.Set, i) }

func (c *crop) describe() *source { return describe(c.Set) }

// CenterCrop returns s with h rows and w columns cut from the middle of each image. It returns an error when the images
// are smaller.
func CenterCrop(s Set, h, w int) (Set, error) {
	ch, sh, sw := s.Shape()
	if h <= 0 || w <= 0 || h > sh || w > sw {
		return nil, fmt.Errorf("data: no %d x %d can be cut from images of %d x %d", h, w, sh, sw)
	}
	return &crop{s, size{ch, h, w}}, nil
}

// window copies the part of src that begins at row y, column x into dst; each row is reversed when flip is set.
func window(dst, src []float32, from, to size, y, x int, flip bool) {
	for c := range to.c {
		for r := range to.h {
			row := src[(c*from.h+y+r)*from.w+x:][:to.w]
			out := dst[(c*to.h+r)*to.w:][:to.w]
			if !flip {
				copy(out, row)
				continue
			}
			for k, v := range row {
				out[to.w-1-k] = v
			}
		}
	}
}
