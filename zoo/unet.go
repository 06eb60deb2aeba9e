package zoo

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/unet"
)

// defaultUNet is a network for small images, whose labels are of order 1 as in EDM's preconditioning.
func defaultUNet(shape []int) unet.ADMConfig {
	c := unet.DefaultADM()
	c.Dims, c.InChannels, c.ModelChannels, c.NumResBlocks = len(shape)-1, shape[0], 64, 2
	c.ChannelMult, c.AttentionResolutions, c.NumHeadChannels = []float64{1, 2, 2}, []int{4}, 64
	c.ScaleShiftNorm, c.LabelScale = true, 1000
	return c
}

// buildUNet makes the U-Net of guided diffusion. A config is read onto unet.DefaultADM, not onto the default network.
func buildUNet(config json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	c := defaultUNet(shape)
	if config != nil {
		var err error
		if c, err = unet.ParseADMConfig(config); err != nil {
			return nil, nil, err
		}
	}
	if c.InChannels != shape[0] {
		return nil, nil, fmt.Errorf("config has in_channels = %d and the images have %d channels", c.InChannels, shape[0])
	}
	if err := c.CheckShape(autodiff.S(append([]int{1}, shape...)...)); err != nil {
		return nil, nil, err
	}
	net, err := unet.NewADM(at, c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// mean is net as the preconditioning wants it: with its class, and without the channels of a learned variance.
func (s *Spec) mean(net Network) (diffusion.Network, error) {
	if e, ok := net.(*unet.EDM); ok {
		return s.meanOfEDM(e)
	}
	if d, ok := net.(*unet.Diffusers); ok {
		return s.meanOfDiffusers(d)
	}
	u, ok := net.(*unet.ADM)
	if !ok {
		if s.Class != nil {
			return nil, fmt.Errorf("class is %d; the network has no classes", *s.Class)
		}
		return net, nil
	}
	c := u.Config()
	var f diffusion.Network = u
	switch {
	case c.NumClasses > 0 && s.Class == nil:
		return nil, fmt.Errorf("class is missing; the network has %d, numbered from 0", c.NumClasses)
	case c.NumClasses == 0 && s.Class != nil:
		return nil, fmt.Errorf("class is %d; the network has no classes", *s.Class)
	case s.Class != nil:
		k, err := u.AsClass(*s.Class)
		if err != nil {
			return nil, err
		}
		f = k
	}
	if c.OutChannels != c.InChannels && !c.LearnSigma() {
		return nil, fmt.Errorf("out_channels is %d; a prior needs in_channels = %d, or twice that", c.OutChannels, c.InChannels)
	}
	return meanOfADM(c, f), nil
}

// meanOfADM is f, the network of c, without the channels of a learned variance.
func meanOfADM(c unet.ADMConfig, f diffusion.Network) diffusion.Network {
	if c.LearnSigma() {
		return diffusion.FirstChannels{Net: f, C: c.InChannels}
	}
	return f
}
