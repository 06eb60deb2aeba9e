package layers

import "tweedie/autodiff"

// AvgPool averages blocks of factor elements along every spatial axis: x [B,C,n,...] -> y [B,C,n/factor,...]. It has
// no parameters.
type AvgPool struct {
	name   string
	factor []int
}

// NewAvgPool makes an AvgPool over dims spatial axes; path p names it in errors. The error says what is wrong with dims
// or factor.
func NewAvgPool(p Path, dims, factor int) (*AvgPool, error) {
	if dims < 1 || dims > 3 || factor < 1 {
		return nil, p.Errorf("average pool", "%d axes and factor %d: want 1, 2 or 3 axes and a positive factor", dims, factor)
	}
	return &AvgPool{p.Local(), EachAxis(dims, factor)}, nil
}

// Params returns nothing: an AvgPool has no parameters.
func (l *AvgPool) Params() []*autodiff.Param { return nil }

// Forward averages the blocks of x. It panics with a *autodiff.ShapeError when factor does not divide an extent.
func (l *AvgPool) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	y := c.AvgPool(x, l.factor...)
	c.Close(y)
	return y
}

// UpConvConfig is the configuration of an UpConv.
type UpConvConfig struct {
	In   int `json:"in"`
	Out  int `json:"out"`
	Dims int `json:"dims"`
}

// UpConv doubles every extent by repeating elements and convolves with a kernel of 3 and same padding:
// x [B,In,n,...] -> y [B,Out,2n,...]. Parts: conv.
type UpConv struct {
	name       string
	factor     []int
	conv, tail *Conv // tail is conv for images that are doubled already
}

// NewUpConv makes an UpConv with a convolution named and seeded by path p. The error says what in c is wrong.
func NewUpConv(p Path, c UpConvConfig) (*UpConv, error) {
	if err := p.axes("up conv", c.Dims, 1); err != nil {
		return nil, err
	}
	factor := EachAxis(c.Dims, 2)
	conv, err := NewConv(p.At("conv"), ConvConfig{In: c.In, Out: c.Out, Kernel: EachAxis(c.Dims, 3), Upsample: factor})
	if err != nil {
		return nil, err
	}
	tail := *conv
	tail.spec.Upsample = [3]int{}
	return &UpConv{p.Local(), factor, conv, &tail}, nil
}

// Params returns the parameters of conv.
func (l *UpConv) Params() []*autodiff.Param { return l.conv.Params() }

// Forward doubles every extent of x.
func (l *UpConv) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	y := l.conv.Forward(c, x)
	c.Close(y)
	return y
}

// ForwardLike does the same as Forward and cuts the result to the spatial extents of like [B,_,n,...], for extents
// that halving rounded up. It panics with a *autodiff.ShapeError when like is larger than twice x.
func (l *UpConv) ForwardLike(s *autodiff.Scope, x, like autodiff.Var) autodiff.Var {
	cut := false
	for i := 2; i < like.Rank(); i++ {
		cut = cut || like.Dim(i) != 2*x.Dim(i)
	}
	if !cut {
		return l.Forward(s, x)
	}
	c := s.Enter(l.name)
	y := c.UpNearest(x, l.factor...)
	for i := 2; i < like.Rank(); i++ {
		if n := like.Dim(i); n != y.Dim(i) {
			y = c.Slice(y, i, 0, n)
		}
	}
	y = l.tail.Forward(c, y)
	c.Close(y)
	return y
}

// DownConvConfig is the configuration of a strided convolution that halves every extent.
type DownConvConfig struct {
	In    int  `json:"in"`
	Out   int  `json:"out"`
	Dims  int  `json:"dims"`
	After bool `json:"after,omitempty"` // pads one zero after (score_sde, diffusers) instead of one on both sides (ADM)
}

// NewDownConv makes a Conv with parameters named and seeded by path p, with kernel 3 and stride 2: extents n become
// n/2, rounded up when padded on both sides and down when padded after. The error says what in c is wrong.
func NewDownConv(p Path, c DownConvConfig) (*Conv, error) {
	if err := p.axes("down conv", c.Dims, 1); err != nil {
		return nil, err
	}
	lo := 1
	if c.After {
		lo = 0
	}
	return NewConv(p, ConvConfig{In: c.In, Out: c.Out, Kernel: EachAxis(c.Dims, 3), Stride: EachAxis(c.Dims, 2),
		PadLo: EachAxis(c.Dims, lo), PadHi: EachAxis(c.Dims, 1)})
}
