package adm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// InferFile returns what a file says about the guided-diffusion network whose tensors follow prefix: in a native file
// its own description, otherwise what Infer reads off the tensors.
func InferFile(f *checkpoints.File, prefix string) (Inference, error) {
	if info, err := f.Info(); err == nil && info.Architecture == "unet" {
		var s families.Spec
		if err := config.Decode(info.Config, &s); err != nil {
			return Inference{}, fmt.Errorf("adm: config: %w", err)
		}
		c, err := ParseConfig(s.Network)
		return Inference{Config: c}, err
	}
	shapes := map[string][]int{}
	for _, t := range f.Tensors() {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok {
			shapes[name] = t.Shape
		}
	}
	return Infer(shapes)
}

// Configure returns the configuration of the network whose tensors follow prefix. text is the name of a preset, or a
// configuration in any form that Parse reads. When it is empty the file must tell; the error wraps families.ErrOpen when
// that is not enough.
func Configure(f *checkpoints.File, prefix, text string) (Config, error) {
	switch {
	case slices.Contains(Presets(), text):
		return Preset(text)
	case text != "":
		return Parse([]byte(text))
	}
	found, err := InferFile(f, prefix)
	if err == nil && len(found.Open) > 0 {
		err = fmt.Errorf("adm: of the network the tensors do not tell %s: %w", strings.Join(found.Open, ", "), families.ErrOpen)
	}
	return found.Config, err
}

// Load returns the network that c describes with the weights whose names follow prefix; half precision is widened.
// When tensors do not fit, the error is a *checkpoints.LoadError that lists all of them. Weights that are NaN or
// infinite fit only with allowNonFinite.
func Load(f *checkpoints.File, prefix string, c Config, allowNonFinite bool) (*Network, error) {
	net, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return net, checkpoints.Load(f, net.Params(), checkpoints.LoadOptions{Prefix: prefix, AllowNonFinite: allowNonFinite})
}

// Describe returns the families.Spec of a guided-diffusion network for images in [lo, hi] with the given extents, channels
// left out. The network was trained on [-1, 1] to predict the noise of a discrete schedule. A network with classes
// needs the class that the prior is of; any other takes nil. The pixels are taken to have mean (lo+hi)/2 and deviation
// (hi-lo)/4, as photographs have, and methods take their defaults from that.
func Describe(c Config, extents []int, schedule diffusion.DDPMConfig, class *int, lo, hi float64) (families.Spec, error) {
	network, err := json.Marshal(c.Effective())
	if err != nil {
		return families.Spec{}, err
	}
	steps, err := diffusion.EncodeDDPM(schedule)
	if err != nil {
		return families.Spec{}, err
	}
	s := families.NewSpec(network, c.InChannels, extents, lo, hi, families.Centred)
	s.Class, s.Predict = class, families.Prediction{Kind: "eps", Schedule: steps}
	if err := s.Validate(); err != nil {
		return families.Spec{}, err
	}
	return s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}
