package denoisers

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/layers"
)

// UNetResConfig describes a UNetRes.
type UNetResConfig struct {
	Channels   int               `json:"channels"`              // of the image
	NoiseLevel bool              `json:"noise_level,omitempty"` // a channel after it that holds sigma
	Widths     []int             `json:"widths"`                // of every level, full resolution first
	Blocks     int               `json:"blocks"`                // residual blocks of a level, each way
	Act        layers.Activation `json:"act,omitempty"`         // between the convolutions of a block; "" is relu
}

// DefaultUNetRes returns the configuration of DRUNet for images with the given number of channels.
func DefaultUNetRes(channels int) UNetResConfig {
	return UNetResConfig{Channels: channels, NoiseLevel: true, Widths: []int{64, 128, 256, 512}, Blocks: 4}
}

func (c *UNetResConfig) validate() error {
	k := config.Check("unetres")
	k.Int("channels", c.Channels, 1, most)
	k.Int("blocks", c.Blocks, 1, 256)
	k.That(len(c.Widths) > 1 && len(c.Widths) <= 12, "widths", c.Widths, "want 2 to 12 levels")
	k.Ints("widths", c.Widths, 1, most)
	k.Name("act", string(c.Act), "", "relu", "lrelu", "elu", "softplus")
	return k.Err()
}

// UNetRes is the U-Net of residual blocks without additive constants of Zhang et al. (2021, DRUNet), which returns the denoised
// image:
//
//	h_0 = head [u, sigma],   h_i = down_i(R_n ... R_1 h_(i-1)),   g = R_n ... R_1 h_L
//	g <- R_n ... R_1 up_i(g + h_i), i = L..1,   F = tail(g + h_0),   R h = h + w_2 act(w_1 h)
//
// with kernels of 3 x 3, and down and up of 2 x 2 with stride 2, up transposed. Where 2^L does not divide the extents, the
// last row and column are repeated until 2^(L+1) does, and taken off again. Parameters as their authors name them: m_head, m_down1.0.res.0, ...,
// m_body, m_up1.0, ..., m_tail, each with a weight.
type UNetRes struct {
	name       string
	cfg        UNetResConfig
	head, tail *autodiff.Param
	down, up   []level // of the highest resolution first
	body       []resBlock
	params     []*autodiff.Param
}

// level is the residual blocks of a resolution, and the map to the next.
type level struct {
	blocks []resBlock
	scale  *autodiff.Param
}

// resBlock is the two weights of R.
type resBlock [2]*autodiff.Param

// NewUNetRes makes a UNetRes with parameters named and seeded by path p. The error names the field of c that is wrong.
func NewUNetRes(p layers.Path, c UNetResConfig) (*UNetRes, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	n := &UNetRes{name: p.Local(), cfg: c}
	weight := func(at layers.Path, a, b, k int) *autodiff.Param {
		w := at.Param("weight", autodiff.S(a, b, k, k), layers.FanIn(2))
		n.params = append(n.params, w)
		return w
	}
	blocks := func(at layers.Path, first, width int) (bs []resBlock) {
		for i := range c.Blocks {
			q := at.At(strconv.Itoa(first + i)).At("res")
			bs = append(bs, resBlock{weight(q.At("0"), width, width, 3), weight(q.At("2"), width, width, 3)})
		}
		return bs
	}
	last := len(c.Widths) - 1
	n.head = weight(p.At("m_head"), c.Widths[0], c.Channels+one(c.NoiseLevel), 3)
	for i := range last {
		at := p.At("m_down" + strconv.Itoa(i+1))
		bs := blocks(at, 0, c.Widths[i])
		n.down = append(n.down, level{bs, weight(at.At(strconv.Itoa(c.Blocks)), c.Widths[i+1], c.Widths[i], 2)})
	}
	n.body = blocks(p.At("m_body"), 0, c.Widths[last])
	n.up = make([]level, last)
	for i := last - 1; i >= 0; i-- {
		at := p.At("m_up" + strconv.Itoa(i+1))
		scale := weight(at.At("0"), c.Widths[i+1], c.Widths[i], 2)
		n.up[i] = level{blocks(at, 1, c.Widths[i]), scale}
	}
	n.tail = weight(p.At("m_tail"), c.Channels, c.Widths[0], 3)
	return n, nil
}

// Params returns the weights in the order of the authors' state dict.
func (n *UNetRes) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *UNetRes) Config() UNetResConfig { return n.cfg }

// Denoiser returns D = F with its score (F - u)/sigma^2. An evaluation of it evaluates the network once.
func (n *UNetRes) Denoiser() diffusion.Preconditioned {
	return diffusion.Preconditioned{Net: n, Prec: diffusion.X0{Levels: diffusion.NoiseLevels{}}}
}

// Forward returns the denoised x [B,Channels,H,W] of noise levels sigma, of any extents.
// It panics with a *autodiff.ShapeError when x has other axes or channels, or sigma another length.
func (n *UNetRes) Forward(s *autodiff.Scope, x autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter(n.name)
	if x.Rank() != 4 || x.Dim(1) != n.cfg.Channels || x.Dim(0) != len(sigma) || x.Dim(2) < 1 || x.Dim(3) < 1 {
		panic(&autodiff.ShapeError{Op: "unetres", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want [B,%d,H,W] with a noise level for each sample, of which %d were given", n.cfg.Channels, len(sigma))})
	}
	h, w := x.Dim(2), x.Dim(3)
	y := x
	if m := 1 << (len(n.cfg.Widths) - 1); h%m != 0 || w%m != 0 {
		y = multiple(c, x, 2*m)
	}
	if n.cfg.NoiseLevel {
		y = c.Concat(1, y, c.BroadcastTo(column(c, sigma), y.Shape().With(1, 1)))
	}
	y = c.Conv(y, c.Param(n.head), autodiff.SamePad(3))
	y = c.Add(n.below(c, 0, y), y)
	y = crop(c, c.Conv(y, c.Param(n.tail), autodiff.SamePad(3)), h, w)
	c.Close(y)
	return y
}

// below is what level i of the way up makes of h_i, which its own map down takes. It calls itself for everything beneath.
func (n *UNetRes) below(s *autodiff.Scope, i int, h autodiff.Var) autodiff.Var {
	c := s.Child()
	if i == len(n.down) {
		h = n.run(c, n.body, h)
		c.Close(h)
		return h
	}
	twice := autodiff.ConvSpec{Stride: three(2)}
	d := c.Conv(n.run(c, n.down[i].blocks, h), c.Param(n.down[i].scale), twice)
	y := c.Add(n.below(c, i+1, d), d)
	y = c.ConvInputGrad(y, c.Param(n.up[i].scale), twice, h.Shape().With(1, n.cfg.Widths[i]))
	y = n.run(c, n.up[i].blocks, y)
	c.Close(y)
	return y
}

// run is residual blocks one after the other.
func (n *UNetRes) run(s *autodiff.Scope, bs []resBlock, h autodiff.Var) autodiff.Var {
	act := n.cfg.Act
	if act == "" {
		act = "relu"
	}
	for _, b := range bs {
		c := s.Child()
		y := act.Apply(c, c.Conv(h, c.Param(b[0]), autodiff.SamePad(3)))
		h = c.Add(h, c.Conv(y, c.Param(b[1]), autodiff.SamePad(3)))
		c.Close(h)
	}
	return h
}
