package adm

import (
	"tweedie/families"
	"tweedie/families/internal/assemble"
	"tweedie/rng"

	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
)

// defaultUNet is a network for small images, whose labels are of order 1 as in EDM's preconditioning.
func defaultUNet(shape []int) Config {
	c := Default()
	c.Dims, c.InChannels, c.ModelChannels, c.NumResBlocks = len(shape)-1, shape[0], 64, 2
	c.ChannelMult, c.AttentionResolutions, c.NumHeadChannels = []float64{1, 2, 2}, []int{4}, 64
	c.ScaleShiftNorm, c.LabelScale = true, 1000
	return c
}

// buildUNet makes the U-Net of guided diffusion. A config is read onto Default, not onto the default network.
func buildUNet(config json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	c := defaultUNet(shape)
	if config != nil {
		var err error
		if c, err = ParseConfig(config); err != nil {
			return nil, nil, err
		}
	}
	if c.InChannels != shape[0] {
		return nil, nil, fmt.Errorf("config has in_channels = %d and the images have %d channels", c.InChannels, shape[0])
	}
	return assemble.Build(c, shape, at, New)
}

// OfClass returns the network as it sees one class in every sample, or as it is where it has none.
func (n *Network) OfClass(class *int) (diffusion.Network, error) {
	c := n.cfg
	if c.OutChannels != c.InChannels && !c.LearnSigma() {
		return nil, fmt.Errorf("out_channels is %d; a prior needs in_channels = %d, or twice that", c.OutChannels, c.InChannels)
	}
	if err := families.CheckClass(class, c.NumClasses); err != nil || class == nil {
		return n, err
	}
	return n.AsClass(*class)
}

// Mean returns f, which evaluates the network, without the channels of a learned variance.
func (n *Network) Mean(f diffusion.Network) diffusion.Network {
	if n.cfg.LearnSigma() {
		return diffusion.FirstChannels{Net: f, C: n.cfg.InChannels}
	}
	return f
}

// Classes returns the number of classes, 0 for none.
func (n *Network) Classes() int { return n.cfg.NumClasses }

// Learn evaluates the network in training, with the class of each sample and with dropout, whose masks follow from key;
// a nil key is for evaluation without dropout.
func (n *Network) Learn(s *autodiff.Scope, x autodiff.Var, label []float64, class []int, key *rng.Key) autodiff.Var {
	if key == nil {
		return n.ForwardClass(s, x, label, class)
	}
	return n.ForwardTrain(s, x, label, class, *key)
}

// withClasses returns a config with room for n classes.
func withClasses(config json.RawMessage, n int) (json.RawMessage, error) {
	return assemble.WithClasses(config, n, "num_classes", ParseConfig, func(c *Config) *int { return &c.NumClasses })
}
