// Package convscore registers conv-score, the small convolutional score network of package layers, as an architecture.
package convscore

import (
	"encoding/json"
	"fmt"

	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
)

type family struct{}

func init() { families.Register(family{}) }

// Name returns "conv-score".
func (family) Name() string { return "conv-score" }

// Architectures returns conv-score, which has a default network for every shape of images.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: "conv-score", Build: build}}
}

func build(given json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	c := layers.DefaultConvScore(shape[0])
	c.Dims = len(shape) - 1
	if given != nil {
		if err := config.Decode(given, &c); err != nil {
			return nil, nil, err
		}
	}
	if c.In != shape[0] {
		return nil, nil, fmt.Errorf("config has in = %d and the images have %d channels", c.In, shape[0])
	}
	net, err := layers.NewConvScore(at, c)
	if err != nil {
		return nil, nil, err
	}
	if out := c.Out; out != 0 && out != c.In {
		return nil, nil, fmt.Errorf("config has out = %d and the images have %d channels; a prior needs as many", out, c.In)
	}
	if c.Dims != len(shape)-1 {
		return nil, nil, fmt.Errorf("config has dims = %d and the images, of shape %v, have %d axes besides the channels", c.Dims, shape, len(shape)-1)
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}
