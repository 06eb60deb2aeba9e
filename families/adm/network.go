package adm

import (
	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/unet"
)

// Network computes the U-Net of guided diffusion that an Config describes; the package comment has its formulas. Below
// the path that it was made at, its parameters have the names of guided-diffusion's state dicts: time_embed.{0,2},
// label_emb, input_blocks.i.j, middle_block.j, output_blocks.i.j, out.{0,2}.
type Network struct {
	name   string
	cfg    Config // effective
	time   *layers.Sinusoid
	mlp    *layers.MLP
	class  *autodiff.Param // [num_classes, 4 model_channels]; nil without classes
	trunk  unet.Trunk
	norm   *layers.GroupNorm
	out    *layers.Conv
	params []*autodiff.Param
}

// names are guided-diffusion's for the parts of our blocks.
var names = map[string]string{
	"norm1": "in_layers.0", "conv1": "in_layers.2", "emb": "emb_layers.1",
	"norm2": "out_layers.0", "conv2": "out_layers.3", "skip": "skip_connection", "proj": "proj_out",
}

// New makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it without
// values, for planning and loading. The error names the field of c that is wrong.
func New(path layers.Path, c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := path.Fits("unet", max(c.NumClasses, 1), 4*c.ModelChannels); err != nil {
		return nil, err
	}
	b := &builder{cfg: c.Effective()}
	b.Path, b.Again = path.Named(names), b.cfg.UseCheckpoint
	n := &Network{name: path.Local(), cfg: b.cfg}
	c = b.cfg
	n.time = unet.Make(&b.Builder, "time_features", layers.NewSinusoid, layers.SinusoidConfig{Dim: c.ModelChannels, Scale: c.LabelScale})
	n.mlp = unet.Make(&b.Builder, "time_embed", layers.NewMLP, layers.MLPConfig{Sizes: []int{c.ModelChannels, c.embedding(), c.embedding()}, Act: "silu"})
	if c.NumClasses > 0 {
		n.class = b.Path.At("label_emb").Param("weight", autodiff.S(c.NumClasses, c.embedding()), layers.Normal(1))
		b.Params = append(b.Params, n.class)
	}
	b.encode()
	last := len(c.ChannelMult) - 1
	w := c.Width(last)
	b.Trunk.Middle = unet.Stage{b.Run(b.res("middle_block.0", w, w, ""), b.attention("middle_block.1", w, c.NumHeads),
		b.res("middle_block.2", w, w, ""))}
	b.decode()
	w = c.Width(0)
	n.norm = unet.Make(&b.Builder, "out.0", layers.NewGroupNorm, layers.GroupNormConfig{Channels: w, Groups: c.NormGroups, Eps: eps, SiLU: true})
	n.out = unet.Make(&b.Builder, "out.2", layers.NewConv, layers.ConvConfig{In: w, Out: c.OutChannels, Kernel: layers.EachAxis(c.Dims, 3), Init: layers.Zero()})
	n.trunk, n.params = b.Trunk, b.Params
	return n, b.Err
}

// eps is added to the variance in every group norm.
const eps = 1e-5

// embedding is the width of the label's embedding.
func (c *Config) embedding() int { return 4 * c.ModelChannels }

// Params returns all parameters in the order of the original's state dict, followed by the parameters of blocks that
// were inserted.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }
