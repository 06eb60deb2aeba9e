package zoo

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// readScoreSDE reads training states and state dicts of score_sde_pytorch, and, when asked for, of score_sde's flax code.
var readScoreSDE = networkReader{
	Family:  ScoreSDE,
	Marks:   [][]string{{"all_modules.0.weight"}, {"all_modules.1.weight"}},
	Accepts: []Family{ScorePrior},
	Build: func(f *checkpoints.File, s Source) (ForeignNetwork, error) {
		code := unet.ScoreSDETorch
		if isFlaxState(f, s.Prefix) {
			code = unet.ScoreSDEFlax
		}
		net, err := buildScoreNetwork(f, s, code)
		if err != nil {
			return nil, err
		}
		return net, checkSigmas(f, s.Prefix, net.net.Config())
	},
	Tensors: func(f *checkpoints.File, s Source) (*checkpoints.File, error) {
		if isFlaxState(f, s.Prefix) {
			return flaxTensors(f, s)
		}
		return torchTensors(f, s)
	},
	Describe: describeScoreSDE,
}

// buildScoreNetwork is the network of a native file or of a config, in the given code when it does not name one.
func buildScoreNetwork(f *checkpoints.File, s Source, code string) (*scoreNetwork, error) {
	var c unet.ScoreSDEConfig
	info, err := f.Info()
	switch native := err == nil && info.Architecture == "score_sde"; {
	case s.Config == "" && native:
		var spec Spec
		if err := config.Decode(info.Config, &spec); err != nil {
			return nil, fmt.Errorf("zoo: config: %w", err)
		}
		c, err = unet.ParseScoreSDE(spec.Network)
	case s.Config == "":
		return nil, errors.New("zoo: networks of score_sde do not describe themselves; give the configuration as JSON, with the sections training, data and model")
	default:
		var given struct {
			Code string `json:"code"`
		}
		if err := config.Tolerant([]byte(s.Config), &given); err != nil {
			return nil, fmt.Errorf("zoo: config: %w", err)
		}
		if c, err = unet.ParseScoreSDE([]byte(s.Config)); given.Code == "" {
			c.Code = code
		}
	}
	if err != nil {
		return nil, err
	}
	net, err := unet.NewScoreSDE(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return &scoreNetwork{net}, nil
}

// scoreNetwork is a network of score_sde; its times are the labels that the original's network takes.
type scoreNetwork struct{ net *unet.ScoreSDE }

func (n *scoreNetwork) Params() []*autodiff.Param { return n.net.Params() }

func (n *scoreNetwork) Dims() int { return 2 }

func (n *scoreNetwork) Check(x autodiff.Shape, t []float64, y Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &InputError{"x", err}
	}
	if err := c.CheckLabels(t); err != nil {
		return &InputError{"t", err}
	}
	_, err := y.Classes(0, x.Dim(0), false)
	return err
}

func (n *scoreNetwork) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ Labels) autodiff.Var {
	return n.net.Forward(s, x, t)
}

// torchTensors are the averages of a training state, or the weights themselves where it is a state dict or they are
// asked for; without the table of noise levels, which must be that of the config.
func torchTensors(f *checkpoints.File, s Source) (*checkpoints.File, error) {
	model := strings.TrimSuffix(s.Prefix, "module.") == "model."
	averages := len(f.Sub("ema.shadow_params.").Tensors()) > 0
	held := f.Sub(s.Prefix)
	if model && averages && !s.Raw {
		var err error
		if held, err = f.EMAList(nil); err != nil {
			return nil, err
		}
	}
	if !held.Has("sigmas") {
		return held, nil
	}
	return without(held, "sigmas")
}

// without is f without one tensor.
func without(f *checkpoints.File, name string) (*checkpoints.File, error) {
	out := f.Empty()
	for _, t := range f.Tensors() {
		if t.Name == name {
			continue
		}
		if err := out.Add(t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// checkSigmas compares the noise levels that a file holds with those of the config.
func checkSigmas(f *checkpoints.File, prefix string, c unet.ScoreSDEConfig) error {
	t, err := f.Tensor(prefix + "sigmas")
	if err != nil {
		return nil // not every file has them
	}
	want := c.Sigmas()
	if t.Len() != len(want) {
		return fmt.Errorf("zoo: the file has %d noise levels, and num_scales is %d", t.Len(), len(want))
	}
	got, err := t.Float64s()
	if err != nil {
		return err
	}
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= 1e-4*want[i]) {
			return fmt.Errorf("zoo: noise level %d of the file is %g, and %g with sigma_max %g and sigma_min %g of the config", i, v, want[i], c.Model.SigmaMax, c.Model.SigmaMin)
		}
	}
	return nil
}
