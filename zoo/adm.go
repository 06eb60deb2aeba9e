package zoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// InferADM returns what a file says about the guided-diffusion network whose tensors follow prefix: in a native file
// its own description, otherwise what unet.InferADM reads off the tensors.
func InferADM(f *checkpoints.File, prefix string) (unet.ADMInference, error) {
	if info, err := f.Info(); err == nil && info.Architecture == "unet" {
		var s Spec
		if err := config.Decode(info.Config, &s); err != nil {
			return unet.ADMInference{}, fmt.Errorf("zoo: config: %w", err)
		}
		c, err := unet.ParseADMConfig(s.Network)
		return unet.ADMInference{Config: c}, err
	}
	shapes := map[string][]int{}
	for _, t := range f.Tensors() {
		if name, ok := strings.CutPrefix(t.Name, prefix); ok {
			shapes[name] = t.Shape
		}
	}
	return unet.InferADM(shapes)
}

// ErrOpen says that a configuration must be given, because the tensors leave something open. Errors wrap it.
var ErrOpen = errors.New("the file does not say it all; give its config.json, or the name of a preset")

// ConfigADM returns the configuration of the network whose tensors follow prefix. text is the name of a preset, or a
// configuration in any form that unet.ParseADM reads. When it is empty the file must tell; the error wraps ErrOpen when
// that is not enough.
func ConfigADM(f *checkpoints.File, prefix, text string) (unet.ADMConfig, error) {
	switch {
	case slices.Contains(unet.ADMPresets(), text):
		return unet.ADMPreset(text)
	case text != "":
		return unet.ParseADM([]byte(text))
	}
	found, err := InferADM(f, prefix)
	if err == nil && len(found.Open) > 0 {
		err = fmt.Errorf("zoo: of the network the tensors do not tell %s: %w", strings.Join(found.Open, ", "), ErrOpen)
	}
	return found.Config, err
}

// LoadADM returns the network that c describes with the weights whose names follow prefix; half precision is widened.
// When tensors do not fit, the error is a *checkpoints.LoadError that lists all of them. Weights that are NaN or
// infinite fit only with allowNonFinite.
func LoadADM(f *checkpoints.File, prefix string, c unet.ADMConfig, allowNonFinite bool) (*unet.ADM, error) {
	net, err := unet.NewADM(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return net, checkpoints.Load(f, net.Params(), checkpoints.LoadOptions{Prefix: prefix, AllowNonFinite: allowNonFinite})
}

// DescribeADM returns the Spec of a guided-diffusion network for images in [lo, hi] with the given extents, channels
// left out. The network was trained on [-1, 1] to predict the noise of a discrete schedule. A network with classes
// needs the class that the prior is of; any other takes nil. The pixels are taken to have mean (lo+hi)/2 and deviation
// (hi-lo)/4, as photographs have, and methods take their defaults from that.
func DescribeADM(c unet.ADMConfig, extents []int, schedule diffusion.DDPMConfig, class *int, lo, hi float64) (Spec, error) {
	network, err := json.Marshal(c.Effective())
	if err != nil {
		return Spec{}, err
	}
	steps, err := diffusion.EncodeDDPM(schedule)
	if err != nil {
		return Spec{}, err
	}
	s := newSpec(network, c.InChannels, extents, lo, hi, centred)
	s.Class, s.Predict = class, Prediction{Kind: "eps", Schedule: steps}
	if err := s.Validate(); err != nil {
		return Spec{}, err
	}
	return s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}
