package mri

import (
	"math"
	"math/cmplx"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

// DFT measures K frequencies of every channel of a real image: y = [Re F_k x; Im F_k x] of shape [2,C,K], where F_k x
// = g sum_x x exp(-2 pi i k x) and g is 1/sqrt(H W), or 1 when unnormalised. Numpy's fft2(x, norm="ortho").ravel()[keep]
// gives the same complex numbers, and fft2(x).ravel()[keep] the unnormalised ones; inverse.SplitComplex makes y of
// them.
//
// A real image has F_{-k} = conj F_k. Frequencies k and -k therefore measure the same two numbers, and the imaginary
// part of a frequency with k = -k measures nothing. With N = g sqrt(H W), the singular values are N/sqrt2 for the two
// coordinates of a frequency of which only k or -k is kept, N for both coordinates where both are kept, and N for the
// one coordinate of a frequency with k = -k.
type DFT struct {
	inverse.Base
	channels int
	keep     []int
	planes   *fft.Planes
	norm     float64 // g
	image    []int   // columns of V: places in the packed spectrum, those measured first
	column   []pair  // columns of U
	singular []float64
}

// pair is a column of U with at most two nonzero entries: vp at entry p of a measurement and vq at entry q.
type pair struct {
	p, q   int
	vp, vq float64
}

func newDFT(in autodiff.Shape, cfg DFTConfig, keep []int) *DFT {
	o := &DFT{Base: inverse.BaseOf(cfg, in, autodiff.S(2, in.Dim(0), len(keep))), channels: in.Dim(0),
		keep: keep, planes: fft.NewPlanes(in.Dim(1), in.Dim(2)), norm: 1}
	if !cfg.Unnormalised {
		o.norm = 1 / math.Sqrt(float64(o.planes.H*o.planes.W))
	}
	place := make(map[int]int, len(keep))
	for i, k := range keep {
		place[k] = i
	}
	var null []int
	var rest []pair
	for c := range o.channels {
		o.channel(c, place, &null, &rest)
	}
	o.image = append(o.image, null...)
	o.column = append(o.column, rest...)
	return o
}

// channel appends the singular triples of channel c to the operator, and its unmeasured coordinates to null and rest.
func (o *DFT) channel(c int, place map[int]int, null *[]int, rest *[]pair) {
	h, w, count := o.planes.H, o.planes.W, len(o.keep)
	base, full, half := c*h*w, o.norm*math.Sqrt(float64(h*w)), math.Sqrt(.5)
	imaginary := o.channels * count
	measured := func(at int, s float64, u pair) {
		o.image = append(o.image, base+at)
		o.singular = append(o.singular, s)
		o.column = append(o.column, u)
	}
	for k := range h * w {
		m := fft.Negated(k, h, w)
		if k > m {
			continue
		}
		i, haveK := place[k]
		j, haveM := place[m]
		i, j = i+c*count, j+c*count
		switch {
		case !haveK && !haveM:
			*null = append(*null, base+k)
			if m != k {
				*null = append(*null, base+m)
			}
		case k == m:
			measured(k, full, pair{p: i, vp: 1})
			*rest = append(*rest, pair{p: imaginary + i, vp: 1})
		case haveK && haveM:
			measured(k, full, pair{i, j, half, half})
			measured(m, full, pair{imaginary + i, imaginary + j, half, -half})
			*rest = append(*rest, pair{i, j, half, -half}, pair{imaginary + i, imaginary + j, half, half})
		case haveK:
			measured(k, full*half, pair{p: i, vp: 1})
			measured(m, full*half, pair{p: imaginary + i, vp: 1})
		default:
			measured(k, full*half, pair{p: j, vp: 1})
			measured(m, full*half, pair{p: imaginary + j, vp: -1})
		}
	}
}

// ComplexShape returns [C,K], the shape of the measured frequencies.
func (o *DFT) ComplexShape() (autodiff.Shape, bool) {
	return autodiff.S(o.channels, len(o.keep)), true
}

// Kept returns the measured frequencies k = i*W + j in increasing order. The caller must not write to it.
func (o *DFT) Kept() []int { return o.keep }

// Apply writes the measured frequencies of x into dst.
func (o *DFT) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	f := o.planes.Get()
	defer o.planes.Put(f)
	n, count := len(f.Z), len(o.keep)
	for c := range o.channels {
		f.Load(x[c*n:][:n])
		f.Forward()
		for i, k := range o.keep {
			dst[c*count+i] = o.norm * real(f.Z[k])
			dst[len(dst)/2+c*count+i] = o.norm * imag(f.Z[k])
		}
	}
}

// Adjoint transforms y back, with zero at the frequencies that are not measured, and writes the real part into dst.
func (o *DFT) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	o.backward(dst, y, o.norm, func(z []complex128, k int, v complex128) { z[k] = v })
}

// PseudoInverse writes into dst the real image whose measured frequencies are nearest to y and whose other
// frequencies are zero. Where both k and -k are measured it takes the mean of the two values.
func (o *DFT) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	h, w := o.planes.H, o.planes.W
	seen := make([]bool, h*w)
	for _, k := range o.keep {
		seen[k] = true
	}
	o.backward(dst, y, 1/(o.norm*float64(h*w)), func(z []complex128, k int, v complex128) {
		switch m := fft.Negated(k, h, w); {
		case m == k:
			z[k] = complex(real(v), 0)
		case seen[m]:
			z[k] += v / 2
			z[m] += cmplx.Conj(v) / 2
		default:
			z[k], z[m] = v, cmplx.Conj(v)
		}
	})
}

// backward calls put for each measured frequency to fill a spectrum, transforms it back, and writes g times the real
// part into dst.
func (o *DFT) backward(dst, y []float64, g float64, put func(z []complex128, k int, v complex128)) {
	f := o.planes.Get()
	defer o.planes.Put(f)
	n, count := len(f.Z), len(o.keep)
	for c := range o.channels {
		clear(f.Z)
		for i, k := range o.keep {
			put(f.Z, k, complex(y[c*count+i], y[len(y)/2+c*count+i]))
		}
		f.Backward()
		f.Store(dst[c*n:][:n], g)
	}
}
