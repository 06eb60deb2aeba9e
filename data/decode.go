package data

import (
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"tweedie/internal/input"
)

// decodeImage reads the pixels of a file whose shape is known, turned as Exif tells, and cuts the centre [h,w] of want
// into dst. It gives up when ctx ends.
func decodeImage(ctx context.Context, from item, dst []float32, want size, o Options, v interval) error {
	f, err := from.open()
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := readHeader(f, o)
	if err != nil {
		return err
	}
	have := r.size(o)
	if o.framed(have) != want || have.h < want.h && o.Resize == [2]int{} || have.w < want.w && o.Resize == [2]int{} {
		return fmt.Errorf("the image is %v, was %v when the set was opened", have, want)
	}
	decode := png.Decode
	if r.kind == "JPEG" {
		decode = jpeg.Decode
	}
	img, err := decode(input.WithContext(ctx, io.NewSectionReader(f, 0, f.Size())))
	if err != nil {
		return err
	}
	b := img.Bounds()
	if w, h := b.Dx(), b.Dy(); r.turn.swaps() && (w != have.h || h != have.w) || !r.turn.swaps() && (w != have.w || h != have.h) {
		return fmt.Errorf("%d x %d pixels, the header said otherwise", h, w)
	}
	return render(ctx, img, r.turn, have, dst, want, o, v)
}

// framed is the size that an image of so many channels, rows and columns has in a set.
func (o Options) framed(have size) size {
	if o.Resize != [2]int{} {
		have.h, have.w = o.Resize[0], o.Resize[1]
	}
	if o.Crop != [2]int{} {
		have.h, have.w = o.Crop[0], o.Crop[1]
	}
	return have
}

// render writes the values of a picture that is seen with a size to dst: its middle, resized where that is asked for.
func render(ctx context.Context, img image.Image, turn orientation, have size, dst []float32, want size, o Options, v interval) error {
	at, full, err := pixelReader(img)
	if err != nil {
		return err
	}
	out, part := dst, want
	if o.Resize != [2]int{} {
		part = inProportion(have, o.Resize)
		out = make([]float32, part.pixels())
	}
	b := img.Bounds()
	plane := part.h * part.w
	x0, y0 := (have.w-part.w)/2, (have.h-part.h)/2
	for y := range part.h {
		if err := ctx.Err(); err != nil {
			return err
		}
		for x := range part.w {
			sx, sy := turn.stored(x0+x, y0+y, b.Dx(), b.Dy())
			p := at(b.Min.X+sx, b.Min.Y+sy)
			if want.c == 1 && o.Gray {
				p[0] = .299*p[0] + .587*p[1] + .114*p[2]
			}
			for c, k := range planes[want.c] {
				out[c*plane+y*part.w+x] = v.value(p[k], full)
			}
		}
	}
	if o.Resize != [2]int{} {
		to := size{want.c, o.Resize[0], o.Resize[1]}
		window(dst, resample(out, part, to), to, want, (to.h-want.h)/2, (to.w-want.w)/2, false)
	}
	return nil
}

// planes are those of R, G, B, A that an image of so many channels has.
var planes = [5][]int{1: {0}, 2: {0, 3}, 3: {0, 1, 2}, 4: {0, 1, 2, 3}}
