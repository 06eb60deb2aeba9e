package zoo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/layers"
	"tweedie/rng"
)

// Builder makes a network of one architecture from its config, for images with the given number of channels and
// extents. Decoding is strict: an unknown field is an error.
type Builder func(config json.RawMessage, shape []int, key rng.Key) (Network, json.RawMessage, error)

// builders are the architectures that a native checkpoint may name.
var builders = map[string]Builder{
	"conv-score": buildConvScore,
	"unet":       buildUNet,
}

// Architectures are the names that Build knows.
func Architectures() []string {
	var names []string
	for n := range builders {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Build makes a network with fresh weights drawn from key, and returns its config with every effective field.
// A nil config means the architecture's default.
func Build(architecture string, config json.RawMessage, shape []int, key rng.Key) (Network, json.RawMessage, error) {
	b, ok := builders[architecture]
	if !ok {
		return nil, nil, fmt.Errorf("zoo: architecture %q is unknown; it is one of %s", architecture, strings.Join(Architectures(), ", "))
	}
	net, effective, err := b(config, shape, key)
	if err != nil {
		return nil, nil, fmt.Errorf("zoo: %s: %w", architecture, err)
	}
	return net, effective, nil
}

func buildConvScore(config json.RawMessage, shape []int, key rng.Key) (Network, json.RawMessage, error) {
	c := layers.DefaultConvScore(shape[0])
	c.Dims = len(shape) - 1
	if config != nil {
		if err := strict(config, &c); err != nil {
			return nil, nil, err
		}
	}
	if c.In != shape[0] {
		return nil, nil, fmt.Errorf("config has in = %d and the images have %d channels", c.In, shape[0])
	}
	net, err := layers.NewConvScore(layers.Root(key), c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}
