package adm

import (
	"strconv"

	"tweedie/unet"
)

// Stages returns the places where a Block can be inserted, in the order in which images pass them.
func (c Config) Stages() []unet.Place {
	c = c.Effective()
	last := len(c.ChannelMult) - 1
	in, out := []int{c.StemChannels}, []int{}
	for l := range c.ChannelMult {
		for range c.NumResBlocks {
			in = append(in, c.Width(l))
		}
		if l < last {
			in = append(in, c.Width(l))
		}
	}
	for l := last; l >= 0; l-- {
		for range c.NumResBlocks + 1 {
			out = append(out, c.Width(l))
		}
	}
	var stages []unet.Place
	for i, w := range in {
		stages = append(stages, unet.Place{Name: "input_blocks." + strconv.Itoa(i), Channels: w})
	}
	stages = append(stages, unet.Place{Name: "middle_block", Channels: c.Width(last)})
	for i, w := range out {
		stages = append(stages, unet.Place{Name: "output_blocks." + strconv.Itoa(i), Channels: w})
	}
	return stages
}

// Embedding returns the width E of the embedding that blocks see.
func (c Config) Embedding() int { return c.embedding() }

// Insert puts b behind one of the stages that Stages lists; see unet.Trunk.Insert. Call it before the network is used.
func (n *Network) Insert(stage string, b unet.Block) (err error) {
	params, err := n.trunk.Insert(unet.Insertion{Places: n.cfg.Stages(), At: stage, Dims: n.cfg.Dims, Embedding: n.cfg.embedding()}, b, n.params)
	if err == nil {
		n.params = params
	}
	return err
}

// Places returns what Stages of the config does.
func (n *Network) Places() []unet.Place { return n.cfg.Stages() }

// Embedding returns the width of the embedding that blocks see.
func (n *Network) Embedding() int { return n.cfg.embedding() }
