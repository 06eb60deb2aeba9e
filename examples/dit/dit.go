package dit

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/families"
	"tweedie/layers"
)

// Config describes a Network. Files carry it, and "network" of a training's config is one.
type Config struct {
	Patch int     `json:"patch"` // side of a square patch, which divides the images
	Width int     `json:"width"` // of a token
	Depth int     `json:"depth"` // blocks
	Heads int     `json:"heads"` // of attention, which divide the width
	MLP   int     `json:"mlp"`   // hidden width of a block's MLP
	Scale float64 `json:"scale"` // of labels before their sinusoids; labels of EDM's preconditioning are of order 1
}

// Default returns a network of about 100,000 parameters.
func Default() Config {
	return Config{Patch: 2, Width: 64, Depth: 2, Heads: 4, MLP: 128, Scale: 1000}
}

// Network is a diffusion transformer (Peebles and Xie 2023): with tokens h [B,N,W] of N patches, a label's embedding e, and
// (a, b, g) = A silu(e) for each of attention and MLP,
//
//	h = patches(x) W0 + position,   h += g attention((1+a) LN(h) + b),   h += g' mlp((1+a') LN(h) + b')
//
// A starts at zero, so that every block starts as the identity.
type Network struct {
	c        Config
	shape    []int // of an image
	embed    *layers.Linear
	position *autodiff.Param
	time     *layers.Sinusoid
	label    *layers.MLP
	blocks   []block
	last     modulation
	out      *layers.Linear
	params   []*autodiff.Param
}

// New makes the network of c for images of a shape [C,H,W], with parameters named and seeded by p.
func New(p layers.Path, c Config, shape []int) (*Network, error) {
	switch {
	case len(shape) != 3:
		return nil, p.Errorf("dit", "images %v: want [C,H,W]", shape)
	case c.Patch < 1 || shape[1]%c.Patch != 0 || shape[2]%c.Patch != 0:
		return nil, p.Errorf("dit", "patch %d does not divide images %v", c.Patch, shape)
	case c.Width < 2 || c.Heads < 1 || c.Width%c.Heads != 0:
		return nil, p.Errorf("dit", "heads %d do not divide width %d", c.Heads, c.Width)
	case c.Depth < 1 || c.Depth > 256 || c.MLP < 1:
		return nil, p.Errorf("dit", "depth %d and mlp %d: want 1 to 256, and a positive number", c.Depth, c.MLP)
	}
	n := &Network{c: c, shape: shape}
	m := maker{path: p}
	values := shape[0] * c.Patch * c.Patch
	tokens := shape[1] / c.Patch * (shape[2] / c.Patch)
	n.embed = m.linear("embed", values, c.Width, layers.Init{})
	n.position = p.Param("position", autodiff.S(tokens, c.Width), layers.Normal(.02))
	m.params = append(m.params, n.position)
	if n.time, m.err = layers.NewSinusoid(p.At("time"), layers.SinusoidConfig{Dim: c.Width, Scale: c.Scale}); m.err != nil {
		return nil, m.err
	}
	n.label = m.mlp("label", c.Width, c.Width, c.Width, "silu")
	for i := range c.Depth {
		n.blocks = append(n.blocks, m.block(fmt.Sprintf("blocks.%d", i), c))
	}
	n.last = m.modulation("last", c.Width, 2)
	n.out = m.linear("out", c.Width, values, layers.Zero())
	n.params = m.params
	return n, m.err
}

// Params returns the parameters in the order in which they were made.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Forward evaluates the network at images x [B,C,H,W] with one label a sample.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	c := s.Enter("dit")
	if want := autodiff.S(append([]int{len(label)}, n.shape...)...); x.Shape() != want {
		panic(&autodiff.ShapeError{Op: "dit", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want %v for %d labels", want, len(label))})
	}
	e := c.SiLU(n.label.Forward(c, n.time.Forward(c, label)))
	h := c.Add(n.embed.Forward(c, n.patches(c, x)), c.Param(n.position))
	for _, b := range n.blocks {
		h = b.forward(c, h, e)
	}
	m := n.last.forward(c, e)
	y := n.images(c, n.out.Forward(c, modulated(c, h, m[0], m[1])))
	c.Close(y)
	return y
}

// patches cuts images [B,C,H,W] into rows [B,N,C P P].
func (n *Network) patches(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	b, p, ch := x.Dim(0), n.c.Patch, n.shape[0]
	h, w := n.shape[1]/p, n.shape[2]/p
	x = s.Permute(s.Reshape(x, autodiff.S(b, ch, h, p*w*p)), 0, 2, 1, 3) // [B,h,C,PwP]
	x = s.Permute(s.Reshape(x, autodiff.S(b*h, ch*p, w, p)), 0, 2, 1, 3) // [Bh,w,CP,P]
	return s.Reshape(x, autodiff.S(b, h*w, ch*p*p))
}

// images undoes patches.
func (n *Network) images(s *autodiff.Scope, t autodiff.Var) autodiff.Var {
	b, p, ch := t.Dim(0), n.c.Patch, n.shape[0]
	h, w := n.shape[1]/p, n.shape[2]/p
	x := s.Permute(s.Reshape(t, autodiff.S(b*h, w, ch*p, p)), 0, 2, 1, 3) // [Bh,CP,w,P]
	x = s.Permute(s.Reshape(x, autodiff.S(b, h, ch, p*w*p)), 0, 2, 1, 3)  // [B,C,h,PwP]
	return s.Reshape(x, autodiff.S(b, ch, n.shape[1], n.shape[2]))
}

// family makes the network known to every program that links this package: to training by its name, and to --prior by the
// files that training writes.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "dit".
func (family) Name() string { return "dit" }

// Architectures returns dit.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: "dit", Build: build}}
}

func build(given json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	c := Default()
	if given != nil {
		if err := families.DecodeConfig(given, &c); err != nil {
			return nil, nil, err
		}
	}
	n, err := New(at, c, shape)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(c)
	return n, effective, err
}
