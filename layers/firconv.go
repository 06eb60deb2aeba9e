package layers

import (
	"tweedie/autodiff"
)

// FIRConvConfig is the configuration of a FIRConv.
type FIRConvConfig struct {
	In   int       `json:"in"`
	Out  int       `json:"out"`
	Taps []float64 `json:"taps"` // of the filter along one axis, such as 1,3,3,1
	Dims int       `json:"dims"`
	Mode string    `json:"mode"` // "up" or "down"
	Init Init      `json:"init,omitzero"`
}

// FIRConv joins a convolution of extent 3 and a FIR filter that changes the resolution by 2 (Karras et al. 2020,
// appendix B; conv_downsample_2d and upsample_conv_2d of score_sde):
//
//	down    y = b + every second element of w * (K * x)            [B,In,n,...] -> [B,Out,n/2,...]
//	up      y = b + 2^dims K * (w * (x with zeros in between))     [B,In,n,...] -> [B,Out,2n,...]
//
// Parameters: weight [Out,In,3,...], bias [Out].
type FIRConv struct {
	name         string
	cfg          FIRConvConfig
	fir          *FIR
	spec         autodiff.ConvSpec
	turn         []int // swaps the first two axes of weight
	weight, bias *autodiff.Param
	params       []*autodiff.Param
}

// NewFIRConv makes a FIRConv with parameters named and seeded by path p; the bias starts at zero. The error says what
// in c is wrong.
func NewFIRConv(p Path, c FIRConvConfig) (*FIRConv, error) {
	if c.In < 1 || c.Out < 1 {
		return nil, p.Errorf("FIR conv", "in %d and out %d: want both positive", c.In, c.Out)
	}
	if err := p.axes("FIR conv", c.Dims, 1); err != nil {
		return nil, err
	}
	if err := p.Fits("FIR conv", c.Out, c.In, 9); err != nil {
		return nil, err
	}
	if err := c.Init.validate(p, "FIR conv"); err != nil {
		return nil, err
	}
	n := len(c.Taps)
	f := FIRConfig{Taps: c.Taps, Dims: c.Dims, Mode: "filter"}
	switch {
	case c.Mode == "down" && n >= 2:
		f.PadLo, f.PadHi = (n+1)/2, n/2
	case c.Mode == "up" && n >= 4:
		f.PadLo, f.PadHi = (n-3)/2+1, (n-4)/2+1
	case c.Mode == "up" || c.Mode == "down":
		return nil, p.Errorf("FIR conv", "taps %v: want at least two, and four to go up", c.Taps)
	default:
		return nil, p.Errorf("FIR conv", "unknown mode %q; want up or down", c.Mode)
	}
	l := &FIRConv{name: p.Local(), cfg: c, turn: []int{1, 0}}
	var err error
	if l.fir, err = NewFIR(p.At("fir"), f); err != nil {
		return nil, err
	}
	for i := range c.Dims {
		l.spec.Stride[i] = 2
		l.turn = append(l.turn, 2+i)
	}
	l.weight = p.Param("weight", autodiff.S(append([]int{c.Out, c.In}, EachAxis(c.Dims, 3)...)...), c.Init)
	l.bias = p.Param("bias", autodiff.S(c.Out), Zero())
	l.params = []*autodiff.Param{l.weight, l.bias}
	return l, nil
}

// Params returns weight and bias.
func (l *FIRConv) Params() []*autodiff.Param { return l.params }

// Forward maps x [B,In,...] to the other resolution. It panics with a *autodiff.ShapeError when x does not fit.
func (l *FIRConv) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(l.name)
	w := c.Param(l.weight)
	var y autodiff.Var
	if l.cfg.Mode == "down" {
		y = c.Conv(l.fir.Forward(c, x), w, l.spec)
	} else {
		for i := range l.cfg.Dims { // the adjoint of a convolution turns the kernel round
			w = c.Flip(w, 2+i)
		}
		out := x.Shape().With(1, l.cfg.Out)
		for i := range l.cfg.Dims {
			out = out.With(2+i, 2*out.Dim(2+i)+1)
		}
		y = c.ConvInputGrad(x, c.Permute(w, l.turn...), l.spec, out)
		y = c.Scale(l.fir.Forward(c, y), float64(int(1)<<l.cfg.Dims))
	}
	y = c.AddChannel(y, c.Param(l.bias))
	c.Close(y)
	return y
}
