package unet

import (
	"slices"
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// UNet is the network that a Config describes. Its parameters have the names of guided-diffusion's state dicts below
// the path it was made at: time_embed.{0,2}, label_emb, input_blocks.i.j, middle_block.j, output_blocks.i.j, out.{0,2}.
type UNet struct {
	name   string
	cfg    Config // effective
	time   *layers.Sinusoid
	mlp    *layers.MLP
	class  *autodiff.Param // [num_classes, 4 model_channels]; nil without classes
	down   []*stage
	middle *stage
	up     []*stage // up[i] takes the output of down[len(down)-1-i]
	norm   *layers.GroupNorm
	out    *layers.Conv
	params []*autodiff.Param
}

// names are guided-diffusion's for the parts of our blocks.
var names = map[string]string{
	"norm1": "in_layers.0", "conv1": "in_layers.2", "emb": "emb_layers.1",
	"norm2": "out_layers.0", "conv2": "out_layers.3", "skip": "skip_connection", "proj": "proj_out",
}

// New makes the network that c describes at path; path.Blank() makes it without values, for planning and loading.
// The error names the field of c that is wrong.
func New(path layers.Path, c Config) (*UNet, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &builder{path: path.Named(names), cfg: c.Effective()}
	n := &UNet{name: path.Local(), cfg: b.cfg}
	c = b.cfg
	n.time = part(b, "time_features", layers.NewSinusoid, layers.SinusoidConfig{Dim: c.ModelChannels, Scale: c.LabelScale})
	n.mlp = part(b, "time_embed", layers.NewMLP, layers.MLPConfig{Sizes: []int{c.ModelChannels, c.embedding(), c.embedding()}, Act: "silu"})
	if c.NumClasses > 0 {
		n.class = b.path.At("label_emb").Param("weight", autodiff.S(c.NumClasses, c.embedding()), layers.Normal(1))
		b.params = append(b.params, n.class)
	}
	skips := n.encode(b)
	last := len(c.ChannelMult) - 1
	w := c.Width(last)
	n.middle = b.stage(b.block("middle_block.0", w, w, ""), b.attention("middle_block.1", w, c.NumHeads),
		b.block("middle_block.2", w, w, ""))
	n.decode(b, skips)
	w = c.Width(0)
	n.norm = part(b, "out.0", layers.NewGroupNorm, layers.GroupNormConfig{Channels: w, Groups: c.NormGroups, Eps: eps, SiLU: true})
	n.out = part(b, "out.2", layers.NewConv, layers.ConvConfig{In: w, Out: c.OutChannels, Kernel: layers.Uniform(c.Dims, 3), Init: layers.Zero()})
	n.params = b.params
	return n, b.err
}

// eps is added to the variance in every group norm.
const eps = 1e-5

// embedding is the width of the label's embedding.
func (c *Config) embedding() int { return 4 * c.ModelChannels }

// encode makes the way down, and returns the width of every output of it.
func (n *UNet) encode(b *builder) (skips []int) {
	c := &b.cfg
	at := func() string { return "input_blocks." + strconv.Itoa(len(n.down)) }
	add := func(g *stage, width int) {
		n.down = append(n.down, g)
		skips = append(skips, width)
	}
	w := c.StemChannels
	add(b.stem(at()+".0", w), w)
	for l := range c.ChannelMult {
		for range c.NumResBlocks {
			next := c.Width(l)
			steps := []step{b.block(at()+".0", w, next, "")}
			w = next
			if slices.Contains(c.AttentionResolutions, 1<<l) {
				steps = append(steps, b.attention(at()+".1", w, c.NumHeads))
			}
			add(b.stage(steps...), w)
		}
		if l < len(c.ChannelMult)-1 {
			add(b.stage(b.resample(at()+".0", w, "down")), w)
		}
	}
	return skips
}

// decode makes the way up, given the widths of the outputs on the way down.
func (n *UNet) decode(b *builder, skips []int) {
	c := &b.cfg
	w := c.Width(len(c.ChannelMult) - 1)
	for l := len(c.ChannelMult) - 1; l >= 0; l-- {
		for i := range c.NumResBlocks + 1 {
			at := "output_blocks." + strconv.Itoa(len(n.up)) + "."
			next, last := c.Width(l), len(skips)-1
			steps := []step{b.block(at+"0", w+skips[last], next, "")}
			skips, w = skips[:last], next
			if slices.Contains(c.AttentionResolutions, 1<<l) {
				steps = append(steps, b.attention(at+"1", w, c.NumHeadsUpsample))
			}
			if l > 0 && i == c.NumResBlocks {
				steps = append(steps, b.resample(at+strconv.Itoa(len(steps)), w, "up"))
			}
			n.up = append(n.up, b.stage(steps...))
		}
	}
}

// Params is all parameters in the order of the original's state dict.
func (n *UNet) Params() []*autodiff.Param { return n.params }

// Config is the effective configuration.
func (n *UNet) Config() Config { return n.cfg }
