package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// zeroLayer is an affine map that is zero at first, with a trainable scale for every channel:
//
//	y = (W h + b) e^{3 scale}
//
// For vectors [B,C] W is a matrix. For images [B,C,H,W] it is a 3x3 convolution that sees ones around the image.
// Parameters: scale [C] and fc.weight, fc.bias, or scale [1,C,1,1] and conv.weight, conv.bias.
type zeroLayer struct {
	name   string
	image  bool
	affine affineMap
	scale  *autodiff.Param
	params []*autodiff.Param
}

func newZeroLayer(p layers.Path, image bool, in, out int) (z *zeroLayer, err error) {
	z = &zeroLayer{name: p.Local(), image: image}
	shape := autodiff.S(out)
	if image {
		shape = autodiff.S(1, out, 1, 1)
		z.affine, err = layers.NewConv(p.At("conv"), layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, 3),
			PadLo: layers.EachAxis(2, 0), PadHi: layers.EachAxis(2, 0), Init: layers.Zero()})
	} else {
		z.affine, err = layers.NewLinear(p.At("fc"), layers.LinearConfig{In: in, Out: out, Init: layers.Zero()})
	}
	if err != nil {
		return nil, err
	}
	z.scale = p.Param("scale", shape, layers.Zero())
	z.params = append([]*autodiff.Param{z.scale}, z.affine.Params()...)
	return z, nil
}

func (z *zeroLayer) forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Enter(z.name)
	if z.image {
		h = framed(c, h)
	}
	y := c.Mul(z.affine.Forward(c, h), c.Exp(c.Scale(c.Param(z.scale), 3)))
	c.Close(y)
	return y
}

var one = []int{1, 1}

// framed puts a frame of ones, one pixel wide, around x [B,C,H,W].
func framed(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	frame := c.Affine(c.Pad(c.Ones(autodiff.S(1, 1, x.Dim(2), x.Dim(3))), one, one, autodiff.PadZero), -1, 1)
	y := c.Add(c.Pad(x, one, one, autodiff.PadZero), frame)
	c.Close(y)
	return y
}
