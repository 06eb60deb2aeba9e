package inverse

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
)

// Extended returns the likelihood with a loss that is finite everywhere, for samplers that pass where a Supported noise allows nothing
// and weigh their draws by the loss itself. Where entries of the clean measurement c lie beyond places e next to their bounds,
//
//	Loss(c) = Loss(e) + sum_i g_i (c_i - e_i) + w_i (c_i - e_i)^2/2,   g = Loss'(e)
//
// of entries within, e_i is c_i. The place is where g_i^2 comes down to four times the expected information, or
// the bound where it is less. w_i is the information there, or where it tells a place from the bound by a quarter of a deviation, if that is
// further in. The likelihood of a noise without bounds is returned as it is. The error says that a datum has no such place.
func Extended(lik *Likelihood) (*Likelihood, error) {
	lo, hi := supportOf(lik.Noise)
	if math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		return lik, nil
	}
	lower, err := sideOf(lik, lo, 1)
	if err != nil {
		return nil, err
	}
	upper, err := sideOf(lik, hi, -1)
	if err != nil {
		return nil, err
	}
	return &Likelihood{Op: lik.Op, Noise: &extended{lik.Noise, lower, upper}, Y: lik.Y, logDet: lik.logDet}, nil
}

// extended is a noise whose loss goes on beyond the sides.
type extended struct {
	Noise
	lower, upper side
}

// side holds the places at which a loss goes on beyond one bound, the curvatures that it has there, and the places nearer than which the
// information is not taken to grow, for each entry.
type side struct{ e, w, near []float64 }

// Numbers of the search for places. Distances from a bound are sought between 16^-farPower and 16^farPower, in any units.
const (
	mostScore     = 4 // of the squared gradient over the information
	farPower      = 50
	halvings      = 30
	leastDistance = 1e-12 // over the size of the bound
	nearBound     = .25
)

// sideOf returns the places at a bound from which the support lies in the direction to.
func sideOf(lik *Likelihood, bound, to float64) (side, error) {
	m := len(lik.Y)
	if math.IsInf(bound, 0) {
		s := side{make([]float64, m), make([]float64, m), make([]float64, m)}
		for i := range m {
			s.e[i], s.near[i] = bound, bound
		}
		return s, nil
	}
	grad, info := make([]float64, m), make([]float64, m)
	at := func(distance []float64) []float64 {
		place := make([]float64, m)
		for i, d := range distance {
			place[i] = bound + to*max(d, leastDistance*math.Abs(bound))
		}
		lik.Noise.Residual(grad, lik.Y, place)
		expected(lik.Noise, info, place)
		return place
	}
	// first returns the least distance of each entry at which ok is true, 0 where it is never.
	first := func(ok func(i int, d float64) bool) []float64 {
		low, high, mid := make([]float64, m), make([]float64, m), make([]float64, m)
		for k := -farPower; k <= farPower; k++ {
			for i := range mid {
				mid[i] = math.Pow(16, float64(k))
			}
			at(mid)
			for i, d := range mid {
				if high[i] == 0 && ok(i, d) {
					low[i], high[i] = d/16, d
				}
			}
		}
		for range halvings {
			for i := range mid {
				mid[i] = math.Sqrt(low[i]) * math.Sqrt(high[i])
			}
			at(mid)
			for i, d := range mid {
				if ok(i, d) {
					high[i] = d
				} else {
					low[i] = d
				}
			}
		}
		return high
	}
	distance := first(func(i int, _ float64) bool { return to*grad[i] >= 0 || grad[i]*grad[i] <= mostScore*info[i] })
	for _, d := range distance {
		if d == 0 {
			return side{}, errors.New("likelihood: a datum has no clean measurement within the bounds of the noise that explains it")
		}
	}
	s := side{e: at(distance)}
	far := first(func(i int, d float64) bool { return d*d*info[i] >= 1 })
	floats.Scale(nearBound, far)
	for i, d := range distance {
		far[i] = max(d, far[i])
	}
	s.near = at(far)
	s.w = append([]float64(nil), info...)
	return s, nil
}

// beyond returns the distance of c from the part of the law that is kept, negative below it, and the curvature there.
func (n *extended) beyond(i int, c float64) (by, w float64) {
	switch {
	case c < n.lower.e[i]:
		return c - n.lower.e[i], n.lower.w[i]
	case c > n.upper.e[i]:
		return c - n.upper.e[i], n.upper.w[i]
	}
	return 0, 0
}

// kept returns the clean measurement with entries beyond a place at it.
func (n *extended) kept(clean []float64, lower, upper []float64) []float64 {
	out := make([]float64, len(clean))
	for i, c := range clean {
		out[i] = min(max(c, lower[i]), upper[i])
	}
	return out
}

// Loss returns that of the noise, continued.
func (n *extended) Loss(y, clean []float64) float64 {
	kept := n.kept(clean, n.lower.e, n.upper.e)
	loss := n.Noise.Loss(y, kept)
	n.Noise.Residual(kept, y, kept)
	for i, c := range clean {
		if by, w := n.beyond(i, c); by != 0 {
			loss += by * (kept[i] + w*by/2)
		}
	}
	return loss
}

// Residual sets dst to the gradient of Loss.
func (n *extended) Residual(dst, y, clean []float64) {
	kept := n.kept(clean, n.lower.e, n.upper.e)
	n.Noise.Residual(kept, y, kept)
	for i, c := range clean {
		by, w := n.beyond(i, c)
		dst[i] = kept[i] + w*by
	}
}

// Information sets dst to that of the noise, where it is near a bound to that of the place that is not.
func (n *extended) Information(dst, clean []float64) {
	expected(n.Noise, dst, n.kept(clean, n.lower.near, n.upper.near))
}
