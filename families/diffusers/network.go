package diffusers

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// Network computes a UNet2DModel of the library diffusers: F(x, t, y) of noisy images x [B,C,H,W], one time t a
// sample and, where the network has classes, a class y a sample, as a Config describes it. It begins with
//
//	e   = act(W2 silu(W1 gamma(t)) + class(y))    gamma(t) = (sin, cos)(t f), f_k = 10000^(-k/(h-shift)), or of 2 pi ln(t) W
//	h_0 = w * x                                   w * (2x - 1) with center_input_sample
//
// and goes on through the levels of a U-Net, whose residual blocks all receive e. Here class(y) is row y of a table, or
// a number y embedded by gamma and by two layers of its own, or the vector y itself, as class_embed_type says. Blocks
// with a skip path carry a pyramid of the input down and a pyramid of the output up, and the latter is added at the
// end. With Fourier features, times are noise levels and the output is divided by them; without, times are steps.
type Network struct {
	name    string
	cfg     Config // effective
	feature layers.Embedding
	mlp     *layers.MLP
	table   *autodiff.Param // [num_class_embeds, 4 C]; nil without
	class   *layers.MLP     // of class_embed_type timestep; nil without
	act     layers.Activation
	trunk   unet.Trunk
	norm    *layers.GroupNorm
	out     *layers.Conv
	params  []*autodiff.Param
}

// New makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it
// without values. The error names the field of c that is wrong, or the module whose channels cannot be divided into
// groups.
func New(path layers.Path, c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &builder{cfg: c.Effective()}
	b.Path, b.Again = path.Named(names), b.cfg.UseCheckpoint
	n := &Network{name: path.Local(), cfg: b.cfg, act: acts[b.cfg.Act]}
	b.encode()
	var width int
	n.feature, width = b.feature()
	e := b.cfg.embedding()
	mlp := layers.MLPConfig{Sizes: []int{width, e, e}, Act: "silu"}
	n.mlp = unet.Make(&b.Builder, "time_embedding", layers.NewMLP, mlp)
	switch {
	case n.cfg.ClassEmbeds != nil:
		if err := path.Fits("class_embedding", *n.cfg.ClassEmbeds, e); err != nil {
			return nil, err
		}
		n.table = b.Path.At("class_embedding").Param("weight", autodiff.S(*n.cfg.ClassEmbeds, e), layers.Normal(1))
		b.Params = append(b.Params, n.table)
	case n.kind() == "timestep":
		n.class = unet.Make(&b.Builder, "class_embedding", layers.NewMLP, mlp)
	}
	b.levelsDown()
	b.decode()
	b.Trunk.Middle = b.middle()
	w := b.cfg.Channels[0]
	n.norm = unet.Make(&b.Builder, "conv_norm_out", layers.NewGroupNorm, layers.GroupNormConfig{Channels: w, Groups: b.cfg.groups(w), Eps: b.cfg.NormEps, SiLU: true})
	n.out = unet.Make(&b.Builder, "conv_out", layers.NewConv, layers.ConvConfig{In: w, Out: b.cfg.OutChannels, Kernel: layers.EachAxis(2, 3)})
	if b.Err != nil {
		return nil, fmt.Errorf("unet: %w", b.Err)
	}
	n.trunk, n.params = b.Trunk, b.Params
	return n, nil
}

// Params returns all parameters in the order of the original's state dict, the frequencies of Fourier features
// included, which are not trained.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }

// kind is class_embed_type, "table" where there is one, and "" for none.
func (n *Network) kind() string {
	switch {
	case n.cfg.ClassEmbedding != nil:
		return *n.cfg.ClassEmbedding
	case n.cfg.ClassEmbeds != nil:
		return "table"
	}
	return ""
}

// CheckTimes returns an error about the first time that the network does not take: one that is not finite or, with
// Fourier features, not positive.
func (c Config) CheckTimes(t []float64) error { return c.check(t) }

// Condition holds what a network sees of its classes: in Class, a row of the table for each sample; or in Values, one
// number for each sample with class_embed_type timestep, and 4 block_out_channels[0] numbers for each with identity.
// Neither is copied, and Class must not change while the tape lives. The zero Condition is for a network without
// classes.
type Condition struct {
	Class  []int
	Values []float64
}

