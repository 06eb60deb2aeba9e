package families

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// Architectures returns the names that Build knows, sorted.
func Architectures() (names []string) {
	for _, f := range all() {
		for _, a := range f.Architectures() {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Build makes a network for images of the given shape, [C,W], [C,H,W] or [C,D,H,W], with fresh weights drawn from key,
// and returns it with its config, every effective field filled in. A nil config means the architecture's default, where
// it has one. More than 2^31 parameters are refused before any is allocated.
func Build(architecture string, given json.RawMessage, shape []int, key rng.Key) (Network, json.RawMessage, error) {
	net, _, err := Blank(architecture, given, shape)
	if err != nil {
		return nil, nil, err
	}
	if err := layers.CheckSize(architecture, net.Params()); err != nil {
		return nil, nil, fmt.Errorf("families: %w", err)
	}
	return build(architecture, given, shape, layers.Root(key))
}

// Blank is Build without values or storage: weights that are loaded get theirs when their shapes are known to fit, so that
// a file costs memory in proportion to what it holds.
func Blank(architecture string, given json.RawMessage, shape []int) (Network, json.RawMessage, error) {
	return build(architecture, given, shape, layers.Root(rng.New(0)).Blank())
}

func build(architecture string, given json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	if len(shape) < 2 {
		return nil, nil, fmt.Errorf("families: the images' shape is %v; want [C,W], [C,H,W] or [C,D,H,W]", shape)
	}
	a, err := ArchitectureOf(architecture)
	if err != nil {
		return nil, nil, err
	}
	net, effective, err := a.Build(given, shape, at)
	if err != nil {
		return nil, nil, fmt.Errorf("families: %s: %w", architecture, err)
	}
	return net, effective, nil
}

// DecodeConfig reads the JSON of a config onto dst, a pointer to its defaults. An unknown field is an error that names the
// nearest, as is a value of another type.
func DecodeConfig(text []byte, dst any) error { return config.Decode(text, dst) }

// ArchitectureOf returns the architecture of a name.
func ArchitectureOf(name string) (Architecture, error) {
	for _, f := range all() {
		for _, a := range f.Architectures() {
			if a.Name == name {
				return a, nil
			}
		}
	}
	return Architecture{}, fmt.Errorf("families: architecture %q is unknown; it is one of %s", name, strings.Join(Architectures(), ", "))
}
