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

// InferADM is what a file says about the guided-diffusion network at a prefix: its own description in a native file,
// otherwise what the tensors tell.
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

// ErrOpen says that a configuration must be given, because the tensors leave something open.
var ErrOpen = errors.New("the file does not say it all; give its config.json, or the name of a preset")

// ConfigADM is the configuration for the network at a prefix: the text, in any form that unet.ParseADM reads, or the
// name of a preset; what the file tells when the text is empty, with an ErrOpen when that is not enough.
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

// LoadADM is the network of a configuration with the weights at a prefix, half precision widened. What does not fit is
// a *checkpoints.LoadError that lists all of it.
func LoadADM(f *checkpoints.File, prefix string, c unet.ADMConfig, allowNonFinite bool) (*unet.ADM, error) {
	net, err := unet.NewADM(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return net, checkpoints.Load(f, net.Params(), checkpoints.LoadOptions{Prefix: prefix, AllowNonFinite: allowNonFinite})
}

// DescribeADM is the Spec of a guided-diffusion network of images in [lo, hi], trained on [-1, 1] to predict the noise
// of a discrete schedule, with the given extents, channels left out. A network with classes needs the class that
// the prior is of, any other none. The pixels are taken to have mean (lo+hi)/2 and deviation (hi-lo)/4, as photographs
// have; methods take their defaults from it.
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
