package data

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
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

// The most that a byte of a file can stand for: a PNG's rows deflated 1032 times, in bits; a progressive JPEG whose
// blocks of 64 pixels take less than a bit, in pixels. A header that claims more lies.
const (
	pngBitsPerByte    = 8 * 1032
	jpegPixelsPerByte = 1024
	pixelSlack        = 1 << 16
)

var errNotImage = errors.New("neither PNG nor JPEG inside")

// imageHeader is what the header of an image tells.
type imageHeader struct {
	kind     string
	channels int
	h, w     int         // of the picture as it is seen
	turn     orientation // of what is stored
}

// readHeader reads the header of a PNG or JPEG, holds it against the limits, and looks for the end of the file; no
// pixel is decoded.
func readHeader(f content, o Options) (imageHeader, error) {
	head := make([]byte, 26)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return imageHeader{}, err
	}
	r := imageHeader{kind: imageKind(head[:n])}
	var c image.Config
	end := []byte("IEND\xaeB`\x82")
	most := (f.Size()*pngBitsPerByte + pixelSlack) / pngDepth(head)
	switch r.kind {
	case "PNG":
		c, err = png.DecodeConfig(f)
	case "JPEG":
		c, err = jpeg.DecodeConfig(f)
		end = []byte{0xff, 0xd9}
		most = f.Size()*jpegPixelsPerByte + pixelSlack
	default:
		return r, errNotImage
	}
	if err != nil {
		return r, err
	}
	pixels := int64(c.Width) * int64(c.Height)
	switch {
	case c.Width <= 0 || c.Height <= 0:
		return r, fmt.Errorf("%d x %d pixels", c.Height, c.Width)
	case pixels > o.pixels():
		return r, fmt.Errorf("%d x %d pixels, the limit is %d; crop or shrink the image, or raise the limit of pixels", c.Height, c.Width, o.pixels())
	case pixels > most:
		return r, fmt.Errorf("%d x %d pixels cannot come from %d bytes", c.Height, c.Width, f.Size())
	}
	if r.channels, err = channelsOf(c.ColorModel); err != nil {
		return r, err
	}
	depth := bytesOf(c.ColorModel)
	if r.kind == "PNG" {
		r.turn = pngOrientation(f)
		if head[25] == grayAlpha {
			r.channels = 2
		}
	} else {
		var progressive bool
		if r.turn, progressive = jpegMarkers(io.NewSectionReader(f, 0, f.Size())); progressive {
			depth += 4 * int64(r.channels) // the coefficients
		}
	}
	if r.h, r.w = c.Height, c.Width; r.turn.swaps() {
		r.h, r.w = r.w, r.h
	}
	if need, limit := pixels*(depth+4*int64(r.size(o).c)), decodedLimit(f.Size()); o.MaxPixels == 0 && need > limit {
		return r, fmt.Errorf("%d x %d pixels take %d MB when decoded, the limit for a file of %d bytes is %d MB; crop or shrink the image, or raise the limit of pixels",
			r.h, r.w, need>>20, f.Size(), limit>>20)
	}
	tail := make([]byte, min(f.Size(), 1<<16))
	if _, err := f.ReadAt(tail, f.Size()-int64(len(tail))); err != nil && err != io.EOF {
		return r, err
	}
	if !bytes.Contains(tail, end) {
		return r, fmt.Errorf("truncated: no %s end marker", r.kind)
	}
	return r, nil
}

// Decoding an image may take mostDecoded bytes, and of a file that is small maxDecode times its size or freeDecoded.
const (
	mostDecoded = 512 << 20
	freeDecoded = 64 << 20
	maxDecode   = 400
)

// decodedLimit returns how many bytes an image from a file of that size may take when it is decoded.
func decodedLimit(size int64) int64 {
	return min(mostDecoded, max(freeDecoded, maxDecode*min(size, mostDecoded)))
}

// grayAlpha is a PNG's type of color 4.
const grayAlpha = 4

// pngDepth is the number of bits of a pixel, from the header at the beginning of a PNG: the bits of a sample times the
// samples of its type of color.
func pngDepth(head []byte) int64 {
	samples := map[byte]int64{0: 1, 2: 3, 3: 1, grayAlpha: 2, 6: 4}
	return max(1, int64(head[24])*samples[head[25]])
}

// size is the shape of the set that the image belongs to.
func (r imageHeader) size(o Options) size {
	if o.Gray {
		return size{1, r.h, r.w}
	}
	return size{r.channels, r.h, r.w}
}

// imageShape is the shape of the image in a file, from its header.
func imageShape(from item, o Options) (size, error) {
	f, err := from.open()
	if err != nil {
		return size{}, err
	}
	defer f.Close()
	r, err := readHeader(f, o)
	return r.size(o), err
}
