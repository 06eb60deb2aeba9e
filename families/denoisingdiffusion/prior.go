package denoisingdiffusion

import (
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/internal/assemble"
	"tweedie/internal/config"
	"tweedie/layers"
)

// build makes a network from its config.
func build(text json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	if text == nil {
		return nil, nil, errors.New(`there is no default network; give a config with "dim", "dim_mults" and "channels"`)
	}
	var c Config
	if err := config.Decode(text, &c); err != nil {
		return nil, nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, nil, err
	}
	return assemble.Build(c, shape, at, New)
}

// OfClass returns the network, which has no classes.
func (n *Network) OfClass(class *int) (diffusion.Network, error) {
	return n, families.CheckClass(class, 0)
}

// Mean returns f, which evaluates the network, without the channels of a learned variance.
func (n *Network) Mean(f diffusion.Network) diffusion.Network {
	if n.cfg.LearnedVariance {
		return diffusion.FirstChannels{Net: f, C: n.cfg.Channels}
	}
	return f
}

// Describe describes the network as a prior on the process of its file, or on the one that is given: linear, cosine, or JSON.
// Images are in [-1, 1] unless the config says otherwise.
func (n *original) Describe(o families.PriorOptions) (string, families.Spec, error) {
	fail := func(format string, args ...any) (string, families.Spec, error) {
		return "", families.Spec{}, fmt.Errorf("denoisingdiffusion: "+format, args...)
	}
	c, unit := n.net.Config(), families.Centred
	if n.given.Normalize != nil && !*n.given.Normalize {
		unit = families.Positives
	}
	objective := n.given.Objective
	if objective == "" && n.process != nil {
		objective = n.process.objective
	}
	kind, ok := kinds[objective]
	if !ok && objective == "" {
		return fail(`the file does not say what the network predicts; give a config {"objective": "pred_noise"}, "pred_x0" or "pred_v"`)
	} else if !ok {
		return fail("objective is %.100q; want pred_noise, pred_x0 or pred_v", objective)
	}
	extents := o.Extents
	if extents == nil && n.given.ImageSize > 0 {
		extents = []int{n.given.ImageSize, n.given.ImageSize}
	}
	if extents == nil {
		return fail(`neither the file nor a config tells the extents of the images; 'tweedie ckpt convert --size H,W' writes a file that does, or give a config {"image_size": 32}`)
	}
	schedule, err := n.schedule(o.Schedule)
	if err != nil {
		return fail("%w", err)
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", families.Spec{}, err
	}
	s := families.NewSpec(network, c.Channels, extents, o.Low, o.High, unit)
	s.Predict = families.Prediction{Kind: kind, Schedule: schedule}
	if err := families.CheckClass(o.Class, 0); err != nil {
		return fail("%w", err)
	}
	return Name, s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// schedule is the process that a text names, or that of the file.
func (n *original) schedule(text string) (json.RawMessage, error) {
	d := diffusion.DefaultDDPM()
	if n.net.cfg.LearnedVariance {
		d.Variance = diffusion.LearnedRange
	}
	switch {
	case text == "" && n.process != nil:
		return n.process.config(n.net.cfg.LearnedVariance)
	case text == "":
		return nil, errors.New("the file holds a network without its process; give the schedule: linear, cosine or JSON")
	case text == "linear" || text == "cosine":
		d.Betas = text
	default:
		var err error
		if d, err = diffusion.DecodeDDPM([]byte(text)); err != nil {
			return nil, err
		}
	}
	return diffusion.EncodeDDPM(d)
}
