package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
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
	channels := 0
	switch m := c.ColorModel.(type) {
	case color.Palette:
		channels = paletteChannels(m)
	default:
		switch m {
		case color.GrayModel, color.Gray16Model:
			channels = 1
		case color.RGBAModel, color.RGBA64Model, color.YCbCrModel: // PNG without alpha, JPEG
			channels = 3
		case color.NRGBAModel, color.NRGBA64Model:
			channels = 4
		default:
			return size{}, errors.New("CMYK is not read; convert it to RGB")
		}
	}
	if o.Gray {
		channels = 1
	}
	return size{channels, c.Height, c.Width}, nil
}

// paletteChannels is 4 when a colour is transparent, else 3.
func paletteChannels(p color.Palette) int {
	for _, c := range p {
		if _, _, _, a := c.RGBA(); a != 0xffff {
			return 4
		}
	}
	return 3
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

// pixelReader returns a function that reads one pixel as R, G, B, A, not multiplied by alpha (gray has three alike), as
// stored, and the value of full scale.
func pixelReader(img image.Image) (at func(x, y int) [4]float64, full float64, err error) {
	rgba := func(c color.NRGBA) [4]float64 {
		return [4]float64{float64(c.R), float64(c.G), float64(c.B), float64(c.A)}
	}
	switch m := img.(type) {
	case *image.Gray:
		return func(x, y int) [4]float64 { g := float64(m.GrayAt(x, y).Y); return [4]float64{g, g, g, 255} }, 255, nil
	case *image.Gray16:
		return func(x, y int) [4]float64 { g := float64(m.Gray16At(x, y).Y); return [4]float64{g, g, g, 65535} }, 65535, nil
	case *image.RGBA: // of these decoders always opaque
		return func(x, y int) [4]float64 { return rgba(color.NRGBA(m.RGBAAt(x, y))) }, 255, nil
	case *image.NRGBA:
		return func(x, y int) [4]float64 { return rgba(m.NRGBAAt(x, y)) }, 255, nil
	case *image.RGBA64:
		return func(x, y int) [4]float64 {
			c := m.RGBA64At(x, y)
			return [4]float64{float64(c.R), float64(c.G), float64(c.B), float64(c.A)}
		}, 65535, nil
	case *image.NRGBA64:
		return func(x, y int) [4]float64 {
			c := m.NRGBA64At(x, y)
			return [4]float64{float64(c.R), float64(c.G), float64(c.B), float64(c.A)}
		}, 65535, nil
	case *image.YCbCr:
		return func(x, y int) [4]float64 {
			c := m.YCbCrAt(x, y)
			r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			return [4]float64{float64(r), float64(g), float64(b), 255}
		}, 255, nil
	case *image.Paletted:
		return func(x, y int) [4]float64 { return rgba(color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)) }, 255, nil
	}
	return nil, 0, fmt.Errorf("pixels of type %T are not read", img)
}
