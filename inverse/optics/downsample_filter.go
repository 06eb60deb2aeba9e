package optics

import (
	"maps"
	"math"
	"slices"
)

// filter is a kernel of resampling in units of the output's spacing: an even function that is zero from reach on.
type filter struct {
	reach  float64
	weight func(x float64) float64 // for x >= 0
}

// filters are the kernels of Downsample. A box has half its weight at its edges, so that its parts stay equal wherever
// pixels lie on them.
var filters = map[string]filter{
	"box": {.5, func(x float64) float64 {
		if x == .5 {
			return .5
		}
		return 1
	}},
	"bilinear": {1, func(x float64) float64 { return 1 - x }},
	"bicubic": {2, func(x float64) float64 {
		if x <= 1 {
			return (1.5*x-2.5)*x*x + 1
		}
		return ((-.5*x+2.5)*x-4)*x + 2
	}},
	"lanczos3": {3, func(x float64) float64 { return sinc(x) * sinc(x/3) }},
}

// filterNames lists the kernels in alphabetical order.
func filterNames() []string { return slices.Sorted(maps.Keys(filters)) }

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// tap is a pixel and its weight in an output.
type tap struct {
	at     int
	weight float64
}

// taps returns the pixels under a kernel stretched by factor about the place centre, with weights that sum to 1.
func (f filter) taps(centre float64, factor int) []tap {
	scale, sum := float64(factor), 0.0
	var list []tap
	for t := math.Ceil(centre - f.reach*scale); t <= centre+f.reach*scale; t++ {
		if w := f.weight(math.Abs(t-centre) / scale); w != 0 {
			list = append(list, tap{int(t), w})
			sum += w
		}
	}
	for i := range list {
		list[i].weight /= sum
	}
	return list
}

// inside returns the pixel among n that stands for pixel t of a boundary, or -1 for none.
func inside(boundary string, t, n int) int {
	switch {
	case t >= 0 && t < n:
		return t
	case boundary == "circular":
		return ((t % n) + n) % n
	case boundary == "replicate":
		return min(max(t, 0), n-1)
	case boundary == "reflect":
		period := max(1, 2*n-2)
		t = ((t % period) + period) % period
		return min(t, period-t)
	}
	return -1
}
