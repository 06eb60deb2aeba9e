package zoo

import (
	"encoding/json"
	"fmt"
	"maps"

	"tweedie/autodiff"
	"tweedie/denoisers"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/layers"
)

func init() {
	maps.Copy(builders, map[string]builder{
		"cnn":      buildDenoiser(denoisers.NewCNN, func(shape []int) denoisers.CNNConfig { return denoisers.DefaultCNN(shape[0], 20) }),
		"bf-unet":  buildDenoiser(denoisers.NewUNet, func(shape []int) denoisers.UNetConfig { return denoisers.DefaultUNet(shape[0]) }),
		"tdv":      buildDenoiser(denoisers.NewTDV, func(shape []int) denoisers.TDVConfig { return denoisers.DefaultTDV(shape[0]) }),
		"time-cnn": buildDenoiser(denoisers.NewTimeCNN, defaultTimeCNN),
	})
}

// defaultTimeCNN is the network of package denoisers for images of the given shape.
func defaultTimeCNN(shape []int) denoisers.TimeCNNConfig {
	c := denoisers.DefaultTimeCNN()
	c.Channels = shape[0]
	if len(shape) == 3 {
		c.Height, c.Width = shape[1], shape[2]
	}
	return c
}

// buildDenoiser is the builder of a network of package denoisers: it checks that the network returns images of the
// shape that it takes.
func buildDenoiser[N interface {
	Network
	Config() C
}, C any](make func(layers.Path, C) (N, error), standard func(shape []int) C) builder {
	return func(given json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
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

// blind is the preconditioning of a prediction without a schedule, nil when kind is none.
func blind(kind string) diffusion.Preconditioning {
	switch kind {
	case "residual":
		return denoisers.Residual{}
	case "denoised":
		return diffusion.X0{Levels: diffusion.NoiseLevels{}}
	case "edm_ve":
		return diffusion.EDMVE{}
	}
	return nil
}
