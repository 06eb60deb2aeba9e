package denoisers

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
)

// UNetConfig describes a UNet.
type UNetConfig struct {
	Channels int `json:"channels"`
	Width    int `json:"width"` // at full resolution; twice that at half
}

// DefaultUNet returns the configuration of the network of Mohan et al. (2020) for images with the given number of
// channels, 32 wide.
func DefaultUNet(channels int) UNetConfig { return UNetConfig{Channels: channels, Width: 32} }

// UNet computes the bias-free U-Net of Mohan et al. (2020, appendix A), which returns the denoised image:
//
//	s = relu conv2 relu conv1 y,   h = relu conv6 ... relu conv3 s,   F = conv9 relu conv8 [relu conv7 h, s]
//
// with kernels 5 3 3 3 3 3 4 3 5, conv3 of stride 2, conv5 and conv6 dilated 2 and 4, conv7 transposed of stride 2, and
// zeros beyond the edges; odd extents get a row of zeros below or a column at the right, taken off again. It is blind
// and homogeneous of degree 1. Parameters: conv1.weight ... conv9.weight; conv7.weight is [in,out,4,4].
type UNet struct {
	name   string
	cfg    UNetConfig
	weight [9]*autodiff.Param
	spec   [9]autodiff.ConvSpec
}

// NewUNet makes a UNet with parameters named and seeded by path p. The error names the field of c that is wrong.
func NewUNet(p layers.Path, c UNetConfig) (*UNet, error) {
	if c.Channels < 1 || c.Channels > most || c.Width < 1 || c.Width > most {
		return nil, p.Errorf("bias-free unet", "channels %d and width %d: want both in 1..%d", c.Channels, c.Width, most)
	}
	n := &UNet{name: p.Local(), cfg: c}
	w, d := c.Width, 2*c.Width
	for i, l := range [9]struct{ out, in, kernel, stride, dilation, pad int }{
		{w, c.Channels, 5, 1, 1, 2}, {w, w, 3, 1, 1, 1},
		{d, w, 3, 2, 1, 1}, {d, d, 3, 1, 1, 1}, {d, d, 3, 1, 2, 2}, {d, d, 3, 1, 4, 4}, {d, d, 4, 2, 1, 1},
		{w, d + w, 3, 1, 1, 1}, {c.Channels, w, 5, 1, 1, 2},
	} {
		n.weight[i] = p.At(fmt.Sprintf("conv%d", i+1)).Param("weight", autodiff.S(l.out, l.in, l.kernel, l.kernel), layers.FanIn(2))
		n.spec[i] = autodiff.ConvSpec{Stride: three(l.stride), Dilation: three(l.dilation), PadLo: three(l.pad), PadHi: three(l.pad)}
	}
	return n, nil
}

func three(v int) [3]int { return [3]int{v, v, v} }

// Params returns the nine weights.
func (n *UNet) Params() []*autodiff.Param { return n.weight[:] }

// Config returns the configuration that the network was made with.
func (n *UNet) Config() UNetConfig { return n.cfg }

// Denoiser returns D = F with its score (F - u)/sigma^2. An evaluation of it evaluates the network once.
func (n *UNet) Denoiser() diffusion.Preconditioned {
	return diffusion.Preconditioned{Net: n, Prec: diffusion.X0{Levels: diffusion.NoiseLevels{}}}
}

// Forward returns the denoised x [B,Channels,H,W] of any extents. It looks at nothing of sigma but its length.
// It panics with a *autodiff.ShapeError when x has other axes or channels, or sigma another length.
func (n *UNet) Forward(s *autodiff.Scope, x autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter(n.name)
	if x.Rank() != 4 || x.Dim(1) != n.cfg.Channels || x.Dim(0) != len(sigma) {
		panic(&autodiff.ShapeError{Op: "bias-free unet", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want [B,%d,H,W] with a noise level for each sample, of which %d were given", n.cfg.Channels, len(sigma))})
	}
	h, w := x.Dim(2), x.Dim(3)
	hi := [2]int{h % 2, w % 2}
	y := c.Pad(x, even[:], hi[:], autodiff.PadZero)
	y = n.conv(c, 8, n.joined(c, y))
	if hi != even {
		y = c.Slice(c.Slice(y, 2, 0, h), 3, 0, w)
	}
	c.Close(y)
	return y
}

var even [2]int

// joined is the output of conv8.
func (n *UNet) joined(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	skip := n.relu(c, 1, n.relu(c, 0, x))
	below := c.Child()
	h := skip
	for i := 2; i < 6; i++ {
		h = n.relu(below, i, h)
	}
	like := autodiff.S(h.Dim(0), n.weight[6].Shape().Dim(1), skip.Dim(2), skip.Dim(3))
	h = below.ReLU(below.ConvInputGrad(h, below.Param(n.weight[6]), n.spec[6], like))
	below.Close(h)
	y := n.relu(c, 7, c.Concat(1, h, skip))
	c.Close(y)
	return y
}

func (n *UNet) conv(s *autodiff.Scope, i int, x autodiff.Var) autodiff.Var {
	return s.Conv(x, s.Param(n.weight[i]), n.spec[i])
}

// relu is the i-th convolution of x and the nonlinearity after it.
func (n *UNet) relu(s *autodiff.Scope, i int, x autodiff.Var) autodiff.Var {
	c := s.Child()
	y := c.ReLU(n.conv(c, i, x))
	c.Close(y)
	return y
}
