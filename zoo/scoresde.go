package zoo

import (
	"encoding/json"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/unet"
)

func init() { builders["score_sde"] = buildScoreSDE }

// buildScoreSDE makes a network of score_sde from its effective config.
func buildScoreSDE(config json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, fmt.Errorf("there is no default network; give a config with the sections training, data and model")
	}
	c, err := unet.ParseScoreSDE(config)
	if err != nil {
		return nil, nil, err
	}
	if err := c.CheckShape(autodiff.S(append([]int{1}, shape...)...)); err != nil {
		return nil, nil, err
	}
	net, err := unet.NewScoreSDE(at, c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// describeScoreSDE is a network of score_sde as a prior on the process that its config names: of VP and sub-VP it
// predicts the noise n of x_t = alpha x_0 + sigma n, of VE it returns the score. Images are in [-1, 1] where they are
// centered, else in [0, 1].
func describeScoreSDE(net ForeignNetwork, d PriorOptions) (string, Spec, error) {
	n, ok := net.(*scoreNetwork)
	if !ok {
		return "", Spec{}, fmt.Errorf("zoo: %T is no network of score_sde", net)
	}
	c := n.net.Config()
	switch {
	case d.Class != nil:
		return "", Spec{}, fmt.Errorf("zoo: class is %d; the network has no classes", *d.Class)
	case d.Schedule != "":
		return "", Spec{}, fmt.Errorf("zoo: a schedule was given; the network was trained on the %s of its config", c.Training.SDE)
	}
	extents := d.Extents
	if extents == nil {
		extents = []int{c.Data.ImageSize, c.Data.ImageSize}
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", Spec{}, err
	}
	predict, err := predictionOfScoreSDE(c)
	if err != nil {
		return "", Spec{}, err
	}
	unit := positives
	if c.Data.Centered {
		unit = centred
	}
	s := newSpec(network, c.Data.NumChannels, extents, d.Low, d.High, unit)
	s.Predict = predict
	return "score_sde", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// predictionOfScoreSDE says what the output is, and on which process.
func predictionOfScoreSDE(c unet.ScoreSDEConfig) (p Prediction, err error) {
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
		p = Prediction{Kind: "eps", Schedule: schedule(beta{"subvp", m.BetaMin, m.BetaMax})}
	case c.Training.SDE == "vpsde" && c.Training.Continuous:
		p = Prediction{Kind: "eps", Schedule: schedule(beta{"vp", m.BetaMin, m.BetaMax})}
	case c.Training.SDE == "vpsde":
		d := diffusion.DefaultDDPM()
		d.Steps, d.BetaStart, d.BetaEnd = m.NumScales, m.BetaMin/1000, m.BetaMax/1000
		p.Kind = "eps"
		p.Schedule, err = diffusion.EncodeDDPM(d)
	default:
		p = Prediction{Kind: "score", Label: "sigma", Schedule: schedule(map[string]any{"kind": "ve", "sigma_min": m.SigmaMin, "sigma_max": m.SigmaMax})}
		if !c.Training.Continuous {
			p.Label, p.Steps = "index", m.NumScales
		}
	}
	return p, err
}

// veSteps is a VE process of a network that was trained at n noise levels only and takes the index of one, counted from
// the highest: label round((1-t)(n-1)) at time t, halves to even.
type veSteps struct {
	ve diffusion.Schedule
	n  int
}

func newVESteps(s diffusion.Schedule, n int) (diffusion.Levels, error) {
	if s.Kind() != "ve" {
		return nil, fmt.Errorf(`label "index" is of ve, not of %s`, s.Kind())
	}
	if n < 2 || n > maxSteps {
		return nil, fmt.Errorf("steps is %d; want 2 to %d", n, maxSteps)
	}
	return veSteps{s, n}, nil
}

// Level is the noise level r with the index of the nearest that the network knows.
func (v veSteps) Level(r float64) diffusion.Level {
	t := min(1, max(0, v.ve.Time(r)))
	return diffusion.Level{Alpha: 1, Sigma: r, Label: math.RoundToEven((1 - t) * float64(v.n-1))}
}
