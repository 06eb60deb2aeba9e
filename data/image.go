package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"os"
)

// imageKind tells from the first bytes whether a file is PNG or JPEG.
func imageKind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "PNG"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "JPEG"
	}
	return ""
}

// The most pixels that a byte of a file can stand for: a PNG row of 1-bit pixels deflated 1032 times; a progressive
// JPEG whose blocks of 64 pixels take less than a bit. A header that claims more lies.
const (
	pngPixelsPerByte  = 8 * 1032
	jpegPixelsPerByte = 1024
	pixelSlack        = 1 << 16
)

// openImage opens a file and tells its kind.
func openImage(path string) (f *os.File, kind string, bytes int64, err error) {
	if f, err = os.Open(path); err != nil {
		return nil, "", 0, err
	}
	var head [16]byte
	n, err := f.ReadAt(head[:], 0)
	info, statErr := f.Stat()
	if err == io.EOF {
		err = statErr
	}
	if err != nil {
		f.Close()
		return nil, "", 0, err
	}
	return f, imageKind(head[:n]), info.Size(), nil
}

var errNotImage = errors.New("neither PNG nor JPEG inside")

// imageShape reads the header of a PNG or JPEG and looks for its end; no pixel is decoded.
func imageShape(path string, o Options) (size, error) {
	f, kind, length, err := openImage(path)
	if err != nil {
		return size{}, err
	}
	defer f.Close()
	var c image.Config
	perByte, end := int64(pngPixelsPerByte), []byte("IEND\xaeB`\x82")
	switch kind {
	case "PNG":
		c, err = png.DecodeConfig(f)
	case "JPEG":
		c, err = jpeg.DecodeConfig(f)
		perByte, end = jpegPixelsPerByte, []byte{0xff, 0xd9}
	default:
		return size{}, errNotImage
	}
	if err != nil {
		return size{}, err
	}
	pixels := int64(c.Width) * int64(c.Height)
	switch {
	case c.Width <= 0 || c.Height <= 0:
		return size{}, fmt.Errorf("%d x %d pixels", c.Height, c.Width)
	case pixels > o.pixels():
		return size{}, fmt.Errorf("%d x %d pixels, the limit is %d (MaxPixels)", c.Height, c.Width, o.pixels())
	case pixels/perByte > length+pixelSlack/perByte:
		return size{}, fmt.Errorf("%d x %d pixels cannot come from %d bytes", c.Height, c.Width, length)
	}
	tail := make([]byte, min(length, 1<<16))
	if _, err := f.ReadAt(tail, length-int64(len(tail))); err != nil && err != io.EOF {
		return size{}, err
	}
	if !bytes.Contains(tail, end) {
		return size{}, fmt.Errorf("truncated: no %s end marker", kind)
	}
	channels, err := channelsOf(c.ColorModel)
	if err != nil {
		return size{}, err
	}
	if o.Gray {
		channels = 1
	}
	return size{channels, c.Height, c.Width}, nil
}

// decodeImage reads the pixels of a file whose shape is known, and cuts the centre [h,w] of want into dst.
func decodeImage(path string, dst []float32, want size, o Options, v interval) error {
	have, err := imageShape(path, o)
	if err != nil {
		return err
	}
	if have.c != want.c || have.h < want.h || have.w < want.w {
		return fmt.Errorf("the image is %v, was %v when the folder was opened", have, want)
	}
	f, kind, _, err := openImage(path)
	if err != nil {
		return err
	}
	defer f.Close()
	decode := png.Decode
	if kind == "JPEG" {
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
			for c := range want.c {
				dst[c*plane+y*want.w+x] = v.value(p[c], full)
			}
		}
	}
	return nil
}
