package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"
)

// exif is a directory of Exif with some other tag and an orientation.
func exif(order binary.AppendByteOrder, v uint16) []byte {
	b := []byte("II")
	if order.String() == "BigEndian" {
		b = []byte("MM")
	}
	b = order.AppendUint32(order.AppendUint16(b, 42), 8)
	b = order.AppendUint16(b, 2)
	for _, e := range [][2]uint16{{0x0100, 77}, {0x0112, v}} {
		b = order.AppendUint16(order.AppendUint16(b, e[0]), 3)
		b = order.AppendUint16(order.AppendUint32(b, 1), e[1])
		b = order.AppendUint16(b, 0)
	}
	return order.AppendUint32(b, 0)
}

// pngWith inserts a chunk eXIf into a PNG, before the pixels or at the end.
func pngWith(raw, exif []byte, late bool) []byte {
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(exif))), "eXIf"...)
	chunk = append(chunk, exif...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	at := 8 + 25 // signature, IHDR
	if late {
		at = len(raw) - 12
	}
	return slices.Insert(bytes.Clone(raw), at, chunk...)
}

// jpegWith inserts a segment APP1 into a JPEG.
func jpegWith(raw, exif []byte) []byte {
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+8))
	return slices.Insert(bytes.Clone(raw), 2, append(append(segment, exifMark...), exif...)...)
}

// turned are the pictures that rows 123 and 456 are with each orientation, as the standard of Exif defines it.
var turned = []string{1: "123/456", 2: "321/654", 3: "654/321", 4: "456/123", 5: "14/25/36", 6: "41/52/63", 7: "63/52/41", 8: "36/25/14"}

// rows prints an image of one channel with values in 0..1 as digits of v*full.
func rows(img []float32, w int, full float64) (s string) {
	for i, v := range img {
		if i > 0 && i%w == 0 {
			s += "/"
		}
		s += fmt.Sprint(int(float64(v)*full + .5))
	}
	return s
}

func TestOrientationPNG(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 3, 2))
	copy(m.Pix, []byte{1, 2, 3, 4, 5, 6})
	raw := pngBytes(t, m)
	for o := 1; o <= 8; o++ {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			for _, late := range []bool{false, true} {
				s, err := Open(t.Context(), write(t, "x.png", pngWith(raw, exif(order, uint16(o)), late)), Options{})
				if err != nil {
					t.Fatal(err)
				}
				img, _ := picture(t, s, 0)
				if _, _, w := s.Shape(); rows(img, w, 255) != turned[o] {
					t.Errorf("orientation %d, %v, late %v: %s, want %s", o, order, late, rows(img, w, 255), turned[o])
				}
			}
		}
	}
}

// TestOrientationJPEG draws the digits 1 to 6 as squares of 16 pixels, which compression keeps.
func TestOrientationJPEG(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 48, 32))
	for y := range 32 {
		for x := range 48 {
			m.SetGray(x, y, color.Gray{uint8(40 * (1 + x/16 + 3*(y/16)))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	for o := 1; o <= 8; o++ {
		raw := jpegWith(b.Bytes(), exif(binary.BigEndian, uint16(o)))
		s, err := Open(t.Context(), write(t, "x.jpg", raw), Options{})
		if err != nil {
			t.Fatal(err)
		}
		img, _ := picture(t, s, 0)
		_, h, w := s.Shape()
		var corner []float32
		for y := 8; y < h; y += 16 {
			for x := 8; x < w; x += 16 {
				corner = append(corner, img[y*w+x])
			}
		}
		if got := rows(corner, w/16, 255./40); got != turned[o] {
			t.Errorf("orientation %d: %s, want %s", o, got, turned[o])
		}
	}
}

// TestOrientationCrop: the centre of the picture is cut, not of what is stored.
func TestOrientationCrop(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 4, 2))
	copy(m.Pix, []byte{1, 2, 3, 4, 5, 6, 7, 8})
	s, err := Open(t.Context(), write(t, "x.png", pngWith(pngBytes(t, m), exif(binary.LittleEndian, 6), false)), Options{Crop: [2]int{2, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if img, _ := picture(t, s, 0); rows(img, 2, 255) != "62/73" {
		t.Errorf("the centre is %s, want 62/73", rows(img, 2, 255))
	}
}

// TestOrientationNonsense: broken Exif leaves a picture as it is stored, and nothing panics.
func TestOrientationNonsense(t *testing.T) {
	good := exif(binary.LittleEndian, 6)
	for n := range good {
		if got := exifOrientation(good[:n]); n < len(good)-6 && got != 1 {
			t.Errorf("the first %d bytes: orientation %d", n, got)
		}
	}
	for i := range good {
		for _, v := range []byte{0, 1, 0x7f, 0xff} {
			bad := bytes.Clone(good)
			bad[i] = v
			if o := exifOrientation(bad); o < 1 || o > 8 {
				t.Errorf("byte %d = %d: orientation %d", i, v, o)
			}
		}
	}
	for _, v := range []uint16{0, 9, 65535} {
		if o := exifOrientation(exif(binary.BigEndian, v)); o != 1 {
			t.Errorf("orientation %d became %d", v, o)
		}
	}
	raw := jpegWith([]byte{0xff, 0xd8, 0xff, 0xc2, 0, 2, 0xff, 0xda}, good)
	for n := range len(raw) + 1 {
		if o, progressive := jpegMarkers(bytes.NewReader(raw[:n])); n == len(raw) && (o != 6 || !progressive) {
			t.Errorf("orientation %d, progressive %v", o, progressive)
		}
	}
	endless := bytes.Repeat([]byte{0, 0, 0, 0, 't', 'E', 'X', 't', 0, 0, 0, 0}, maxChunks+10)
	if o := pngOrientation(bytes.NewReader(endless)); o != 1 {
		t.Errorf("a PNG of chunks without end: orientation %d", o)
	}
}
