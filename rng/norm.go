package rng

import "math"

// The ziggurat (Marsaglia and Tsang, J. Stat. Soft. 5(8), 2000): the area under f(x) = exp(-x^2/2), x >= 0, is covered
// by zigLayers strips of equal area v. Strip i reaches from 0 to zigX[i] and from f(zigX[i]) up to f(zigX[i+1]); strip 0
// is the rectangle under f(r) with the tail beyond r = zigR. A layer and an abscissa are drawn from separate bits of
// one word (Doornik 2005 shows that sharing them is not exact).
const (
	zigLayers = 256
	zigR      = 3.654152885361009 // the r for which the recursion ends at x = 0
)

var zigX, zigY = zigTables()

// zigTables returns the right edges x[0..n] (x[0] = v/f(r), the width strip 0 would have; x[1] = r; x[n] = 0) and
// y[i] = f(x[i]).
func zigTables() (x, y [zigLayers + 1]float64) {
	f := func(x float64) float64 { return math.Exp(-x * x / 2) }
	v := zigR*f(zigR) + math.Sqrt(math.Pi/2)*math.Erfc(zigR/math.Sqrt2)
	x[0], x[1] = v/f(zigR), zigR
	for i := 1; i < zigLayers-1; i++ {
		x[i+1] = math.Sqrt(-2 * math.Log(v/x[i]+f(x[i])))
	}
	for i := range x {
		y[i] = f(x[i])
	}
	return x, y
}

// Norm returns a standard normal number, density exp(-x^2/2)/sqrt(2 pi); 1.02 words of the stream on average.
func (s *Stream) Norm() float64 {
	for {
		w := s.src.Uint64()
		layer, sign := w&(zigLayers-1), w&zigLayers
		x := float64(w>>11) * 0x1p-53 * zigX[layer]
		if x >= zigX[layer+1] {
			var ok bool
			if x, ok = s.edge(layer, x); !ok {
				continue
			}
		}
		if sign != 0 {
			return -x
		}
		return x
	}
}

// edge decides whether to take an x outside the part of its strip that lies wholly under the curve.
func (s *Stream) edge(layer uint64, x float64) (float64, bool) {
	if layer > 0 {
		y := zigY[layer] + float64(s.Float64()*(zigY[layer+1]-zigY[layer]))
		return x, y < math.Exp(-x*x/2)
	}
	for { // the tail beyond r (Marsaglia 1964)
		a := -math.Log(1-s.Float64()) / zigR
		b := -math.Log(1 - s.Float64())
		if 2*b > a*a {
			return zigR + a, true
		}
	}
}
