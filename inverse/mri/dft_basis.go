package mri

import (
	"math"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/fft"
)

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
