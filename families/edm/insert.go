package edm

import (
	"tweedie/unet"
)

// Places lists the stages behind which Insert puts blocks.
func (n *Network) Places() []unet.Place { return n.trunk.Places() }

// Embedding returns the width of the embedding that blocks see, 0 for none.
func (n *Network) Embedding() int {
	return n.cfg.Kwargs.ModelChannels * n.cfg.Kwargs.ChannelMultEmb
}

// Insert puts b behind one of Places; see unet.Trunk.Insert. Call it before the network is used.
func (n *Network) Insert(at string, b unet.Block) error {
	params, err := n.trunk.Insert(unet.Insertion{At: at, Dims: 2, Embedding: n.Embedding()}, b, n.params)
	if err == nil {
		n.params = params
	}
	return err
}