// Forward evaluates a network without classes: images x [B,in_channels,H,W] and one time a sample, which the original
// calls timestep, give [B,out_channels,H,W].
// It panics with a *autodiff.ShapeError when CheckShape has an error or there is not one time for each sample, and with
// a *autodiff.ValueError when CheckTimes has one or the network has classes.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, t []float64) autodiff.Var {
	return n.ForwardClass(s, x, t, Condition{})
}

// ForwardClass evaluates the network as Forward does, given the classes y. It panics as Forward does, and when the
// network has no such classes, or there is not one for every sample.
func (n *Network) ForwardClass(s *autodiff.Scope, x autodiff.Var, t []float64, y Condition) autodiff.Var {
	c := n.enter(s, x, t)
	return n.images(c, x, n.embed(c, t, y), t, autodiff.Var{})
}

// ForwardTrain evaluates the network as ForwardClass does, with dropout, whose masks are a function of key.
func (n *Network) ForwardTrain(s *autodiff.Scope, x autodiff.Var, t []float64, y Condition, key rng.Key) autodiff.Var {
	c := n.enter(s, x, t)
	var seeds autodiff.Var
	if n.cfg.Dropout > 0 {
		seeds = layers.Seeds(c, key, len(t))
	}
	return n.images(c, x, n.embed(c, t, y), t, seeds)
}

// enter opens the network's scope and checks x and t.
func (n *Network) enter(s *autodiff.Scope, x autodiff.Var, t []float64) *autodiff.Scope {
	c := s.Enter(n.name)
	unet.Fits(c, x.Shape(), unet.Misfit(x.Shape(), n.cfg.InChannels, len(n.cfg.Channels)), len(t))
	if err := n.cfg.check(t); err != nil {
		panic(&autodiff.ValueError{Op: "unet", Module: c.Path(), Msg: err.Error()})
	}
	return c
}

// embed is what every block sees of times and classes: [B,4 C].
func (n *Network) embed(s *autodiff.Scope, t []float64, y Condition) autodiff.Var {
	refuse := func(format string, args ...any) {
		panic(&autodiff.ValueError{Op: "unet", Module: s.Path(), Msg: fmt.Sprintf(format, args...)})
	}
	kind, b := n.kind(), len(t)
	if kind == "" && (y.Class != nil || y.Values != nil) {
		refuse("classes were given to a network that has none")
	}
	c := s.Enter("label")
	e := n.mlp.Forward(c, n.feature.Forward(c, t))
	switch {
	case kind == "table" && len(y.Class) != b:
		refuse("%d classes for %d samples; the network has a table of %d", len(y.Class), b, *n.cfg.ClassEmbeds)
	case kind == "table":
		e = c.Add(e, c.Gather(c.Param(n.table), 0, y.Class))
	case kind == "timestep" && len(y.Values) != b:
		refuse("%d numbers for %d samples; the network embeds one each", len(y.Values), b)
	case kind == "timestep":
		e = c.Add(e, n.class.Forward(c, n.feature.Forward(c, y.Values)))
	case kind == "identity" && len(y.Values) != b*n.cfg.embedding():
		refuse("%d numbers for %d samples; the network adds %d each to its embedding", len(y.Values), b, n.cfg.embedding())
	case kind == "identity":
		e = c.Add(e, c.Const64(autodiff.S(b, n.cfg.embedding()), y.Values))
	}
	e = n.act.Apply(c, e)
	c.Close(e)
	return e
}

// images is the network at x given the embedding e, in scope c, which it closes.
func (n *Network) images(c *autodiff.Scope, x, e autodiff.Var, t []float64, seeds autodiff.Var) autodiff.Var {
	if n.cfg.CenterInput {
		x = c.Affine(x, 2, -1)
	}
	y := n.trunk.Forward(c, unet.State{H: x, Aux: x}, e, seeds)
	h := n.out.Forward(c, n.norm.Forward(c, y.H))
	if !y.Aux.IsZero() {
		h = c.Add(h, y.Aux)
	}
	if n.cfg.TimeEmbedding == "fourier" {
		h = c.Div(h, c.Const64(autodiff.S(len(t), 1, 1, 1), t))
	}
	c.Close(h)
	return h
}
