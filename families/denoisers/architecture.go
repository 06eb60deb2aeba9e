package denoisers

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
)

// architectures are the networks of the package.
var architectures = []families.Architecture{
	{Name: "cnn", Build: builderOf(NewCNN, func(shape []int) CNNConfig { return DefaultCNN(shape[0], 20) })},
	{Name: "bf-unet", Build: builderOf(NewUNet, func(shape []int) UNetConfig { return DefaultUNet(shape[0]) })},
	{Name: "tdv", Build: builderOf(NewTDV, func(shape []int) TDVConfig { return DefaultTDV(shape[0]) })},
	{Name: "unet-res", Build: builderOf(NewUNetRes, func(shape []int) UNetResConfig { return DefaultUNetRes(shape[0]) })},
	{Name: "time-cnn", Build: builderOf(NewTimeCNN, defaultTimeCNN)},
}

// defaultTimeCNN is the network of package denoisers for images of the given shape.
func defaultTimeCNN(shape []int) TimeCNNConfig {
	c := DefaultTimeCNN()
	c.Channels = shape[0]
	if len(shape) == 3 {
		c.Height, c.Width = shape[1], shape[2]
	}
	return c
}

// builderOf returns the builder of a network of package denoisers: it checks that the network returns images of the
// shape that it takes.
func builderOf[N interface {
	families.Network
	Config() C
}, C any](make func(layers.Path, C) (N, error), standard func(shape []int) C) func(json.RawMessage, []int, layers.Path) (families.Network, json.RawMessage, error) {
	return func(given json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
		c := standard(shape)
		if given != nil {
			if err := config.Decode(given, &c); err != nil {
				return nil, nil, err
			}
		}
		net, err := make(at, c)
		if err != nil {
			return nil, nil, err
		}
		in := autodiff.S(append([]int{1}, shape...)...)
		out, err := layers.OutShape(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return net.Forward(s, x, []float64{1}) }, in)
		if err != nil {
			return nil, nil, err
		}
		if out != in {
			return nil, nil, fmt.Errorf("the network makes %v of images %v; a prior needs the shape that went in", out, in)
		}
		effective, err := json.Marshal(net.Config())
		return net, effective, err
	}
}
