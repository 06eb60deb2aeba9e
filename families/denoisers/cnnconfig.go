package denoisers

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// CNNConfig describes a stack of convolutions without skips.
type CNNConfig struct {
	Channels    int    `json:"channels"`               // of the image that is denoised
	Given       int    `json:"given,omitempty"`        // channels of a clean image before it, on which it is conditioned
	NoiseMap    bool   `json:"noise_map,omitempty"`    // a channel after it that holds sigma; the output has one more, which is dropped
	NoiseLevel  bool   `json:"noise_level,omitempty"`  // a channel after it that holds sigma, and no more channels in the output
	Shuffle     int    `json:"shuffle,omitempty"`      // the network sees the r x r pixels of every block as channels; 0 is 1
	Width       int    `json:"width"`                  // of the hidden layers
	Kernels     []int  `json:"kernels"`                // of every layer, odd
	Dilations   []int  `json:"dilations,omitempty"`    // of every layer; none are ones
	Bias        string `json:"bias,omitempty"`         // layers with additive constants: "" none, "hidden" all but the first and the last, "all"
	LinearFirst bool   `json:"linear_first,omitempty"` // no ReLU after the first layer
	Padding     string `json:"padding,omitempty"`      // beyond the edges: "" zeros, "circular"
	Noise       bool   `json:"noise,omitempty"`        // its authors' code returns the noise and not the image; Forward is the same
}

// DefaultCNN returns the configuration of a DnCNN with the given channels and depth, 64 wide with kernels of 3 x 3
// (Zhang et al. 2017), without additive constants.
func DefaultCNN(channels, depth int) CNNConfig {
	return CNNConfig{Channels: channels, Width: 64, Kernels: layers.EachAxis(depth, 3)}
}

// in and out are the channels of the network's input and output.
func (c *CNNConfig) in() int {
	return c.blocks()*(c.Given+c.Channels) + one(c.NoiseMap) + one(c.NoiseLevel)
}
func (c *CNNConfig) out() int { return c.blocks()*c.Channels + one(c.NoiseMap) }

// side is the side of the blocks of pixels that are channels of the network, and blocks their size.
func (c *CNNConfig) side() int   { return max(1, c.Shuffle) }
func (c *CNNConfig) blocks() int { return c.side() * c.side() }

// dilation is that of layer i.
func (c *CNNConfig) dilation(i int) int {
	if c.Dilations == nil {
		return 1
	}
	return c.Dilations[i]
}

// returnsNoise reports whether its authors' code returns the noise: files from before the field say it by LinearFirst.
func (c *CNNConfig) returnsNoise() bool { return c.Noise || c.LinearFirst }

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// biased reports whether layer i has additive constants.
func (c *CNNConfig) biased(i int) bool {
	return c.Bias == "all" || c.Bias == "hidden" && i > 0 && i < len(c.Kernels)-1
}

func (c *CNNConfig) mode() autodiff.PadMode {
	if c.Padding == "circular" {
		return autodiff.PadCircular
	}
	return autodiff.PadZero
}

// validate names the first field that is wrong.
func (c *CNNConfig) validate(p layers.Path) error {
	switch {
	case c.Channels < 1 || c.Channels > most || c.Given < 0 || c.Given > most:
		return p.Errorf("cnn", "channels %d, given %d: want channels in 1..%d and given in 0..%d", c.Channels, c.Given, most, most)
	case c.Width < 1 || c.Width > most:
		return p.Errorf("cnn", "width %d: want 1..%d", c.Width, most)
	case len(c.Kernels) < 2 || len(c.Kernels) > most:
		return p.Errorf("cnn", "kernels %v: want at least two layers and at most %d", c.Kernels, most)
	case c.Dilations != nil && len(c.Dilations) != len(c.Kernels):
		return p.Errorf("cnn", "dilations %v: want one for each of the %d layers, or none", c.Dilations, len(c.Kernels))
	case c.Shuffle < 0 || c.Shuffle > 16:
		return p.Errorf("cnn", "shuffle %d: want at most 16", c.Shuffle)
	case c.NoiseMap && (c.NoiseLevel || c.side() > 1):
		return p.Errorf("cnn", "noise_map goes with neither noise_level nor shuffle")
	case c.Bias != "" && c.Bias != "hidden" && c.Bias != "all":
		return p.Errorf("cnn", `bias %q: want "", "hidden" or "all"`, c.Bias)
	case c.Padding != "" && c.Padding != "circular":
		return p.Errorf("cnn", `padding %q: want "" or "circular"`, c.Padding)
	}
	for i, k := range c.Kernels {
		if k < 1 || k%2 == 0 || k > most {
			return p.Errorf("cnn", "kernels: layer %d has %d; want an odd extent", i, k)
		}
		if d := c.dilation(i); d < 1 || d > 64 {
			return p.Errorf("cnn", "dilations: layer %d has %d; want 1..64", i, d)
		}
	}
	return nil
}
