package report

import (
	"bytes"
	"html/template"
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Plot holds a diagram with a title.
type Plot struct {
	Title string
	p     *plot.Plot
	w, h  vg.Length
}

var (
	ink  = color.NRGBA{R: 31, G: 78, B: 140, A: 255}
	dots = color.NRGBA{R: 192, G: 57, B: 27, A: 90}
)

// Trace plots values against steps: an optimisation's loss, for instance.
func Trace(title, xlabel, ylabel string, x, y []float64) (Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	line, err := plotter.NewLine(pairs(x, y))
	if err != nil {
		return Plot{}, err
	}
	line.Color, line.Width = ink, vg.Points(1)
	p.Add(plotter.NewGrid(), line)
	return Plot{title, p, 11 * vg.Centimeter, 7 * vg.Centimeter}, nil
}

// Scatter2D plots points over the contours of a density given on a grid; the two can be compared by eye. Points
// outside the box are left out of the picture.
func Scatter2D(title string, x, y []float64, density func(x, y float64) float64, lo, hi float64) (Plot, error) {
	p := plot.New()
	if density != nil {
		g := newGrid(density, lo, hi, 120)
		c := plotter.NewContour(g, g.levels(), palette{})
		c.LineStyles[0].Width = vg.Points(1)
		p.Add(c)
	}
	var inX, inY []float64
	for i := range x {
		if x[i] >= lo && x[i] <= hi && y[i] >= lo && y[i] <= hi {
			inX, inY = append(inX, x[i]), append(inY, y[i])
		}
	}
	if len(inX) > 0 {
		s, err := plotter.NewScatter(pairs(inX, inY))
		if err != nil {
			return Plot{}, err
		}
		s.GlyphStyle = draw.GlyphStyle{Color: dots, Radius: vg.Points(1.2), Shape: draw.CircleGlyph{}}
		p.Add(s)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, hi, lo, hi
	p.X.Label.Text, p.Y.Label.Text = "x1", "x2"
	return Plot{title, p, 8 * vg.Centimeter, 8 * vg.Centimeter}, nil
}

func pairs(x, y []float64) plotter.XYs {
	xy := make(plotter.XYs, len(x))
	for i := range xy {
		xy[i].X, xy[i].Y = x[i], y[i]
	}
	return xy
}

// inline returns the plot as an SVG element.
func (p Plot) inline() (template.HTML, error) {
	w, err := p.p.WriterTo(p.w, p.h, "svg")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		return "", err
	}
	s := b.String()
	if i := strings.Index(s, "<svg"); i >= 0 {
		s = s[i:]
	}
	return template.HTML(s), nil
}

// grid holds a density at the nodes of a square.
type grid struct {
	lo, step float64
	n        int
	z        []float64
}

func newGrid(f func(x, y float64) float64, lo, hi float64, n int) grid {
	g := grid{lo, (hi - lo) / float64(n-1), n, make([]float64, n*n)}
	for r := 0; r < n; r++ {
		for c := 0; c < n; c++ {
			g.z[r*n+c] = f(g.X(c), g.Y(r))
		}
	}
	return g
}

func (g grid) Dims() (c, r int)   { return g.n, g.n }
func (g grid) Z(c, r int) float64 { return g.z[r*g.n+c] }
func (g grid) X(c int) float64    { return g.lo + float64(c)*g.step }
func (g grid) Y(r int) float64    { return g.lo + float64(r)*g.step }

// levels lists fractions of the largest density: about 0.5, 1, 2 and 3 standard deviations of a Gaussian.
func (g grid) levels() []float64 {
	top := 0.0
	for _, v := range g.z {
		top = max(top, v)
	}
	return []float64{0.011 * top, 0.135 * top, 0.607 * top, 0.88 * top}
}

type palette struct{}

// Colors lists the colours of the contours.
func (palette) Colors() []color.Color { return []color.Color{ink, ink} }
