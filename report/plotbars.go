package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

var band = color.NRGBA{R: 31, G: 78, B: 140, A: 40}

// Bars plots counts in bins of equal width over [0, 1], with the band of what each may be.
func Bars(title, xlabel string, counts, least, most []int) (Plot, error) {
	p := plot.New()
	p.X.Label.Text = xlabel
	n := len(counts)
	top := 0
	for i, c := range counts {
		top = max(top, c, most[i])
		bar, err := plotter.NewPolygon(box(i, n, 0, float64(c)))
		if err != nil {
			return Plot{}, err
		}
		bar.Color, bar.LineStyle.Width, bar.LineStyle.Color = color.NRGBA{R: 120, G: 140, B: 165, A: 255}, vg.Points(.5), color.White
		may, err := plotter.NewPolygon(box(i, n, float64(least[i]), float64(most[i])))
		if err != nil {
			return Plot{}, err
		}
		may.Color, may.LineStyle.Width = band, 0
		p.Add(bar, may)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1.2*float64(top)
	return Plot{title, p, 7 * vg.Centimeter, 4.5 * vg.Centimeter}, nil
}

// box returns the corners of bin i of n.
func box(i, n int, low, high float64) plotter.XYs {
	a, b := float64(i)/float64(n), float64(i+1)/float64(n)
	return plotter.XYs{{X: a, Y: low}, {X: b, Y: low}, {X: b, Y: high}, {X: a, Y: high}}
}

// Curve plots y over x in [0, 1], with the band of y plus and minus its error, over the diagonal.
func Curve(title, xlabel, ylabel string, x, y, errors []float64) (Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	var upper, lower plotter.XYs
	for i := range x {
		upper = append(upper, plotter.XY{X: x[i], Y: min(1, y[i]+errors[i])})
	}
	for i := len(x) - 1; i >= 0; i-- {
		lower = append(lower, plotter.XY{X: x[i], Y: max(0, y[i]-errors[i])})
	}
	area, err := plotter.NewPolygon(append(upper, lower...))
	if err != nil {
		return Plot{}, err
	}
	area.Color, area.LineStyle.Width = band, 0
	line, err := plotter.NewLine(pairs(x, y))
	if err != nil {
		return Plot{}, err
	}
	line.Color, line.Width = ink, vg.Points(1.2)
	diagonal, err := plotter.NewLine(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 1}})
	if err != nil {
		return Plot{}, err
	}
	diagonal.LineStyle = draw.LineStyle{Color: color.Gray{Y: 120}, Width: vg.Points(.7), Dashes: []vg.Length{vg.Points(3), vg.Points(3)}}
	p.Add(plotter.NewGrid(), area, diagonal, line)
	return Plot{title, p, 9 * vg.Centimeter, 9 * vg.Centimeter}, nil
}
