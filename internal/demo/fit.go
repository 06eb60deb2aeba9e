package demo

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"

	"tweedie/autodiff"
	"tweedie/data"
	"tweedie/internal/input"
	"tweedie/prior"
)

// resample returns x [C,H,W] at the size of another shape [C,H',W'] by Catmull and Rom's bicubic kernel, stretched when it
// shrinks. Values may pass the range by its own width before they are cut.
func resample(x []float64, from, to autodiff.Shape, span [2]float64) []float64 {
	h, w, h2, w2 := from.Dim(1), from.Dim(2), to.Dim(1), to.Dim(2)
	lo, width := 2*span[0]-span[1], 3*(span[1]-span[0])
	out := make([]float64, to.Size())
	for c := range from.Dim(0) {
		src, dst := image.NewGray16(image.Rect(0, 0, w, h)), image.NewGray16(image.Rect(0, 0, w2, h2))
		for i, v := range x[c*h*w : (c+1)*h*w] {
			src.SetGray16(i%w, i/w, color.Gray16{Y: uint16(math.Round(65535 * min(1, max(0, (v-lo)/width))))})
		}
		draw.CatmullRom.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
		for i := range h2 * w2 {
			out[c*h2*w2+i] = lo + width*float64(dst.Gray16At(i%w2, i/w2).Y)/65535
		}
	}
	return out
}

// clip cuts x to a range, in place.
func clip(x []float64, span [2]float64) {
	for i, v := range x {
		x[i] = min(span[1], max(span[0], v))
	}
}

// fitImage reads one image for a prior. A picture (PNG or JPEG) of another size is cut to the prior's proportions
// around its centre and resized, and note says so; arrays must fit.
func fitImage(ctx context.Context, path string, prior *prior.Prior, host Host) (x []float64, note string, err error) {
	x, err = readOne(ctx, path, host)
	if err == nil || prior.Shape().Rank() != 3 {
		return x, "", err
	}
	picture, shape := readPicture(ctx, path, prior)
	if picture == nil || shape.Dim(0) != prior.Shape().Dim(0) {
		return nil, "", err
	}
	h, w, h2, w2 := shape.Dim(1), shape.Dim(2), prior.Shape().Dim(1), prior.Shape().Dim(2)
	ch, cw := min(h, (w*h2+w2/2)/w2), min(w, (h*w2+h2/2)/h2)
	ch, cw = max(1, ch), max(1, cw)
	cut := make([]float64, 0, shape.Dim(0)*ch*cw)
	for c := range shape.Dim(0) {
		for i := range ch {
			at := (c*h+(h-ch)/2+i)*w + (w-cw)/2
			cut = append(cut, picture[at:at+cw]...)
		}
	}
	x = resample(cut, autodiff.S(shape.Dim(0), ch, cw), prior.Shape(), prior.Spec.Range)
	clip(x, prior.Spec.Range)
	return x, fmt.Sprintf("%s: the middle %dx%d of %dx%d pixels, resized to %dx%d", path, cw, ch, w, h, w2, h2), nil
}

// readOne reads the one image of a file that fits the prior.
func readOne(ctx context.Context, path string, host Host) ([]float64, error) {
	x, n, err := host.Read(ctx, path, 1)
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, fmt.Errorf("--image: %s holds %d images; give one", input.Name(path), n)
	}
	return x, nil
}

// readPicture returns the one picture in a PNG or JPEG file, [C,H,W]; nil when the file is none.
func readPicture(ctx context.Context, path string, prior *prior.Prior) ([]float64, autodiff.Shape) {
	set, err := data.Open(ctx, path, data.Options{Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1], Gray: prior.Shape().Dim(0) == 1})
	if err != nil || set.Len() != 1 {
		return nil, autodiff.Shape{}
	}
	if sum, err := data.Summarize(ctx, set, 1); err != nil || sum.Kind != "images" {
		return nil, autodiff.Shape{}
	}
	c, h, w := set.Shape()
	img, x := make([]float32, c*h*w), make([]float64, c*h*w)
	if _, err := set.Read(0, img); err != nil {
		return nil, autodiff.Shape{}
	}
	for i, v := range img {
		x[i] = float64(v)
	}
	return x, autodiff.S(c, h, w)
}
