package inverse

import (
	"fmt"
	"math"
)

// domain is where a noise of bounded support allows z: lo <= (A z)_i <= hi. Where each datum sees one pixel, it is a box for
// each pixel, at whose sides proposals are reflected.
type domain struct {
	lik    *Likelihood
	lo, hi float64
	box    []interval // nil where a datum may see several pixels
}

// interval bounds a pixel.
type interval struct{ lo, hi float64 }

// newDomain returns nil where the noise has no bounds.
func newDomain(lik *Likelihood) *domain {
	lo, hi := supportOf(lik.Noise)
	if math.IsInf(lo, -1) && math.IsInf(hi, 1) {
		return nil
	}
	d := &domain{lik: lik, lo: lo, hi: hi}
	if op, ok := lik.Op.(DiagonalGram); ok {
		d.box = boxOf(op, lo, hi)
	}
	return d
}

// boxOf returns the intervals of the pixels of an operator whose rows have one entry each: a row's entry is its sum, and
// the quotient of its product with 1, 2, 3, ... and its sum is the number of the pixel.
func boxOf(op DiagonalGram, lo, hi float64) []interval {
	n := op.InShape().Size()
	v, gain, place := make([]float64, n), make([]float64, op.OutShape().Size()), make([]float64, op.OutShape().Size())
	box := make([]interval, n)
	for i := range v {
		v[i], box[i] = 1, interval{math.Inf(-1), math.Inf(1)}
	}
	op.Apply(gain, v)
	for i := range v {
		v[i] = float64(i + 1)
	}
	op.Apply(place, v)
	for i, g := range gain {
		if g == 0 {
			continue
		}
		b := &box[int(math.Round(place[i]/g))-1]
		below, above := lo/g, hi/g
		if g < 0 {
			below, above = above, below
		}
		b.lo, b.hi = max(b.lo, below), min(b.hi, above)
	}
	return box
}

// folded reflects z at the sides until it is within them.
func (b interval) folded(z float64) float64 {
	if !math.IsInf(b.lo, -1) && !math.IsInf(b.hi, 1) {
		w := b.hi - b.lo
		t := math.Mod(z-b.lo, 2*w)
		if t < 0 {
			t += 2 * w
		}
		return b.lo + min(t, 2*w-t)
	}
	if z < b.lo {
		return 2*b.lo - z
	}
	if z > b.hi {
		return 2*b.hi - z
	}
	return z
}

// images are reflections at both sides that matter, of a deviation up to the width.
const images = 6

// logDensity returns the log-density at z of N(m, s^2) reflected at the sides, but for a constant that depends on s.
func (b interval) logDensity(z, m, s float64) float64 {
	m = b.folded(m)
	at := func(x float64) float64 { return math.Exp(-(x - m) * (x - m) / (2 * s * s)) }
	lower, upper := !math.IsInf(b.lo, -1), !math.IsInf(b.hi, 1)
	switch {
	case lower && upper:
		sum, w := 0.0, b.hi-b.lo
		for k := -images; k <= images; k++ {
			shift := 2 * w * float64(k)
			sum += at(z+shift) + at(2*b.lo-z+shift)
		}
		return math.Log(sum)
	case lower:
		return -(z-m)*(z-m)/(2*s*s) + math.Log1p(math.Exp(-2*(z-b.lo)*(m-b.lo)/(s*s)))
	case upper:
		return -(z-m)*(z-m)/(2*s*s) + math.Log1p(math.Exp(-2*(b.hi-z)*(b.hi-m)/(s*s)))
	}
	return -(z - m) * (z - m) / (2 * s * s)
}

// narrowed bounds the variances of a metric by the squares of the widths of the box, so that few images matter.
func (d *domain) narrowed(m metric) metric {
	c, ok := m.(diagonalMetric)
	if d.box == nil || !ok {
		return m
	}
	for i, b := range d.box {
		w := b.hi - b.lo
		c[i] = min(c[i], w*w)
	}
	return c
}

// inward is how far within its bounds a start is put, in shares of the way.
const inward = 1e-3

// enter puts z within the domain where it is not. A box folds it; otherwise it goes towards an even image that is within.
func (d *domain) enter(z []float64, eta float64) error {
	if d.box != nil {
		for i, b := range d.box {
			if !(b.lo < b.hi) {
				return fmt.Errorf("proximal: mala: the support of the noise, %g to %g, leaves no value of pixel %d", d.lo, d.hi, i)
			}
			if v := z[i]; v <= b.lo || v >= b.hi {
				room := inward * min(eta, b.hi-b.lo)
				z[i] = min(max(b.folded(v), b.lo+room), b.hi-room)
			}
		}
		return nil
	}
	clean := make([]float64, d.lik.Op.OutShape().Size())
	inside := func(x []float64) bool {
		d.lik.Op.Apply(clean, x)
		for _, c := range clean {
			if !(c > d.lo && c < d.hi) {
				return false
			}
		}
		return true
	}
	if inside(z) {
		return nil
	}
	even, trial := make([]float64, len(z)), make([]float64, len(z))
	if !d.even(even, inside) {
		return fmt.Errorf("proximal: mala: the start lies outside the support of the noise, %g to %g, and no even image is within it", d.lo, d.hi)
	}
	for t := 1. / 64; t < 1; t = min(1, 2*t) {
		for i, v := range z {
			trial[i] = v + t*(even[i]-v)
		}
		if inside(trial) {
			copy(z, trial)
			return nil
		}
	}
	copy(z, even)
	return nil
}

// even sets dst to the even image of least loss among those within the domain, and reports whether there is one.
func (d *domain) even(dst []float64, inside func(x []float64) bool) bool {
	best, size := math.Inf(1), 0.0
	for k := range 80 {
		v := math.Pow(2, float64(k/2)-20)
		if k%2 == 1 {
			v = -v
		}
		for i := range dst {
			dst[i] = v
		}
		if !inside(dst) {
			continue
		}
		if l := d.lik.NegLog(dst); l < best {
			best, size = l, v
		}
	}
	for i := range dst {
		dst[i] = size
	}
	return size != 0
}
