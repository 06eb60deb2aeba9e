package denoisers

import (
	"fmt"
	"math"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// TimeCNNConfig describes a TimeCNN.
type TimeCNNConfig struct {
	Channels int   `json:"channels"`
	Height   int   `json:"height"`
	Width    int   `json:"width"`
	Hidden   []int `json:"hidden"` // channels after every block
	Kernel   int   `json:"kernel"` // of the blocks
	Features int   `json:"features"`
	Embed    int   `json:"embed"` // width of the time embedding's hidden layers
	Steps    int   `json:"steps"` // what labels are divided by
}

// DefaultTimeCNN returns the configuration of the network for 28x28 gray digits.
func DefaultTimeCNN() TimeCNNConfig {
	return TimeCNNConfig{Channels: 1, Height: 28, Width: 28, Hidden: []int{16, 32, 32, 16}, Kernel: 7, Features: 32, Embed: 128, Steps: 1000}
}

// TimeCNN predicts the noise of a process in discrete time by blocks without skips:
//
//	h_0 = block_0(x) + W_3 g W_2 g W_1 g W_0 e,   h_k = block_k(h_(k-1)),   F = w * h_n + b,
//	block(x) = g(LN(w * x + b)),   e = (sin t f, cos t f - 1),   t = label/Steps,   g = gelu,
//
// with the layer norm's statistics, weight and bias over all of [C,H,W]. Extents are fixed.
// Parameters: frequencies [Features/2]; blocks.k.net.0.{weight,bias} (convolution), blocks.k.net.1.{weight,bias} (norm,
// [C,H,W]); blocks.n.{weight,bias}, the last convolution, 3 x 3; time_embed.{0,2,4,6}.{weight,bias}.
type TimeCNN struct {
	name        string
	cfg         TimeCNNConfig
	frequencies *autodiff.Param
	blocks      []timeBlock
	out         *conv
	embed       *layers.MLP
	params      []*autodiff.Param
}

type timeBlock struct {
	conv        *conv
	gamma, beta *autodiff.Param
}

// NewTimeCNN makes a TimeCNN with parameters named and seeded by path p. The error names the field of c that is wrong.
func NewTimeCNN(p layers.Path, c TimeCNNConfig) (*TimeCNN, error) {
	for _, f := range []struct {
		name  string
		value int
	}{{"channels", c.Channels}, {"height", c.Height}, {"width", c.Width}, {"features", c.Features}, {"embed", c.Embed}, {"steps", c.Steps}, {"kernel", c.Kernel}} {
		if f.value < 1 || f.value > most {
			return nil, p.Errorf("time cnn", "%s %d: want 1..%d", f.name, f.value, most)
		}
	}
	switch {
	case c.Kernel%2 == 0:
		return nil, p.Errorf("time cnn", "kernel %d: want an odd extent", c.Kernel)
	case c.Features%2 != 0:
		return nil, p.Errorf("time cnn", "features %d: want an even number", c.Features)
	case len(c.Hidden) < 1 || len(c.Hidden) > 64:
		return nil, p.Errorf("time cnn", "hidden %v: want 1 to 64 blocks", c.Hidden)
	}
	n := &TimeCNN{name: p.Local(), cfg: c}
	n.frequencies = p.Buffer("frequencies", autodiff.S(c.Features/2), 0)
	geometric(n.frequencies.Data())
	n.params = []*autodiff.Param{n.frequencies}
	in := c.Channels
	for k, out := range c.Hidden {
		if out < 1 || out > most {
			return nil, p.Errorf("time cnn", "hidden %v: want every width in 1..%d", c.Hidden, most)
		}
		q := p.At("blocks." + strconv.Itoa(k) + ".net")
		norm, shape := q.At("1"), autodiff.S(out, c.Height, c.Width)
		b := timeBlock{newConv(q.At("0"), "weight", "bias", in, out, c.Kernel, autodiff.PadZero),
			norm.Param("weight", shape, layers.Constant(1)), norm.Param("bias", shape, layers.Zero())}
		n.blocks = append(n.blocks, b)
		n.params = append(append(n.params, b.conv.params()...), b.gamma, b.beta)
		in = out
	}
	n.out = newConv(p.At("blocks."+strconv.Itoa(len(c.Hidden))), "weight", "bias", in, c.Channels, 3, autodiff.PadZero)
	var err error
	n.embed, err = layers.NewMLP(p.At("time_embed"), layers.MLPConfig{Sizes: []int{c.Features, c.Embed, c.Embed, c.Embed, c.Hidden[0]}, Act: "gelu"})
	if err != nil {
		return nil, err
	}
	n.params = append(append(n.params, n.out.params()...), n.embed.Params()...)
	return n, nil
}

// geometric sets f to 0 and 2 pi 1.5^k: the frequencies of a new network.
func geometric(f []float32) {
	for k := 1; k < len(f); k++ {
		f[k] = float32(2 * math.Pi * math.Pow(1.5, float64(k-1)))
	}
}

// Params returns all parameters, the frequencies first, which are not trained.
func (n *TimeCNN) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *TimeCNN) Config() TimeCNNConfig { return n.cfg }

// Forward returns the noise [B,Channels,Height,Width] in x of that shape; label is the index of the step of every
// sample.
// It panics with a *autodiff.ShapeError when x has another shape, or label another length.
func (n *TimeCNN) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	c := s.Enter(n.name)
	if want := autodiff.S(len(label), n.cfg.Channels, n.cfg.Height, n.cfg.Width); x.Shape() != want {
		panic(&autodiff.ShapeError{Op: "time cnn", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want %v with %d labels", want, len(label))})
	}
	h := x
	for k := range n.blocks {
		h = n.block(c, k, h)
		if k == 0 {
			e := n.embedding(c, label)
			h = c.Add(h, c.Reshape(e, autodiff.S(len(label), e.Dim(1), 1, 1)))
		}
	}
	y := n.out.forward(c, h)
	c.Close(y)
	return y
}

// block is gelu of the norm of the convolution.
func (n *TimeCNN) block(s *autodiff.Scope, k int, x autodiff.Var) autodiff.Var {
	c, b := s.Child(), &n.blocks[k]
	h := b.conv.forward(c, x)
	shape := h.Shape()
	flat := autodiff.S(shape.Size() / max(1, shape.Dim(0)))
	h = c.Reshape(h, autodiff.S(shape.Dim(0), flat.Dim(0)))
	h = c.LayerNorm(h, c.Reshape(c.Param(b.gamma), flat), c.Reshape(c.Param(b.beta), flat), 1e-5)
	h = c.GELU(c.Reshape(h, shape))
	c.Close(h)
	return h
}

// embedding is [B,Hidden[0]] of the labels. Phases reach thousands of radians and are float64 in every scope.
func (n *TimeCNN) embedding(s *autodiff.Scope, label []float64) autodiff.Var {
	c := s.Child()
	d := c.ChildType(autodiff.F64)
	t := d.Scale(d.Const64(autodiff.S(len(label), 1), label), 1/float64(n.cfg.Steps))
	phase := d.Mul(t, d.Reshape(d.Cast(c.Param(n.frequencies)), autodiff.S(1, n.cfg.Features/2)))
	e := d.Concat(1, d.Sin(phase), d.AddScalar(d.Cos(phase), -1))
	d.Close(e)
	e = n.embed.Forward(c, c.Cast(e))
	c.Close(e)
	return e
}
