package data

import (
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
)

// decodeImage reads the pixels of a file whose shape is known, and cuts the centre [h,w] of want into dst.
func decodeImage(from item, dst []float32, want size, o Options, v interval) error {
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
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	decode := png.Decode
	if r.kind == "JPEG" {
		decode = jpeg.Decode
	}
	img, err := decode(f)
	if err != nil {
		return err
	}
	at, full, err := pixelReader(img)
	if err != nil {
		return err
	}
	b := img.Bounds()
	if b.Dx() != have.w || b.Dy() != have.h {
		return fmt.Errorf("%d x %d pixels, the header said %d x %d", b.Dy(), b.Dx(), have.h, have.w)
	}
	plane := want.h * want.w
	x0, y0 := b.Min.X+(have.w-want.w)/2, b.Min.Y+(have.h-want.h)/2
	for y := range want.h {
		for x := range want.w {
			p := at(x0+x, y0+y)
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
