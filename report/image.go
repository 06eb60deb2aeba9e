package report

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/png"
	"math"

	"golang.org/x/image/draw"

	"tweedie/internal/nonfinite"
)

// Picture holds an image [C,H,W] and the range Lo to Hi of values to show; values outside it are shown as the nearer
// end. With C = 3 the channels are red, green and blue. For any other C, and with Heat, only the first channel is
// shown.
type Picture struct {
	Title   string
	Note    string // below the title, for instance a number
	C, H, W int
	Values  []float64
	Lo, Hi  float64
	Heat    bool // colours from dark to bright for maps such as a standard deviation

	missing []bool // of pixels that were not measured, which are drawn in a colour that no grey is
}

// missingColour is that of pixels that were not measured.
var missingColour = color.NRGBA{70, 110, 200, 255}

// NewPicture checks that the values fill the shape and that they and the range are finite. The error for one that is
// not is a *diffusion.NonFiniteError.
func NewPicture(title string, c, h, w int, values []float64, lo, hi float64) (Picture, error) {
	if len(values) != c*h*w || len(values) == 0 {
		return Picture{}, fmt.Errorf("report: %q has %d values for shape [%d,%d,%d]", title, len(values), c, h, w)
	}
	if err := nonfinite.Check(fmt.Sprintf("report: %q", title), values, 0, len(values)); err != nil {
		return Picture{}, err
	}
	if err := nonfinite.Check(fmt.Sprintf("report: the range of %q", title), []float64{lo, hi}, 0, 2); err != nil {
		return Picture{}, err
	}
	return Picture{Title: title, C: c, H: h, W: w, Values: values, Lo: lo, Hi: hi}, nil
}

// HeatMap returns a picture of a map that is at least zero, averaged over channels, from 0 to its maximum.
func HeatMap(title string, c, h, w int, values []float64) (Picture, error) {
	p, err := NewPicture(title, c, h, w, values, 0, 1)
	if err != nil {
		return p, err
	}
	m := make([]float64, h*w)
	for i, v := range values {
		m[i%(h*w)] += v / float64(c)
	}
	p.Values, p.C, p.Heat, p.Hi = m, 1, true, 0
	for _, v := range m {
		p.Hi = math.Max(p.Hi, v)
	}
	p.Note = fmt.Sprintf("0 to %.3g", p.Hi)
	return p, nil
}

// Image renders one pixel per value; one that is not a number is shown as the lowest.
func (p Picture) Image() image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
	at := func(c, i int) float64 {
		x := (p.Values[c*p.H*p.W+i]/2 - p.Lo/2) / (p.Hi/2 - p.Lo/2)
		if !(p.Hi > p.Lo && x > 0) {
			return 0
		}
		return min(1, x)
	}
	byteOf := func(x float64) uint8 { return uint8(math.Round(255 * x)) }
	for i := 0; i < p.H*p.W; i++ {
		var px color.NRGBA
		switch {
		case p.missing != nil && p.missing[i]:
			px = missingColour
		case p.Heat:
			px = heat(at(0, i))
		case p.C == 3:
			px = color.NRGBA{byteOf(at(0, i)), byteOf(at(1, i)), byteOf(at(2, i)), 255}
		default:
			g := byteOf(at(0, i))
			px = color.NRGBA{g, g, g, 255}
		}
		img.SetNRGBA(i%p.W, i/p.W, px)
	}
	return img
}

// heatStops defines a perceptually ordered ramp from near black through purple and orange to pale yellow.
var heatStops = [][3]float64{{13, 8, 42}, {84, 15, 109}, {159, 42, 99}, {221, 81, 58}, {251, 153, 36}, {250, 248, 170}}

func heat(x float64) color.NRGBA {
	f := x * float64(len(heatStops)-1)
	i := min(int(f), len(heatStops)-2)
	f -= float64(i)
	mix := func(k int) uint8 {
		return uint8(math.Round(heatStops[i][k]*(1-f) + heatStops[i+1][k]*f))
	}
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}

// Scaled returns the picture enlarged without smoothing until its longer side has at least the given pixels.
func (p Picture) Scaled(side int) image.Image {
	src := p.Image()
	k := max(1, (side+max(p.H, p.W)-1)/max(p.H, p.W))
	dst := image.NewNRGBA(image.Rect(0, 0, k*p.W, k*p.H))
	draw.NearestNeighbor.Scale(dst, dst.Bounds(), src, src.Bounds(), draw.Src, nil)
	return dst
}

// DataURI returns the picture as a PNG inside a page.
func (p Picture) DataURI() (template.URL, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, p.Image()); err != nil {
		return "", err
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// Sheet returns a grid of pictures of one size, cols in a row, with a gap of one pixel, enlarged k times.
func Sheet(pics []Picture, cols, k int) image.Image {
	if len(pics) == 0 {
		return image.NewNRGBA(image.Rect(0, 0, 1, 1))
	}
	h, w := pics[0].H+1, pics[0].W+1
	rows := (len(pics) + cols - 1) / cols
	small := image.NewNRGBA(image.Rect(0, 0, cols*w-1, rows*h-1))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for i, p := range pics {
		at := image.Pt(i%cols*w, i/cols*h)
		draw.Draw(small, image.Rectangle{at, at.Add(image.Pt(p.W, p.H))}, p.Image(), image.Point{}, draw.Src)
	}
	big := image.NewNRGBA(image.Rect(0, 0, k*small.Bounds().Dx(), k*small.Bounds().Dy()))
	draw.NearestNeighbor.Scale(big, big.Bounds(), small, small.Bounds(), draw.Src, nil)
	return big
}
