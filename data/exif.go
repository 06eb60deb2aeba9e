package data

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
)

// orientation is the tag 274 of Exif: how the stored rows and columns lie in the picture as it is seen. 1 is upright;
// from 5 on, rows are columns.
type orientation int

// swaps reports whether height and width of the picture are width and height of what is stored.
func (o orientation) swaps() bool { return o >= 5 }

// stored returns where pixel (x, y) of the picture is found in the stored image of w columns and h rows.
func (o orientation) stored(x, y, w, h int) (sx, sy int) {
	switch o {
	case 2: // mirrored left to right
		return w - 1 - x, y
	case 3: // turned by 180 degrees
		return w - 1 - x, h - 1 - y
	case 4: // mirrored top to bottom
		return x, h - 1 - y
	case 5: // transposed
		return y, x
	case 6: // to be turned clockwise
		return y, h - 1 - x
	case 7: // transposed along the other diagonal
		return w - 1 - y, h - 1 - x
	case 8: // to be turned anticlockwise
		return w - 1 - y, x
	}
	return x, y
}

// exifMark begins the segment of a JPEG that holds Exif.
var exifMark = []byte("Exif\x00\x00")

// jpegMarkers reads what stands before the pixels of a JPEG: how it lies, and whether it is progressive. What it cannot
// follow it leaves to the decoder to refuse.
func jpegMarkers(r io.Reader) (turn orientation, progressive bool) {
	turn = 1
	b := bufio.NewReader(r)
	if _, err := b.Discard(2); err != nil {
		return turn, false
	}
	for found := false; ; {
		mark, err := nextMarker(b)
		if err != nil || mark == 0xda || mark == 0xd9 { // scan, end
			return turn, progressive
		}
		if mark == 0x01 || mark >= 0xd0 && mark <= 0xd7 { // these stand alone
			continue
		}
		var word [2]byte
		if _, err := io.ReadFull(b, word[:]); err != nil {
			return turn, progressive
		}
		n := int(binary.BigEndian.Uint16(word[:])) - 2
		progressive = progressive || mark == 0xc2
		if mark == 0xe1 && !found && n > len(exifMark) {
			segment := make([]byte, n)
			if _, err := io.ReadFull(b, segment); err != nil {
				return turn, progressive
			}
			if found = bytes.HasPrefix(segment, exifMark); found {
				turn = exifOrientation(segment[len(exifMark):])
			}
			continue
		}
		if _, err := b.Discard(max(n, 0)); err != nil {
			return turn, progressive
		}
	}
}

// nextMarker reads up to the byte after a 0xff that is neither filling nor part of the data.
func nextMarker(b *bufio.Reader) (byte, error) {
	for last := byte(0); ; {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		if last == 0xff && c != 0xff && c != 0 {
			return c, nil
		}
		last = c
	}
}

// maxChunks bounds how many chunks of a PNG are walked over for Exif; 8 KiB each, as libpng writes, make 512 MiB.
const maxChunks = 1 << 16

// pngOrientation finds the chunk eXIf, which may stand before or after the pixels.
func pngOrientation(r io.ReaderAt) orientation {
	var head [8]byte
	for at, i := int64(8), 0; i < maxChunks; i++ {
		if _, err := r.ReadAt(head[:], at); err != nil {
			return 1
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		switch string(head[4:]) {
		case "IEND":
			return 1
		case "eXIf":
			chunk := make([]byte, min(n, 1<<16))
			if _, err := r.ReadAt(chunk, at+8); err != nil {
				return 1
			}
			return exifOrientation(chunk)
		}
		at += 12 + n
	}
	return 1
}

// exifOrientation reads the tag from the first directory of Exif, which is a file in TIFF; 1 when it is not there or
// makes no sense.
func exifOrientation(b []byte) orientation {
	const tag, short, entry = 0x0112, 3, 12
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if string(b[:2]) == "MM" {
		order = binary.BigEndian
	} else if string(b[:2]) != "II" {
		return 1
	}
	at := int64(order.Uint32(b[4:]))
	if order.Uint16(b[2:]) != 42 || at > int64(len(b)-2) {
		return 1
	}
	n := int(order.Uint16(b[at:]))
	for b = b[at+2:]; n > 0 && len(b) >= entry; n, b = n-1, b[entry:] {
		if order.Uint16(b) == tag && order.Uint16(b[2:]) == short {
			if v := orientation(order.Uint16(b[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
	}
	return 1
}
