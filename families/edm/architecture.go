package edm

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/internal/assemble"
	"tweedie/layers"
	"tweedie/rng"
)

// build makes a network of EDM from its effective config.
func build(config json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, fmt.Errorf(`there is no default network; give a config with "precond" and "kwargs"`)
	}
	c, err := Parse(config)
	if err != nil {
		return nil, nil, err
	}
	return assemble.Build(c, shape, at, New)
}

// Describe describes a network of EDM as a prior under the preconditioning of its config. Images are in [-1, 1].
func (n *original) Describe(d families.PriorOptions) (string, families.Spec, error) {
	c := n.net.Config()
	if d.Schedule != "" {
		return "", families.Spec{}, fmt.Errorf("edm: a schedule was given; the network has the %s of its config", c.Precond)
	}
	extents := d.Extents
	if extents == nil {
		extents = []int{c.Kwargs.ImgResolution, c.Kwargs.ImgResolution}
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", families.Spec{}, err
	}
	s := families.NewSpec(network, c.Kwargs.ImgChannels, extents, d.Low, d.High, families.Centred)
	s.Class, s.SigmaData = d.Class, c.Kwargs.SigmaData
	if s.Predict, s.Sigmas, err = predictionOfEDM(n.net); err != nil {
		return "", families.Spec{}, err
	}
	if _, err := n.net.OfClass(s.Class); err != nil {
		return "", families.Spec{}, fmt.Errorf("edm: %w", err)
	}
	return "edm", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// OfClass returns the network as it sees one class in every sample, or as it is where it has none.
func (n *Network) OfClass(class *int) (diffusion.Network, error) {
	if err := families.CheckClass(class, n.cfg.Kwargs.LabelDim); err != nil || class == nil {
		return n, err
	}
	return n.AsClass(*class)
}

// Mean returns f, which evaluates the network, without the channels of a learned variance.
func (n *Network) Mean(f diffusion.Network) diffusion.Network {
	if c := n.cfg.Kwargs.ImgChannels; n.cfg.OutChannels() != c {
		return diffusion.FirstChannels{Net: f, C: c}
	}
	return f
}

// Classes returns the number of classes, 0 for none.
func (n *Network) Classes() int { return n.cfg.Kwargs.LabelDim }

// Learn evaluates the network in training, with the class of each sample and with dropout, whose masks follow from key;
// a nil key is for evaluation without dropout.
func (n *Network) Learn(s *autodiff.Scope, x autodiff.Var, label []float64, class []int, key *rng.Key) autodiff.Var {
	var rows []float64
	if dim := n.cfg.Kwargs.LabelDim; class != nil && dim > 0 {
		rows = make([]float64, len(class)*dim)
		for i, k := range class {
			rows[i*dim+k] = 1
		}
	}
	if key == nil {
		return n.ForwardRows(s, x, label, rows)
	}
	return n.ForwardTrain(s, x, label, rows, *key)
}

// withClasses returns a config with room for n classes.
func withClasses(config json.RawMessage, n int) (json.RawMessage, error) {
	return assemble.WithClasses(config, n, "kwargs.label_dim", Parse, func(c *Config) *int { return &c.Kwargs.LabelDim })
}
