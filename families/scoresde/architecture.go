package scoresde

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

// build makes a network of score_sde from its effective config.
func build(config json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, fmt.Errorf("there is no default network; give a config with the sections training, data and model")
	}
	c, err := Parse(config)
	if err != nil {
		return nil, nil, err
	}
	return assemble.Build(c, shape, at, New)
}

// Describe describes a network of score_sde as a prior on the process that its config names: of VP and sub-VP it
// predicts the noise n of x_t = alpha x_0 + sigma n, of VE it returns the score. Images are in [-1, 1] where they are
// centered, else in [0, 1].
func (n *original) Describe(d families.PriorOptions) (string, families.Spec, error) {
	c := n.net.Config()
	switch {
	case d.Class != nil:
		return "", families.Spec{}, fmt.Errorf("scoresde: class is %d; the network has no classes", *d.Class)
	case d.Schedule != "":
		return "", families.Spec{}, fmt.Errorf("scoresde: a schedule was given; the network was trained on the %s of its config", c.Training.SDE)
	}
	extents := d.Extents
	if extents == nil {
		extents = []int{c.Data.ImageSize, c.Data.ImageSize}
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", families.Spec{}, err
	}
	predict, err := predictionOfScoreSDE(c)
	if err != nil {
		return "", families.Spec{}, err
	}
	unit := families.Positives
	if c.Data.Centered {
		unit = families.Centred
	}
	s := families.NewSpec(network, c.Data.NumChannels, extents, d.Low, d.High, unit)
	s.Predict = predict
	return "score_sde", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// predictionOfScoreSDE says what the output is, and on which process.
func predictionOfScoreSDE(c Config) (p families.Prediction, err error) {
	m := &c.Model
	schedule := func(v any) json.RawMessage {
		b, e := json.Marshal(v)
		if err == nil {
			err = e
		}
		return b
	}
	type beta struct {
		Kind  string  `json:"kind"`
		Beta0 float64 `json:"beta0"`
		Beta1 float64 `json:"beta1"`
	}
	switch {
	case c.Training.SDE == "subvpsde":
		p = families.Prediction{Kind: "eps", Schedule: schedule(beta{"subvp", m.BetaMin, m.BetaMax})}
	case c.Training.SDE == "vpsde" && c.Training.Continuous:
		p = families.Prediction{Kind: "eps", Schedule: schedule(beta{"vp", m.BetaMin, m.BetaMax})}
	case c.Training.SDE == "vpsde":
		d := diffusion.DefaultDDPM()
		d.Steps, d.BetaStart, d.BetaEnd = m.NumScales, m.BetaMin/1000, m.BetaMax/1000
		p.Kind = "eps"
		p.Schedule, err = diffusion.EncodeDDPM(d)
	default:
		p = families.Prediction{Kind: "score", Label: "sigma", Schedule: schedule(map[string]any{"kind": "ve", "sigma_min": m.SigmaMin, "sigma_max": m.SigmaMax})}
		if !c.Training.Continuous {
			p.Label, p.Steps = "index", m.NumScales
		}
	}
	return p, err
}

// Classes returns 0: the networks have no classes.
func (n *Network) Classes() int { return 0 }

// Learn evaluates the network in training, with dropout, whose masks follow from key; a nil key is for evaluation without
// dropout.
func (n *Network) Learn(s *autodiff.Scope, x autodiff.Var, label []float64, _ []int, key *rng.Key) autodiff.Var {
	if key == nil {
		return n.Forward(s, x, label)
	}
	return n.ForwardTrain(s, x, label, *key)
}
