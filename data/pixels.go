package data

import (
	"errors"
	"fmt"
	"image"
	"image/color"
)

// channelsOf is how many planes an image of that colour model becomes.
func channelsOf(m color.Model) (int, error) {
	if p, ok := m.(color.Palette); ok {
		return paletteChannels(p), nil
	}
	switch m {
	case color.GrayModel, color.Gray16Model:
		return 1, nil
	case color.RGBAModel, color.RGBA64Model, color.YCbCrModel: // PNG without alpha, JPEG
		return 3, nil
	case color.NRGBAModel, color.NRGBA64Model:
		return 4, nil
	}
	return 0, errors.New("CMYK is not read; convert it to RGB")
}

// bytesOf is what the decoder keeps of a pixel.
func bytesOf(m color.Model) int64 {
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
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
