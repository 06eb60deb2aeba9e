package layers

import (
	"tweedie/autodiff"
)

// ConvConfig is the configuration of a Conv. Slices have one entry per spatial axis; Kernel says how many there are.
// Nil Stride, Dilation and Upsample are ones. Nil padding is "same": dilation*(k-1) zeros in all, the odd one after.
type ConvConfig struct {
	In       int   `json:"in"`
	Out      int   `json:"out"`
	Kernel   []int `json:"kernel"`
	Stride   []int `json:"stride,omitempty"`
	Dilation []int `json:"dilation,omitempty"`
	Upsample []int `json:"upsample,omitempty"` // each element is repeated this often before the convolution
	PadLo    []int `json:"pad_lo"`
	PadHi    []int `json:"pad_hi"`
	Groups   int   `json:"groups,omitempty"` // 0 is 1
	NoBias   bool  `json:"no_bias,omitempty"`
	Init     Init  `json:"init,omitzero"`
}

// Conv convolves in 1, 2 or 3 spatial axes with zero padding: x [B,In,...] -> y [B,Out,...], each extent (n upsample
// + lo + hi - dilation (k-1) - 1)/stride + 1 rounded down. Parameters: weight [Out,In/Groups,kernel...], bias [Out].
type Conv struct {
	name   string
	spec   autodiff.ConvSpec
	weight *autodiff.Param
	bias   *autodiff.Param
	params []*autodiff.Param
}

// NewConv makes a Conv with parameters named and seeded by path p; the bias starts at zero. The error says what in c is
// wrong.
func NewConv(p Path, c ConvConfig) (*Conv, error) {
	if c.Groups == 0 {
		c.Groups = 1
	}
	dims := len(c.Kernel)
	switch {
	case dims < 1 || dims > 3:
		return nil, p.Errorf("conv", "kernel %v: want 1, 2 or 3 entries, one per spatial axis", c.Kernel)
	case c.In < 1 || c.Out < 1:
		return nil, p.Errorf("conv", "in %d and out %d: want both positive", c.In, c.Out)
	case c.Groups < 1 || c.In%c.Groups != 0 || c.Out%c.Groups != 0:
		return nil, p.Errorf("conv", "%d groups do not divide %d channels into %d", c.Groups, c.In, c.Out)
	case (c.PadLo == nil) != (c.PadHi == nil):
		return nil, p.Errorf("conv", "pad_lo %v and pad_hi %v: give both, or neither for same padding", c.PadLo, c.PadHi)
	}
	if err := p.Fits("conv", append([]int{c.Out, c.In / c.Groups}, c.Kernel...)...); err != nil {
		return nil, err
	}
	if err := c.Init.validate(p, "conv"); err != nil {
		return nil, err
	}
	l := &Conv{name: p.Local()}
	l.spec.Groups = c.Groups
	for i, k := range c.Kernel {
		l.spec.Stride[i], l.spec.Dilation[i], l.spec.Upsample[i] = 1, 1, 1
		if k < 1 || k > mostKernel {
			return nil, p.Errorf("conv", "kernel %v: want extents in 1..%d", c.Kernel, mostKernel)
		}
	}
	for _, f := range []struct {
		name string
		from []int
		to   *[3]int
		low  int
	}{{"stride", c.Stride, &l.spec.Stride, 1}, {"dilation", c.Dilation, &l.spec.Dilation, 1}, {"upsample", c.Upsample, &l.spec.Upsample, 1},
		{"pad_lo", c.PadLo, &l.spec.PadLo, 0}, {"pad_hi", c.PadHi, &l.spec.PadHi, 0}} {
		if f.from == nil {
			continue
		}
		if len(f.from) != dims {
			return nil, p.Errorf("conv", "%s %v: want %d entries, as kernel %v", f.name, f.from, dims, c.Kernel)
		}
		for i, v := range f.from {
			if v < f.low || v > mostPad {
				return nil, p.Errorf("conv", "%s %v: want at least %d and at most %d", f.name, f.from, f.low, mostPad)
			}
			f.to[i] = v
		}
	}
	if c.PadLo == nil {
		for i, k := range c.Kernel {
			all := l.spec.Dilation[i] * (k - 1)
			l.spec.PadLo[i], l.spec.PadHi[i] = all/2, all-all/2
		}
	}
	shape := autodiff.S(append([]int{c.Out, c.In / c.Groups}, c.Kernel...)...)
	l.weight = p.Param("weight", shape, c.Init)
	l.params = []*autodiff.Param{l.weight}
	if !c.NoBias {
		l.bias = p.Param("bias", autodiff.S(c.Out), Zero())
		l.params = append(l.params, l.bias)
	}
	return l, nil
}

// Params returns weight and bias.
func (l *Conv) Params() []*autodiff.Param { return l.params }

// Forward convolves x [B,In,...]. It panics with a *autodiff.ShapeError when x does not fit.
func (l *Conv) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return l.plus(s, x, autodiff.Var{}, autodiff.Var{})
}

// plus returns Forward(x) + shift + r in one pass: shift, [B,Out] or [1,Out], is added along axes 0 and 1, and r has
// the result's shape; each may be the zero Var for none.
func (l *Conv) plus(s *autodiff.Scope, x, shift, r autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	if l.bias != nil {
		b := c.Param(l.bias)
		if shift.IsZero() {
			shift = b
		} else {
			shift = c.BroadcastTo(c.Add(shift, b), autodiff.S(x.Shape().Dim(0), b.Shape().Dim(0)))
		}
	}
	y := c.ConvPlus(x, c.Param(l.weight), shift, r, l.spec)
	c.Close(y)
	return y
}

// EachAxis returns v for each of dims spatial axes: Kernel: EachAxis(2, 3) is a 3x3 kernel.
func EachAxis(dims, v int) []int {
	s := make([]int, dims)
	for i := range s {
		s[i] = v
	}
	return s
}
