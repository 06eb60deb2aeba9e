package denoisers

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// conv is a convolution of stride 1 that keeps every extent, of an image that goes on beyond its edges as mode says.
type conv struct {
	weight, bias *autodiff.Param
	spec         autodiff.ConvSpec
	mode         autodiff.PadMode
	pad          [2]int
}

// newConv makes a convolution with a kernel of k x k for odd k, whose weight has the given full name within p; bias is
// the name of the additive constants, "" for none.
func newConv(p layers.Path, weight, bias string, in, out, k int, mode autodiff.PadMode) *conv {
	return newDilated(p, weight, bias, in, out, k, 1, mode)
}

// newDilated is newConv with a kernel whose elements are dilation pixels apart.
func newDilated(p layers.Path, weight, bias string, in, out, k, dilation int, mode autodiff.PadMode) *conv {
	l := &conv{mode: mode, pad: [2]int{k / 2 * dilation, k / 2 * dilation}, spec: autodiff.ConvSpec{Dilation: three(dilation)}}
	if mode == autodiff.PadZero {
		l.spec.PadLo, l.spec.PadHi = three(l.pad[0]), three(l.pad[0])
	}
	l.weight = p.Param(weight, autodiff.S(out, in, k, k), layers.FanIn(2))
	if bias != "" {
		l.bias = p.Param(bias, autodiff.S(out), layers.Zero())
	}
	return l
}

// params is the weight and, where there is one, the bias.
func (l *conv) params() []*autodiff.Param {
	if l.bias == nil {
		return []*autodiff.Param{l.weight}
	}
	return []*autodiff.Param{l.weight, l.bias}
}

// forward is the convolution of x [B,in,H,W], in scope s, which it leaves open.
func (l *conv) forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	if l.mode != autodiff.PadZero {
		x = s.Pad(x, l.pad[:], l.pad[:], l.mode)
	}
	y := s.Conv(x, s.Param(l.weight), l.spec)
	if l.bias != nil {
		y = s.AddChannel(y, s.Param(l.bias))
	}
	return y
}

// most bounds every width, number of channels and number of layers that a config may ask for.
const most = 1 << 14
