package data

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
)

// FromImages returns a set of pictures of a program's own, with the labels [N] that they have, or nil. The values are copied.
// Channels are those of the types of package image as in files: gray is one plane, NRGBA has four, and RGBA, like all others, three
// where it is opaque and else four that alpha does not multiply. Pictures of several shapes are an error unless Options.Resize or
// Crop makes them one.
func FromImages(ctx context.Context, pictures []image.Image, labels []int, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	m := &memory{source: source{kind: "pictures"}, interval: o.scale()}
	var all census
	plain := make([]image.Image, len(pictures))
	for i, p := range pictures {
		var c int
		var err error
		if plain[i], c, err = decodedPicture(p, o); err != nil {
			return nil, fmt.Errorf("data: picture %d: %w", i, err)
		}
		all.add(size{c, p.Bounds().Dy(), p.Bounds().Dx()}, fmt.Sprintf("picture %d", i))
	}
	if len(pictures) == 0 {
		return nil, errors.New("data: there are no pictures")
	}
	var err error
	if m.size, err = all.frame(o); err == nil {
		m.labels, err = labelsOf(labels, len(pictures))
	}
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	m.sizes = all.sizes()
	m.values = make([]float32, len(pictures)*m.pixels())
	for i, p := range plain {
		have := all.shape[i]
		if o.Resize == [2]int{} && (have.h < m.h || have.w < m.w) {
			return nil, fmt.Errorf("data: picture %d is %v, too small for a crop of %v", i, have, o.Crop)
		}
		if err := render(ctx, p, 1, have, m.values[i*m.pixels():][:m.pixels()], m.size, o, m.interval); err != nil {
			return nil, fmt.Errorf("data: picture %d: %w", i, err)
		}
	}
	return m, nil
}

// decodedPicture returns a picture as one of the types that decoders return, and its number of channels.
func decodedPicture(p image.Image, o Options) (image.Image, int, error) {
	if p == nil {
		return nil, 0, errors.New("it is nil")
	}
	b := p.Bounds()
	if b.Empty() || int64(b.Dx()) > o.pixels()/int64(b.Dy()) {
		return nil, 0, fmt.Errorf("%d x %d pixels; want some, and at most %d", b.Dy(), b.Dx(), o.pixels())
	}
	seen, ok := p.(interface{ Opaque() bool })
	opaque := ok && seen.Opaque()
	c := 4
	switch m := p.(type) {
	case *image.Gray, *image.Gray16:
		c = 1
	case *image.NRGBA, *image.NRGBA64:
	case *image.YCbCr:
		c = 3
	case *image.Paletted:
		c = paletteChannels(m.Palette)
	default:
		if opaque {
			c = 3
		}
		_, eight := p.(*image.RGBA)
		_, sixteen := p.(*image.RGBA64)
		if !opaque || !eight && !sixteen {
			p = withoutAlpha(p)
		}
	}
	if o.Gray {
		c = 1
	}
	return p, c, nil
}

// withoutAlpha returns a picture whose colours are not multiplied by alpha.
func withoutAlpha(p image.Image) image.Image {
	b := p.Bounds()
	n := image.NewNRGBA64(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			n.SetNRGBA64(x, y, color.NRGBA64Model.Convert(p.At(x, y)).(color.NRGBA64))
		}
	}
	return n
}

// FromSlices returns a set of images of the shape [C,H,W] that Options.Shape states, each a slice of its values in that order, with
// the labels [N] that they have, or nil. The values are copied; they are in physical units, and the range is the one stated or that
// of the values.
func FromSlices[F float32 | float64](images [][]F, labels []int, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Shape == [3]int{} || len(images) == 0 {
		return nil, fmt.Errorf("data: %d images of Options.Shape %v; want some, and their [C,H,W]", len(images), o.Shape)
	}
	m := &memory{source: source{kind: "values"}, size: size{o.Shape[0], o.Shape[1], o.Shape[2]}}
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, x := range images {
		if len(x) != m.pixels() {
			return nil, fmt.Errorf("data: image %d has %d values, want %d for %v", i, len(x), m.pixels(), m.size)
		}
		for k, v := range x {
			f := float32(v)
			if f-f != 0 || o.stated() && (float64(v) < o.Lo || float64(v) > o.Hi) {
				return nil, fmt.Errorf("data: value %d of image %d is %g; want a finite number%s", k, i, v, o.within())
			}
			lo, hi = min(lo, float64(f)), max(hi, float64(f))
			m.values = append(m.values, f)
		}
	}
	m.interval = interval{lo, hi}
	if o.stated() {
		m.interval = o.scale()
	}
	var err error
	if m.labels, err = labelsOf(labels, len(images)); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return o.fitted(m)
}

// within says what range was stated, where one was.
func (o Options) within() string {
	if !o.stated() {
		return ""
	}
	return fmt.Sprintf(" in the range [%g, %g] that was stated", o.Lo, o.Hi)
}

// labelsOf copies the labels of n images, or nil.
func labelsOf(given []int, n int) (labels, error) {
	if given != nil && len(given) != n {
		return nil, fmt.Errorf("%d labels for %d images", len(given), n)
	}
	for i, l := range given {
		if l < 0 {
			return nil, fmt.Errorf("label %d is %d; want an integer from 0", i, l)
		}
	}
	return slices.Clone(given), nil
}
