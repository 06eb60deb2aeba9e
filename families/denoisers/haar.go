package denoisers

import (
	"fmt"
	"math"

	"tweedie/autodiff"
)

// haar is the signs with which the low-pass part and the horizontal, vertical and diagonal details enter the four
// pixels of a block: [4,1,2,2].
var haar = [16]float64{1, 1, 1, 1, 1, 1, -1, -1, 1, -1, 1, -1, 1, -1, -1, 1}

// HaarForward returns the Haar transform of x [B,C,2h,2w]: [B,4C,h,w], for every channel the low-pass part a and the
// details h, v and d of x00 = a+h+v+d, x01 = a+h-v-d, x10 = a-h+v-d, x11 = a-h-v+d. a is the mean of the four pixels,
// so the low-pass part of an image is an image in the same units. HaarInverse is its inverse, and its adjoint times 4.
// It panics with a *autodiff.ShapeError when x has other axes or an odd extent.
func HaarForward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	if x.Rank() != 4 || x.Dim(2)%2 != 0 || x.Dim(3)%2 != 0 {
		panic(&autodiff.ShapeError{Op: "haar forward", Module: s.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: "want [B,C,H,W] with even H and W"})
	}
	c := s.Enter("haar forward")
	n, h, w := x.Dim(0)*x.Dim(1), x.Dim(2), x.Dim(3)
	y := c.Conv(c.Reshape(x, autodiff.S(n, 1, h, w)), c.Scale(c.Const64(autodiff.S(4, 1, 2, 2), haar[:]), .25), stride2)
	y = c.Reshape(y, autodiff.S(x.Dim(0), 4*x.Dim(1), h/2, w/2))
	c.Close(y)
	return y
}

// HaarInverse undoes HaarForward: y [B,4C,h,w] -> [B,C,2h,2w].
// It panics with a *autodiff.ShapeError when y has other axes or channels not in fours.
func HaarInverse(s *autodiff.Scope, y autodiff.Var) autodiff.Var {
	if y.Rank() != 4 || y.Dim(1)%4 != 0 {
		panic(&autodiff.ShapeError{Op: "haar inverse", Module: s.Path(), Shapes: []autodiff.Shape{y.Shape()}, Msg: "want [B,4C,h,w]: low-pass part and three details of every channel"})
	}
	c := s.Enter("haar inverse")
	n, h, w := y.Dim(0)*y.Dim(1)/4, y.Dim(2), y.Dim(3)
	x := c.ConvInputGrad(c.Reshape(y, autodiff.S(n, 4, h, w)), c.Const64(autodiff.S(4, 1, 2, 2), haar[:]), stride2, autodiff.S(n, 1, 2*h, 2*w))
	x = c.Reshape(x, autodiff.S(y.Dim(0), y.Dim(1)/4, 2*h, 2*w))
	c.Close(x)
	return x
}

// HaarInverseLogDet returns log |det| of HaarInverse for one image of the given shape [C,H,W]: log 2 for every pixel.
// A density of coefficients gives a density of images by log p(x) = log p(HaarForward x) - HaarInverseLogDet.
func HaarInverseLogDet(image autodiff.Shape) float64 { return float64(image.Size()) * math.Ln2 }

// Conditioned computes a CNN with its given channels fixed to Low [Given,h,w], the same for every sample, so that what
// remains is a network of the details alone.
type Conditioned struct {
	Net *CNN
	Low []float64
}

// Forward returns the noise in the details x [B,Channels,h,w]. It panics with a *autodiff.ShapeError when Low is not
// [Given,h,w], and as Net does.
func (n Conditioned) Forward(s *autodiff.Scope, x autodiff.Var, sigma []float64) autodiff.Var {
	g := n.Net.cfg.Given
	if x.Rank() != 4 || g*x.Dim(2)*x.Dim(3) != len(n.Low) {
		panic(&autodiff.ShapeError{Op: "conditioned", Module: s.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("the network is conditioned on %d values; want %d channels of details' extents", len(n.Low), g)})
	}
	c := s.Enter("conditioned")
	shape := x.Shape().With(1, g)
	low := c.BroadcastTo(c.Const64(shape.With(0, 1), n.Low), shape)
	y := n.Net.Forward(c, c.Concat(1, low, x), sigma)
	c.Close(y)
	return y
}
