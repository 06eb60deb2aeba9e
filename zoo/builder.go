package zoo

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// builder makes a network of one architecture from its config, for images with the given number of channels and
// extents. Decoding is strict: an unknown field is an error.
type builder func(given json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error)

// builders are the architectures that a native checkpoint may name.
var builders = map[string]builder{
	"conv-score": buildConvScore,
	"unet":       buildUNet,
}

// Architectures returns the names that Build knows, sorted.
func Architectures() []string {
	var names []string
	for n := range builders {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Build makes a network for images of the given shape, [C,W], [C,H,W] or [C,D,H,W], with fresh weights drawn from key,
// and returns it with its config, every effective field filled in. A nil config means the architecture's default, where
// it has one. More than 2^31 parameters are refused before any is allocated.
func Build(architecture string, given json.RawMessage, shape []int, key rng.Key) (Network, json.RawMessage, error) {
	net, _, err := blank(architecture, given, shape)
	if err != nil {
		return nil, nil, err
	}
	if err := layers.CheckSize(architecture, net.Params()); err != nil {
		return nil, nil, fmt.Errorf("zoo: %w", err)
	}
	return build(architecture, given, shape, layers.Root(key))
}

// blank is the network without values or storage: weights that are loaded get theirs when their shapes are known to
// fit, so that a file costs memory in proportion to what it holds.
func blank(architecture string, given json.RawMessage, shape []int) (Network, json.RawMessage, error) {
	return build(architecture, given, shape, layers.Root(rng.New(0)).Blank())
}

func build(architecture string, given json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	if len(shape) < 2 {
		return nil, nil, fmt.Errorf("zoo: the images' shape is %v; want [C,W], [C,H,W] or [C,D,H,W]", shape)
	}
	b, ok := builders[architecture]
	if !ok {
		return nil, nil, fmt.Errorf("zoo: architecture %q is unknown; it is one of %s", architecture, strings.Join(Architectures(), ", "))
	}
	net, effective, err := b(given, shape, at)
	if err != nil {
		return nil, nil, fmt.Errorf("zoo: %s: %w", architecture, err)
	}
	return net, effective, nil
}

func buildConvScore(given json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
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
