package denoisers

import (
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// scales is the features at every scale, zero Vars where there are none yet.
type scales [8]autodiff.Var

// macroBlock is a U-Net of micro blocks, two at every scale and one at the coarsest.
type macroBlock struct {
	micro    [][]microBlock
	down, up []*autodiff.Param // [F,F,3,3]
	params   []*autodiff.Param
}

func newMacroBlock(p layers.Path, c TDVConfig) *macroBlock {
	b := &macroBlock{}
	for i := range c.Scales {
		blocks := make([]microBlock, 2)
		if i == c.Scales-1 {
			blocks = blocks[:1]
		}
		for k := range blocks {
			blocks[k] = newMicroBlock(p.At("mb."+strconv.Itoa(i)+"."+strconv.Itoa(k)), c.Features)
			b.params = append(append(b.params, blocks[k].conv1.params()...), blocks[k].conv2.params()...)
		}
		b.micro = append(b.micro, blocks)
	}
	shape := autodiff.S(c.Features, c.Features, 3, 3)
	for i := range c.Scales - 1 {
		b.down = append(b.down, p.At("conv_down."+strconv.Itoa(i)).Param("weight", shape, layers.FanIn(1)))
		b.up = append(b.up, p.At("conv_up."+strconv.Itoa(i)).Param("weight", shape, layers.FanIn(1)))
	}
	b.params = append(append(b.params, b.down...), b.up...)
	return b
}

// forward replaces the features at every scale, in scope s.
func (b *macroBlock) forward(s *autodiff.Scope, h *scales) {
	last := len(b.micro) - 1
	for i := range last {
		h[i] = b.micro[i][0].forward(s, h[i])
		d := halve(s, h[i], b.down[i])
		if !h[i+1].IsZero() {
			d = s.Add(h[i+1], d)
		}
		h[i+1] = d
	}
	h[last] = b.micro[last][0].forward(s, h[last])
	for i := last - 1; i >= 0; i-- {
		h[i] = b.micro[i][1].forward(s, s.Add(h[i], double(s, h[i+1], b.up[i], h[i].Shape())))
	}
}

// microBlock is h + W2 phi(W1 h), phi(a) = log(1 + a^2)/2.
type microBlock struct{ conv1, conv2 *conv }

func newMicroBlock(p layers.Path, features int) microBlock {
	return microBlock{newConv(p.At("conv1"), "weight", "", features, features, 3, autodiff.PadSymmetric),
		newConv(p.At("conv2"), "weight", "", features, features, 3, autodiff.PadSymmetric)}
}

func (b microBlock) forward(s *autodiff.Scope, h autodiff.Var) autodiff.Var {
	c := s.Child()
	a := c.Scale(c.Log1p(c.Square(b.conv1.forward(c, h))), .5)
	y := c.Add(h, b.conv2.forward(c, a))
	c.Close(y)
	return y
}

// binomial is (1 4 6 4 1) x (1 4 6 4 1) / 256.
var binomial = func() (k [25]float64) {
	row := [5]float64{1, 4, 6, 4, 1}
	for i := range k {
		k[i] = row[i/5] * row[i%5] / 256
	}
	return k
}()

// smooth is the kernels w [F,F,3,3] convolved with the binomial: [F,F,7,7].
func smooth(s *autodiff.Scope, w *autodiff.Param) autodiff.Var {
	c := s.Child()
	f := w.Shape().Dim(0) * w.Shape().Dim(1)
	k := c.Reshape(c.Param(w), autodiff.S(f, 1, 3, 3))
	k = c.Conv(k, c.Const64(autodiff.S(1, 1, 5, 5), binomial[:]), autodiff.ConvSpec{PadLo: three(4), PadHi: three(4)})
	k = c.Reshape(k, autodiff.S(w.Shape().Dim(0), w.Shape().Dim(1), 7, 7))
	c.Close(k)
	return k
}

var (
	edge    = [2]int{3, 3}
	stride2 = autodiff.ConvSpec{Stride: three(2)}
)

// halve is x at half the extents, rounded up.
func halve(s *autodiff.Scope, x autodiff.Var, w *autodiff.Param) autodiff.Var {
	c := s.Child()
	y := c.Conv(c.Pad(x, edge[:], edge[:], autodiff.PadSymmetric), smooth(c, w), stride2)
	c.Close(y)
	return y
}

// double is the adjoint of halve for images of the given shape.
func double(s *autodiff.Scope, x autodiff.Var, w *autodiff.Param, like autodiff.Shape) autodiff.Var {
	c := s.Child()
	y := c.ConvInputGrad(x, smooth(c, w), stride2, like.With(2, like.Dim(2)+6).With(3, like.Dim(3)+6))
	y = c.PadAdjoint(y, edge[:], edge[:], autodiff.PadSymmetric)
	c.Close(y)
	return y
}
