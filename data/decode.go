package data

import (
	"context"
	"fmt"
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
	if have.c != want.c || have.h < want.h || have.w < want.w {
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
	at, full, err := pixelReader(img)
	if err != nil {
		return err
	}
	b := img.Bounds()
	if w, h := b.Dx(), b.Dy(); r.turn.swaps() && (w != have.h || h != have.w) || !r.turn.swaps() && (w != have.w || h != have.h) {
		return fmt.Errorf("%d x %d pixels, the header said otherwise", h, w)
	}
	plane := want.h * want.w
	x0, y0 := (have.w-want.w)/2, (have.h-want.h)/2
	for y := range want.h {
		if err := ctx.Err(); err != nil {
			return err
		}
		for x := range want.w {
			sx, sy := r.turn.stored(x0+x, y0+y, b.Dx(), b.Dy())
			p := at(b.Min.X+sx, b.Min.Y+sy)
			if want.c == 1 && o.Gray {
				p[0] = .299*p[0] + .587*p[1] + .114*p[2]
			}
			for c, k := range planes[want.c] {
				dst[c*plane+y*want.w+x] = v.value(p[k], full)
			}
		}
	}
	return nil
}

// planes are those of R, G, B, A that an image of so many channels has.
var planes = [5][]int{1: {0}, 2: {0, 3}, 3: {0, 1, 2}, 4: {0, 1, 2, 3}}
