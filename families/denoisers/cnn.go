package denoisers

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
)

// CNN computes the noise in an image by a stack of convolutions: h_0 = relu(w_0 * y + b_0), h_i = relu(w_i * h_(i-1) +
// b_i), F = w_n * h_(n-1) + b_n, so that D = y - F. With LinearFirst there is no relu in layer 0. Without additive
// constants it is blind and homogeneous of degree 1, F(a y) = a F(y) for a > 0 (Mohan et al. 2020, "Robust and
// interpretable blind image denoising via bias-free CNNs"). With Shuffle it works on blocks of pixels as channels (Zhang et
// al. 2018, FFDNet), where the last row and column are repeated until blocks fit. Extents are free. Parameters: w0, w1, ... [out,in,k,k] and,
// where the config says so, b0, b1, ... [out].
type CNN struct {
	name   string
	cfg    CNNConfig
	layers []*conv
	params []*autodiff.Param
}

// NewCNN makes a CNN with parameters named and seeded by path p. The error names the field of c that is wrong.
func NewCNN(p layers.Path, c CNNConfig) (*CNN, error) {
	if err := c.validate(p); err != nil {
		return nil, err
	}
	n := &CNN{name: p.Local(), cfg: c}
	in, last := c.in(), len(c.Kernels)-1
	for i, k := range c.Kernels {
		out, bias := c.Width, ""
		if i == last {
			out = c.out()
		}
		if c.biased(i) {
			bias = "b" + strconv.Itoa(i)
		}
		l := newDilated(p, "w"+strconv.Itoa(i), bias, in, out, k, c.dilation(i), c.mode())
		n.layers = append(n.layers, l)
		n.params = append(n.params, l.params()...)
		in = out
	}
	return n, nil
}

// Params returns w0, b0, w1, b1, ..., as far as they exist.
func (n *CNN) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *CNN) Config() CNNConfig { return n.cfg }

// Denoiser returns D = u - F with its score -F/sigma^2. An evaluation of it evaluates the network once.
func (n *CNN) Denoiser() diffusion.Preconditioned {
	return diffusion.Preconditioned{Net: n, Prec: diffusion.Residual{}}
}

// Forward returns the noise [B,Channels,H,W] in x [B,Given+Channels,H,W] at noise levels sigma, one for each sample,
// which only a network with a noise map or a noise level looks at.
// It panics with a *autodiff.ShapeError when x has other axes or channels, or sigma another length.
func (n *CNN) Forward(s *autodiff.Scope, x autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter(n.name)
	want := n.cfg.Given + n.cfg.Channels
	if x.Rank() != 4 || x.Dim(1) != want || x.Dim(0) != len(sigma) {
		panic(&autodiff.ShapeError{Op: "cnn", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want [B,%d,H,W] with a noise level for each sample, of which %d were given", want, len(sigma))})
	}
	h, w := x.Dim(2), x.Dim(3)
	if r := n.cfg.side(); r > 1 {
		x = unshuffle(c, multiple(c, x, r), r)
	}
	if n.cfg.NoiseMap || n.cfg.NoiseLevel {
		x = c.Concat(1, x, c.BroadcastTo(column(c, sigma), x.Shape().With(1, 1)))
	}
	y := n.upTo(c, len(n.layers)-1, x)
	if n.cfg.NoiseMap {
		y = c.Slice(y, 1, 0, n.cfg.Channels)
	}
	if r := n.cfg.side(); r > 1 {
		y = crop(c, shuffle(c, y, r), h, w)
	}
	c.Close(y)
	return y
}

// upTo is layers 0 to i of x. It calls itself for what lies before, so that its scope holds two layers at a time.
func (n *CNN) upTo(s *autodiff.Scope, i int, x autodiff.Var) autodiff.Var {
	if i < 0 {
		return x
	}
	c := s.Child()
	y := n.layers[i].forward(c, n.upTo(c, i-1, x))
	if i < len(n.layers)-1 && (i > 0 || !n.cfg.LinearFirst) {
		y = c.ReLU(y)
	}
	c.Close(y)
	return y
}

// column is v as a constant [B,1,1,1].
func column(s *autodiff.Scope, v []float64) autodiff.Var {
	return s.Const64(autodiff.S(len(v), 1, 1, 1), v)
}
