package denoisingdiffusion

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// norm is y = sqrt(C) g x/||x||, over the channels of every pixel. Parameter: g [1,C,1,1].
type norm struct {
	name string
	g    *autodiff.Param
}

func newNorm(p layers.Path, channels int) (*norm, error) {
	return &norm{p.Local(), p.Param("g", autodiff.S(1, channels, 1, 1), layers.Constant(1))}, nil
}

func (n *norm) Params() []*autodiff.Param { return []*autodiff.Param{n.g} }

func (n *norm) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(n.name)
	const least = 1e-24 // of ||x||^2
	length := c.Rsqrt(c.Max2(c.SumTo(c.Square(x), x.Shape().With(1, 1)), c.Scalar(least)))
	y := c.Mul(c.Mul(x, length), c.Scale(c.Param(n.g), math.Sqrt(float64(x.Dim(1)))))
	c.Close(y)
	return y
}

// block is SiLU(norm(conv(x)) (1 + scale) + shift).
type block struct {
	name string
	proj *layers.Conv
	norm *norm
}

func newBlock(b *unet.Builder, name string, in, out int) block {
	return block{name, unet.Make(b, name+".proj", layers.NewConv, conv(in, out, 3)), unet.Make(b, name+".norm", newNorm, out)}
}

// forward applies the block; the zero Var is no scale and shift.
func (k *block) forward(s *autodiff.Scope, x, scale, shift autodiff.Var) autodiff.Var {
	c := s.Enter(k.name)
	y := k.norm.Forward(c, k.proj.Forward(c, x))
	if !scale.IsZero() {
		y = c.Add(c.Mul(y, c.AddScalar(scale, 1)), shift)
	}
	y = c.SiLU(y)
	c.Close(y)
	return y
}

// conv is a convolution of a kernel of k x k.
func conv(in, out, k int) layers.ConvConfig {
	return layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, k)}
}

// residual is y = res_conv(x) + block2(block1(x; A silu(e))).
type residual struct {
	name   string
	mlp    *layers.Linear
	blocks [2]block
	skip   *layers.Conv // nil for the identity
	params []*autodiff.Param
}

func newResidual(b *unet.Builder, name string, in, out, emb int) *residual {
	from := len(b.Params)
	r := &residual{name: name, mlp: unet.Make(b, name+".mlp.1", layers.NewLinear, layers.LinearConfig{In: emb, Out: 2 * out})}
	r.blocks = [2]block{newBlock(b, name+".block1", in, out), newBlock(b, name+".block2", out, out)}
	if in != out {
		r.skip = unet.Make(b, name+".res_conv", layers.NewConv, conv(in, out, 1))
	}
	r.params = b.Params[from:len(b.Params):len(b.Params)]
	return r
}

func (r *residual) Params() []*autodiff.Param { return r.params }

func (r *residual) Forward(s *autodiff.Scope, h, e, _ autodiff.Var) autodiff.Var {
	c := s.Enter(r.name)
	a := r.mlp.Forward(c, c.SiLU(e))
	out := a.Dim(1) / 2
	a = c.Reshape(a, autodiff.S(a.Dim(0), 2*out, 1, 1))
	y := r.blocks[0].forward(c, h, c.Slice(a, 1, 0, out), c.Slice(a, 1, out, 2*out))
	y = r.blocks[1].forward(c, y, autodiff.Var{}, autodiff.Var{})
	if r.skip != nil {
		h = r.skip.Forward(c, h)
	}
	y = c.Add(y, h)
	c.Close(y)
	return y
}

// halving makes channels of the 2x2 pixels of every block and maps them by a 1x1 convolution: one convolution of stride 2,
// whose kernel is stored as weight [out,4 in,1,1]. Parameters: weight, bias.
type halving struct {
	name         string
	weight, bias *autodiff.Param
}

func newHalving(p layers.Path, c layers.ConvConfig) (*halving, error) {
	if err := p.Fits("halving", c.Out, 4, c.In); err != nil {
		return nil, err
	}
	return &halving{p.Local(), p.Param("weight", autodiff.S(c.Out, 4*c.In, 1, 1), layers.FanIn(1)), p.Param("bias", autodiff.S(c.Out), layers.Zero())}, nil
}

func (d *halving) Params() []*autodiff.Param { return []*autodiff.Param{d.weight, d.bias} }

func (d *halving) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(d.name)
	w := c.Reshape(c.Param(d.weight), autodiff.S(d.bias.Shape().Dim(0), x.Dim(1), 2, 2))
	y := c.AddChannel(c.Conv(x, w, autodiff.ConvSpec{Stride: [3]int{2, 2, 2}}), c.Param(d.bias))
	c.Close(y)
	return y
}
