package scoresde

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// Name is that of the family.
const Name = "score_sde"

// family reads training states and state dicts of score_sde_pytorch, and, when asked for, of score_sde's flax code.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "score_sde".
func (family) Name() string { return Name }

// Architectures returns score_sde, which has no default network.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: Name, Build: build}}
}

// Marks are names that a network has, with features that are learned or not.
func (family) Marks() [][]string {
	return [][]string{{"all_modules.0.weight"}, {"all_modules.1.weight"}}
}

// Accepts returns the family whose tensors have the names of score_sde's flax code.
func (family) Accepts() []string { return []string{"score_prior"} }

// FindsAverages says that Tensors knows which tensors are not averaged.
func (family) FindsAverages() {}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, _ families.Spec) (families.Original, error) {
	return &original{net.(*Network)}, nil
}

// Blank returns the network that a config describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	code := Torch
	if isFlaxState(f, s.Prefix) {
		code = Flax
	}
	net, err := buildScoreNetwork(f, s, code)
	if err != nil {
		return nil, err
	}
	return net, checkSigmas(f, s.Prefix, net.net.Config())
}

// Tensors returns the averages where there are some and they are not refused, otherwise the weights.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	if isFlaxState(f, s.Prefix) {
		return FlaxTensors(f, s)
	}
	return torchTensors(f, s)
}

// BlankScorePrior returns the network of score_prior that a config describes, without values.
func BlankScorePrior(f *checkpoints.File, s families.Source) (families.Original, error) {
	net, err := buildScoreNetwork(f, s, ScorePriorFlax)
	if err != nil {
		return nil, err
	}
	return net, nil
}

// buildScoreNetwork is the network of a config, in the given code when it does not name one.
func buildScoreNetwork(f *checkpoints.File, s families.Source, code string) (*original, error) {
	if s.Config == "" {
		return nil, errors.New("scoresde: networks of score_sde do not describe themselves; give the configuration as JSON, with the sections training, data and model")
	}
	var given struct {
		Code string `json:"code"`
	}
	if err := config.Tolerant([]byte(s.Config), &given); err != nil {
		return nil, fmt.Errorf("scoresde: config: %w", err)
	}
	c, err := Parse([]byte(s.Config))
	if given.Code == "" {
		c.Code = code
	}
	if err != nil {
		return nil, err
	}
	net, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return &original{net}, nil
}

// original is a network of score_sde; its times are the labels that the original's network takes.
type original struct{ net *Network }

func (n *original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n *original) Network() families.Network { return n.net }

func (n *original) Dims() int { return 2 }

func (n *original) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	if err := c.CheckLabels(t); err != nil {
		return &families.InputError{Input: "t", Err: err}
	}
	_, err := y.Classes(0, x.Dim(0), false)
	return err
}

func (n *original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ families.Labels) autodiff.Var {
	return n.net.Forward(s, x, t)
}

// torchTensors are the averages of a training state, or the weights themselves where it is a state dict or they are
// asked for; without the table of noise levels, which must be that of the config.
func torchTensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
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
func checkSigmas(f *checkpoints.File, prefix string, c Config) error {
	t, err := f.Tensor(prefix + "sigmas")
	if err != nil {
		return nil // not every file has them
	}
	want := c.Sigmas()
	if t.Len() != len(want) {
		return fmt.Errorf("scoresde: the file has %d noise levels, and num_scales is %d", t.Len(), len(want))
	}
	got, err := t.Float64s()
	if err != nil {
		return err
	}
	for i, v := range got {
		if !(math.Abs(v-want[i]) <= 1e-4*want[i]) {
			return fmt.Errorf("scoresde: noise level %d of the file is %g, and %g with sigma_max %g and sigma_min %g of the config", i, v, want[i], c.Model.SigmaMax, c.Model.SigmaMin)
		}
	}
	return nil
}
