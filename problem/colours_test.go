package problem

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// TestColoursAreNoted: a picture that loses its colours or its alpha on the way to one channel is named in a note.
func TestColoursAreNoted(t *testing.T) {
	dir, square := t.TempDir(), image.Rect(0, 0, 8, 8)
	opaque := image.NewRGBA(square)
	clear := image.NewNRGBA(square)
	for i := range 64 {
		opaque.Set(i%8, i/8, color.RGBA{200, 100, byte(i), 255})
		clear.Set(i%8, i/8, color.NRGBA{200, 100, byte(i), 128})
	}
	for name, c := range map[string]struct {
		picture image.Image
		want    []string
	}{
		"gray.png":  {image.NewGray(square), nil},
		"rgb.png":   {opaque, []string{"rgb.png is a picture in colour and was turned to gray"}},
		"rgba.png":  {clear, []string{"rgba.png is a picture in colour", "rgba.png has an alpha channel, which was left out"}},
		"gray.jpeg": {image.NewGray(square), nil},
		"rgb.jpeg":  {opaque, []string{"rgb.jpeg is a picture in colour"}},
	} {
		var b bytes.Buffer
		var err error
		if strings.HasSuffix(name, ".png") {
			err = png.Encode(&b, c.picture)
		} else {
			err = jpeg.Encode(&b, c.picture, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, b.String())
		p := open(t, dir, `{"prior":"digits8","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.1},"data":"`+name+`"}`)
		if len(p.Notes) != len(c.want) {
			t.Errorf("%s: %q", name, p.Notes)
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(p.Notes[i], w) {
				t.Errorf("%s: %q, want %q", name, p.Notes[i], w)
			}
		}
	}
}
