package flows

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// GlowConfig is the configuration of a Glow.
type GlowConfig struct {
	Channels int  `json:"channels"`
	Height   int  `json:"height"` // a multiple of 2^Blocks, like Width
	Width    int  `json:"width"`
	Flows    int  `json:"flows"`  // steps in a block: 16 in DPI
	Blocks   int  `json:"blocks"` // 4 in DPI
	Hidden   int  `json:"hidden"` // width of the couplings' networks: 512 in DPI
	Additive bool `json:"additive,omitempty"`
	Plain    bool `json:"plain,omitempty"` // the 1x1 convolutions store plain matrices, without factors, except in the last block
}

// Dim returns the number of values in an image.
func (c GlowConfig) Dim() int { return c.Channels * c.Height * c.Width }

// mostChannels bounds the channels of the last block, so that their square stays in range.
const mostChannels = 1 << 14

func (c GlowConfig) validate(p layers.Path) error {
	switch {
	case c.Channels < 1 || c.Flows < 1 || c.Blocks < 1 || c.Hidden < 1:
		return p.Errorf("Glow", "channels %d, flows %d, blocks %d, hidden %d: want all positive", c.Channels, c.Flows, c.Blocks, c.Hidden)
	case c.Flows > mostFlows:
		return p.Errorf("Glow", "flows %d: want at most %d", c.Flows, mostFlows)
	case c.Blocks > 12 || c.Channels > mostChannels>>(c.Blocks+1):
		return p.Errorf("Glow", "channels %d and blocks %d: want at most 12 blocks, and at most %d channels in the last one", c.Channels, c.Blocks, mostChannels)
	case c.Height < 1 || c.Width < 1 || c.Height%(1<<c.Blocks) != 0 || c.Width%(1<<c.Blocks) != 0:
		return p.Errorf("Glow", "an image of %dx%d pixels with %d blocks: want multiples of %d", c.Height, c.Width, c.Blocks, 1<<c.Blocks)
	case c.Height > 1<<20 || c.Width > 1<<20:
		return p.Errorf("Glow", "an image of %dx%d pixels: want at most 2^20 each way", c.Height, c.Width)
	}
	return nil
}

// Glow is the image flow of Kingma and Dhariwal (2018, arXiv:1807.03039) in the form of deep probabilistic imaging.
// From data to latents, block b turns 2x2 pixels into channels (channel 4c + 2y + x), takes Flows steps
//
//	norm of every channel, invertible 1x1 convolution, coupling,
//
// and lets the second half of the channels go as latents, whitened by a mean and a deviation that a layer predicts
// from the first half. Values are rows [B,D]: images [C,H,W], and the latents [C_b,H_b,W_b] of the blocks one after
// the other, first block first. Names are PyTorch's: blocks.b.flows.k.coupling.net.0.weight.
//
// Batch norms use running statistics, so a sample's image does not depend on the batch; With changes that.
type Glow struct {
	name   string
	cfg    GlowConfig
	use    layers.Statistics
	blocks []*glowBlock
	params []*autodiff.Param
}

// NewGlow makes a Glow with parameters named and seeded by path p. The error says what in c is wrong.
func NewGlow(p layers.Path, c GlowConfig) (*Glow, error) {
	if err := c.validate(p); err != nil {
		return nil, err
	}
	g := &Glow{name: p.Local(), cfg: c}
	for b := range c.Blocks {
		block, err := newGlowBlock(p.At("blocks."+strconv.Itoa(b)), c, b)
		if err != nil {
			return nil, err
		}
		g.blocks = append(g.blocks, block)
		g.params = append(g.params, block.params...)
	}
	return g, nil
}

// With returns the same flow, on the same parameters, with the given statistics in its batch norms. As for RealNVP,
// log q is not exact with batch statistics.
func (g *Glow) With(use layers.Statistics) *Glow {
	h := *g
	h.use = use
	return &h
}

// Exact reports whether log-determinants are exact: with running statistics they are.
func (g *Glow) Exact() bool { return g.use == layers.RunningStatistics }

// Config returns the configuration that the flow was made with.
func (g *Glow) Config() GlowConfig { return g.cfg }

// Params returns the parameters of every block: its steps (actnorm, invconv, coupling), then its prior.
func (g *Glow) Params() []*autodiff.Param { return g.params }

// Dim returns the number of values in an image.
func (g *Glow) Dim() int { return g.cfg.Dim() }

// Latents returns the shapes [C_b,H_b,W_b] of the blocks' latents, in the order in which a row holds them.
func (g *Glow) Latents() []autodiff.Shape {
	out := make([]autodiff.Shape, len(g.blocks))
	for i, b := range g.blocks {
		out[i] = b.sh.With(0, b.free())
	}
	return out
}

// Check returns an error that names the first constant of an invertible convolution on which its log-determinant
// cannot rely: masks, unit matrix, signs or permutation. Check loaded parameters.
func (g *Glow) Check() error {
	for _, b := range g.blocks {
		for _, s := range b.steps {
			if err := s.conv.check(); err != nil {
				return fmt.Errorf("flows: Glow: %w", err)
			}
		}
	}
	return nil
}

// Forward maps images x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (g *Glow) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(g.name)
	rows(c, "Glow", x, g.cfg.Dim())
	x = c.Reshape(x, autodiff.S(x.Dim(0), g.cfg.Channels, g.cfg.Height, g.cfg.Width))
	for _, b := range g.blocks {
		var free, ld autodiff.Var
		x, free, ld = b.forward(c, x, g.use)
		logdet = total(c, logdet, ld)
		if z.IsZero() {
			z = free
		} else {
			z = c.Concat(1, z, free)
		}
	}
	c.Close(z, logdet)
	return z, logdet
}

// Inverse maps latents z [B,D] to images x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (g *Glow) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(g.name)
	rows(c, "Glow", z, g.cfg.Dim())
	end := g.cfg.Dim()
	for i := len(g.blocks) - 1; i >= 0; i-- {
		b := g.blocks[i]
		var ld autodiff.Var
		x, ld = b.inverse(c, x, c.Slice(z, 1, end-b.latents(), end), g.use)
		logdet = total(c, logdet, ld)
		end -= b.latents()
	}
	x = c.Reshape(x, autodiff.S(z.Dim(0), g.cfg.Dim()))
	c.Close(x, logdet)
	return x, logdet
}
