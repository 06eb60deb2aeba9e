package layers

import (
	"fmt"

	"tweedie/autodiff"
)

// FIRConfig is the configuration of a FIR.
type FIRConfig struct {
	Taps  []float64 `json:"taps"` // along one axis, such as 1,3,3,1; normalised to sum 1
	Dims  int       `json:"dims"`
	Mode  string    `json:"mode"`             // "up", "down" or "filter"
	PadLo int       `json:"pad_lo,omitempty"` // for "filter"
	PadHi int       `json:"pad_hi,omitempty"` // for "filter"
}

// FIR filters every channel with the outer product K of its taps, with zeros outside (Karras et al. 2019):
//
//	down    y = every second element of K * x          [B,C,n,...] -> [B,C,ceil(n/2),...]
//	up      y = 2^dims K * (x with zeros in between)   [B,C,n,...] -> [B,C,2n,...]
//	filter  y = K * x with the given padding
//
// Down and up pad as upfirdn does for n taps: by ((n-1)/2, (n-2)/2) down and ((n-1)/2 + 1, (n-2)/2) up, in integer
// division. It has no parameters.
type FIR struct {
	name   string
	cfg    FIRConfig
	spec   autodiff.ConvSpec
	kernel *autodiff.Param
}

// NewFIR makes a FIR; path p names it in errors. The error says what in c is wrong.
func NewFIR(p Path, c FIRConfig) (*FIR, error) {
	n := len(c.Taps)
	if c.Dims < 1 || c.Dims > 3 {
		return nil, p.Errorf("FIR", "%d axes: want 1, 2 or 3", c.Dims)
	}
	sum := 0.0
	for _, t := range c.Taps {
		sum += t
	}
	if n > mostKernel || !finite(sum) || c.PadLo > mostPad || c.PadHi > mostPad {
		return nil, p.Errorf("FIR", "%d taps with sum %g, padding %d and %d: want finite numbers, at most %d taps and padding of at most %d", n, sum, c.PadLo, c.PadHi, mostKernel, mostPad)
	}
	if sum == 0 {
		return nil, p.Errorf("FIR", "taps %v: want at least one, with a sum that is not zero", c.Taps)
	}
	f := &FIR{name: p.Local(), cfg: c}
	gain, lo, hi, stride := 1.0, c.PadLo, c.PadHi, 1
	switch c.Mode {
	case "down":
		lo, hi, stride = (n-1)/2, (n-2)/2, 2
	case "up":
		// upfirdn pads ((n-1)/2 + 1, (n-2)/2); the transposed convolution crops what the kernel reaches beyond.
		lo, stride, gain = n-2-(n-1)/2, 2, 2
		hi = n - 2 - lo
	case "filter":
	default:
		return nil, p.Errorf("FIR", "unknown mode %q; want up, down or filter", c.Mode)
	}
	if c.Mode != "filter" && n < 2 {
		return nil, p.Errorf("FIR", "taps %v: want at least two to resample", c.Taps)
	}
	if lo < 0 || hi < 0 {
		return nil, p.Errorf("FIR", "padding %d and %d: want none negative", lo, hi)
	}
	for i := range c.Dims {
		f.spec.Stride[i], f.spec.PadLo[i], f.spec.PadHi[i] = stride, lo, hi
	}
	if err := p.Fits("FIR", EachAxis(c.Dims, n)...); err != nil {
		return nil, err
	}
	shape := autodiff.S(append([]int{1, 1}, EachAxis(c.Dims, n)...)...)
	f.kernel = p.Buffer("kernel", shape, 1)
	for j, d := 0, f.kernel.Data(); j < len(d); j++ {
		w := 1.0
		for k, i := j, 0; i < c.Dims; k, i = k/n, i+1 {
			tap := k % n
			if c.Mode != "up" { // Conv correlates, so turn the kernel round
				tap = n - 1 - tap
			}
			w *= gain * c.Taps[tap] / sum
		}
		d[j] = float32(w)
	}
	return f, nil
}

// Params returns nothing: the kernel is fixed.
func (f *FIR) Params() []*autodiff.Param { return nil }

// Forward filters x [B,C,...]. It panics with a *autodiff.ShapeError unless x has Dims spatial axes.
func (f *FIR) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(f.name)
	sh := x.Shape()
	if sh.Rank() != f.cfg.Dims+2 {
		panic(&autodiff.ShapeError{Op: "FIR", Module: c.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("want [B,C,...] with %d spatial axes", f.cfg.Dims)})
	}
	one := sh.With(0, sh.Dim(0)*sh.Dim(1)).With(1, 1)
	x = c.Reshape(x, one)
	var y autodiff.Var
	if f.cfg.Mode == "up" {
		for i := range f.cfg.Dims {
			one = one.With(2+i, 2*one.Dim(2+i))
		}
		y = c.ConvInputGrad(x, c.Param(f.kernel), f.spec, one)
	} else {
		y = c.Conv(x, c.Param(f.kernel), f.spec)
	}
	y = c.Reshape(y, y.Shape().With(0, sh.Dim(0)).With(1, sh.Dim(1)))
	c.Close(y)
	return y
}
