package unet

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// ADM computes the U-Net of guided diffusion that an ADMConfig describes; the package comment has its formulas. Below
// the path that it was made at, its parameters have the names of guided-diffusion's state dicts: time_embed.{0,2},
// label_emb, input_blocks.i.j, middle_block.j, output_blocks.i.j, out.{0,2}.
type ADM struct {
	name   string
	cfg    ADMConfig // effective
	time   *layers.Sinusoid
	mlp    *layers.MLP
	class  *autodiff.Param // [num_classes, 4 model_channels]; nil without classes
	trunk  trunk
	norm   *layers.GroupNorm
	out    *layers.Conv
	params []*autodiff.Param
}

// names are guided-diffusion's for the parts of our blocks.
var names = map[string]string{
	"norm1": "in_layers.0", "conv1": "in_layers.2", "emb": "emb_layers.1",
	"norm2": "out_layers.0", "conv2": "out_layers.3", "skip": "skip_connection", "proj": "proj_out",
}

// NewADM makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it without
// values, for planning and loading. The error names the field of c that is wrong.
func NewADM(path layers.Path, c ADMConfig) (*ADM, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := path.Fits("unet", max(c.NumClasses, 1), 4*c.ModelChannels); err != nil {
		return nil, err
	}
	b := &admBuilder{cfg: c.Effective()}
	b.path, b.again = path.Named(names), b.cfg.UseCheckpoint
	n := &ADM{name: path.Local(), cfg: b.cfg}
	c = b.cfg
	n.time = part(&b.builder, "time_features", layers.NewSinusoid, layers.SinusoidConfig{Dim: c.ModelChannels, Scale: c.LabelScale})
	n.mlp = part(&b.builder, "time_embed", layers.NewMLP, layers.MLPConfig{Sizes: []int{c.ModelChannels, c.embedding(), c.embedding()}, Act: "silu"})
	if c.NumClasses > 0 {
		n.class = b.path.At("label_emb").Param("weight", autodiff.S(c.NumClasses, c.embedding()), layers.Normal(1))
		b.params = append(b.params, n.class)
	}
	b.encode()
	last := len(c.ChannelMult) - 1
	w := c.Width(last)
	b.trunk.middle = stage{b.run(b.res("middle_block.0", w, w, ""), b.attention("middle_block.1", w, c.NumHeads),
		b.res("middle_block.2", w, w, ""))}
	b.decode()
	w = c.Width(0)
	n.norm = part(&b.builder, "out.0", layers.NewGroupNorm, layers.GroupNormConfig{Channels: w, Groups: c.NormGroups, Eps: eps, SiLU: true})
	n.out = part(&b.builder, "out.2", layers.NewConv, layers.ConvConfig{In: w, Out: c.OutChannels, Kernel: layers.EachAxis(c.Dims, 3), Init: layers.Zero()})
	n.trunk, n.params = b.trunk, b.params
	return n, b.err
}

// eps is added to the variance in every group norm.
const eps = 1e-5

// embedding is the width of the label's embedding.
func (c *ADMConfig) embedding() int { return 4 * c.ModelChannels }

// Params returns all parameters in the order of the original's state dict, followed by the parameters of blocks that
// were inserted.
func (n *ADM) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *ADM) Config() ADMConfig { return n.cfg }
