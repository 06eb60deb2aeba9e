package cli

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"slices"

	"tweedie/checkpoints"
	"tweedie/inverse"
	"tweedie/inverse/opcheck"
	"tweedie/report"
)

// side is the least length in pixels of the longer side of a picture of a point, and of the gap between two.
const side, gap = 160, 8

// savePoints writes a picture with a row for each point: the point, what is measured of it, and that taken back by the
// adjoint. Each part has black at its least value and white at its largest.
func savePoints(path string, op inverse.Operator, points []opcheck.Response) error {
	var rows [][]image.Image
	w, h := gap, gap
	for _, r := range points {
		var row []image.Image
		width, height := gap, 0
		for _, part := range []struct {
			values []float64
			shape  []int
		}{{r.Image, op.InShape().Dims(nil)}, {r.Measured, op.OutShape().Dims(nil)}, {r.Back, op.InShape().Dims(nil)}} {
			if part.values == nil {
				continue
			}
			img, err := planeOf(part.values, part.shape)
			if err != nil {
				return err
			}
			row = append(row, img)
			width, height = width+img.Bounds().Dx()+gap, max(height, img.Bounds().Dy()+gap)
		}
		rows = append(rows, row)
		w, h = max(w, width), h+height
	}
	page := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.NRGBA{90, 110, 160, 255}), image.Point{}, draw.Src)
	top := gap
	for _, row := range rows {
		left, height := gap, 0
		for _, img := range row {
			draw.Draw(page, img.Bounds().Add(image.Pt(left, top)), img, image.Point{}, draw.Src)
			left, height = left+img.Bounds().Dx()+gap, max(height, img.Bounds().Dy())
		}
		top += height + gap
	}
	return checkpoints.AtomicWriteFile(path, func(w io.Writer) error { return png.Encode(w, page) })
}

// planeOf shows the first plane [H,W] of an array, the length of all planes where there are two, as of complex numbers; a list
// is broken into rows of about its root.
func planeOf(values []float64, shape []int) (image.Image, error) {
	if len(shape) > 1 && shape[0] == 2 {
		half := len(values) / 2
		length := make([]float64, half)
		for i := range length {
			length[i] = math.Hypot(values[i], values[half+i])
		}
		values, shape = length, shape[1:]
	}
	n := len(shape)
	h, w := 1, len(values)
	if n > 1 && shape[n-2] > 1 {
		h, w = shape[n-2], shape[n-1]
	}
	if h == 1 && w > 16 {
		w = int(math.Ceil(math.Sqrt(float64(w))))
		h = (len(values) + w - 1) / w
	}
	plane := make([]float64, h*w)
	copy(plane, values)
	p, err := report.NewPicture("", 1, h, w, plane, slices.Min(values), slices.Max(values))
	if err != nil {
		return nil, err
	}
	return p.Scaled(side), nil
}
