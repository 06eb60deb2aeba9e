package problem

import (
	"bytes"
	"fmt"
	"image/color"
	"image/jpeg"
	"io"
	"strings"

	"tweedie/internal/input"
)

// channelsOf reports whether a picture has colours, and whether it has an alpha channel; neither for what is no picture.
func channelsOf(r io.Reader) (colours, alpha bool) {
	head := make([]byte, 26) // of PNG: the signature, the length and the name of IHDR, its extents, depth and colour type
	if _, err := io.ReadFull(r, head); err != nil {
		return false, false
	}
	if strings.HasPrefix(string(head), "\x89PNG\r\n\x1a\n") {
		kind := head[25] // 0 gray, 2 colours, 3 a palette, 4 gray with alpha, 6 colours with alpha
		return kind == 2 || kind == 3 || kind == 6, kind == 4 || kind == 6
	}
	c, err := jpeg.DecodeConfig(io.MultiReader(bytes.NewReader(head), r))
	return err == nil && c.ColorModel != color.GrayModel, false
}

// noteColours notes what is lost of a picture: its colours where it was read as gray, and its alpha.
func (p *Problem) noteColours(a *Array, gray bool) {
	if a.File == "" || a.Member != "" {
		return
	}
	f, _, err := input.Open(a.File)
	if err != nil {
		return
	}
	defer f.Close()
	colours, alpha := channelsOf(f)
	if colours && gray {
		p.Notes = append(p.Notes, fmt.Sprintf("%s is a picture in colour and was turned to gray, .299 R + .587 G + .114 B", a.Name()))
	}
	if alpha {
		p.Notes = append(p.Notes, fmt.Sprintf("%s has an alpha channel, which was left out", a.Name()))
	}
}
