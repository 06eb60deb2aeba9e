package denoisingdiffusion

import (
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// Name is that of the family and of its architecture.
const Name = "denoising_diffusion"

type family struct{}

func init() { families.Register(family{}) }

// Name returns "denoising_diffusion".
func (family) Name() string { return Name }

// Architectures returns denoising_diffusion, which has no default network.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: Name, Build: build}}
}

const mark = "init_conv.weight"

// Marks are names that every network has.
func (family) Marks() [][]string {
	return [][]string{{mark, "time_mlp.1.weight", "downs.0.0.block1.proj.weight", "mid_block1.block1.proj.weight"}}
}

// Describes reports whether the process lies beside the network, as GaussianDiffusion saves it.
func (family) Describes(f *checkpoints.File, prefix string) bool {
	w, ok := wrapper(f, prefix)
	return ok && (f.Has(w+"loss_weight") || f.Has(w+"p2_loss_weight"))
}

// given is what a config may say beside the tensors.
type given struct {
	Objective string  `json:"objective"`      // pred_noise, pred_x0 or pred_v
	ImageSize int     `json:"image_size"`     // side of the images
	Theta     float64 `json:"theta"`          // sinusoidal_pos_emb_theta
	Normalize *bool   `json:"auto_normalize"` // the network sees [-1, 1] for [0, 1]; true when it is missing
}

// Blank returns the network that the tensors tell.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	s.Prefix = weightsOf(f, s)
	c, err := configOf(f.Sub(s.Prefix))
	if err != nil {
		return nil, fmt.Errorf("denoisingdiffusion: %w", err)
	}
	n := &original{}
	if s.Config != "" {
		if err := config.Decode([]byte(s.Config), &n.given); err != nil {
			return nil, fmt.Errorf("denoisingdiffusion: config: %w", err)
		}
	}
	c.Theta = n.given.Theta
	if n.net, err = New(layers.Root(rng.New(0)).Blank(), c); err != nil {
		return nil, err
	}
	if w, ok := wrapper(f, s.Prefix); ok {
		if n.process, err = processOf(f.Sub(w)); err != nil {
			return nil, fmt.Errorf("denoisingdiffusion: %w", err)
		}
	}
	return n, nil
}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, _ families.Spec) (families.Original, error) {
	return &original{net: net.(*Network)}, nil
}

// Tensors returns the averages, or the weights of training where they are asked for.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	return f.Sub(weightsOf(f, s)), nil
}

// weightsOf is the prefix of the network, or of the one in training where it is asked for and there.
func weightsOf(f *checkpoints.File, s families.Source) string {
	if s.Raw {
		for _, raw := range []string{strings.Replace(s.Prefix, "ema_model.", "online_model.", 1), strings.TrimPrefix(s.Prefix, "ema.ema_"), strings.Replace(s.Prefix, "ema.ema_model.", "model.", 1)} {
			if raw != s.Prefix && f.Has(raw+mark) {
				return raw
			}
		}
	}
	return s.Prefix
}

// wrapper is the prefix of the GaussianDiffusion around a network.
func wrapper(f *checkpoints.File, prefix string) (string, bool) {
	w, ok := strings.CutSuffix(prefix, "model.")
	return w, ok && (w == "" || strings.HasSuffix(w, ".")) && f.Has(w+"betas")
}

// original is a network of the library; its times are what its forward takes, indices of steps.
type original struct {
	net     *Network
	given   given
	process *process // nil where the file does not say it
}

func (n *original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n *original) Network() families.Network { return n.net }

func (n *original) Dims() int { return 2 }

func (n *original) Check(x autodiff.Shape, _ []float64, y families.Labels) error {
	if err := n.net.cfg.CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	_, err := y.Classes(0, x.Dim(0), false)
	return err
}

func (n *original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ families.Labels) autodiff.Var {
	return n.net.Forward(s, x, t)
}
