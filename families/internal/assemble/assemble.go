// Package assemble holds what families do alike to make an Architecture of a constructor and a config.
package assemble

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/families"
	"tweedie/layers"
)

// Config is a config that knows which images its network takes.
type Config interface{ CheckShape(x autodiff.Shape) error }

// Network is a network that knows its effective config.
type Network[C any] interface {
	families.Network
	Config() C
}

// Build makes the network of c for images of a shape, and returns it with its effective config as JSON.
func Build[C Config, N Network[C]](c C, shape []int, at layers.Path, construct func(layers.Path, C) (N, error)) (families.Network, json.RawMessage, error) {
	if err := c.CheckShape(autodiff.S(append([]int{1}, shape...)...)); err != nil {
		return nil, nil, err
	}
	net, err := construct(at, c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// WithClasses returns a config with room for n classes, as many as it has where it has some. classes points to their number in
// a config, 0 for none, and field is what an error calls it.
func WithClasses[C interface{ Effective() C }](config json.RawMessage, n int, field string, parse func([]byte) (C, error), classes func(*C) *int) (json.RawMessage, error) {
	c, err := parse(config)
	if err != nil {
		return nil, err
	}
	k := classes(&c)
	if *k == 0 {
		*k = n
	}
	if *k < n {
		return nil, fmt.Errorf("network.%s is %d and the images have %d classes", field, *k, n)
	}
	return json.Marshal(c.Effective())
}
