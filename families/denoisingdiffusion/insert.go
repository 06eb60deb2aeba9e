package denoisingdiffusion

import "tweedie/unet"

// Places lists the stages behind which Insert puts blocks. The middle is as wide as the level below the last skip.
func (n *Network) Places() []unet.Place {
	places := n.trunk.Places()
	places[len(n.trunk.Down)].Channels = n.cfg.Dim * n.cfg.DimMults[len(n.cfg.DimMults)-1]
	return places
}

// Embedding returns the width of the embedding that blocks see.
func (n *Network) Embedding() int { return 4 * n.cfg.Dim }

// Insert puts b behind one of Places; see unet.Trunk.Insert. Call it before the network is used.
func (n *Network) Insert(at string, b unet.Block) error {
	params, err := n.trunk.Insert(unet.Insertion{Places: n.Places(), At: at, Dims: 2, Embedding: n.Embedding()}, b, n.params)
	if err == nil {
		n.params = params
	}
	return err
}
