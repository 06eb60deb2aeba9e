package adm

import (
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/layers"
	"tweedie/rng"
)

// Name is that of the family of guided diffusion.
const Name = "adm"

type family struct{}

func init() { families.Register(family{}) }

// Name returns "adm".
func (family) Name() string { return Name }

// Architectures returns unet, the network of guided diffusion, which has a default for small images.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: "unet", Build: buildUNet, WithClasses: withClasses}}
}

// Mark is a tensor that every network of guided diffusion has.
const Mark = "time_embed.0.weight"

// Marks are names that every network of guided diffusion has.
func (family) Marks() [][]string { return [][]string{{Mark, "input_blocks.0.0.weight"}} }

// Presets returns the names of published networks.
func (family) Presets() []string { return Presets() }

// Infer returns what the tensors after a prefix tell.
func (family) Infer(f *checkpoints.File, prefix string) (families.Inference, error) {
	found, err := InferFile(f, prefix)
	return families.Inference{Config: json.RawMessage(found.Config.String()), Presets: found.Presets, Open: found.Open}, err
}

// Blank returns the network that a config, the name of a preset or the file itself describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	c, err := Configure(f, s.Prefix, s.Config)
	if err != nil {
		return nil, err
	}
	net, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return original{net}, nil
}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, _ families.Spec) (families.Original, error) {
	return original{net.(*Network)}, nil
}

// Tensors returns those after the prefix.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	return f.Sub(s.Prefix), nil
}

// original is a network of guided diffusion; its times are steps of the original process.
type original struct{ net *Network }

func (n original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n original) Network() families.Network { return n.net }

func (n original) Dims() int { return n.net.Config().Dims }

func (n original) Check(x autodiff.Shape, _ []float64, y families.Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	_, err := y.Classes(c.NumClasses, x.Dim(0), false)
	return err
}

func (n original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y families.Labels) autodiff.Var {
	class, err := y.Classes(n.net.Config().NumClasses, x.Dim(0), false)
	if err != nil {
		panic(err)
	}
	return n.net.ForwardClass(s, x, t, class)
}

// Describe describes the network as a prior: the schedule is linear, cosine or JSON, and where it is not given that of the
// preset with this config, otherwise linear.
func (n original) Describe(d families.PriorOptions) (string, families.Spec, error) {
	c := n.net.Config()
	schedule, err := Schedule(c, d.Schedule)
	if err != nil {
		return "", families.Spec{}, err
	}
	extents := d.Extents
	if extents == nil {
		if c.ImageSize == 0 {
			return "", families.Spec{}, errors.New("adm: the config does not tell the extents of the images; give the size")
		}
		for range c.Dims {
			extents = append(extents, c.ImageSize)
		}
	}
	if err := families.CheckClass(d.Class, c.NumClasses); err != nil {
		return "", families.Spec{}, fmt.Errorf("adm: %w", err)
	}
	spec, err := Describe(c, extents, schedule, d.Class, d.Low, d.High)
	return "unet", spec, err
}

// Schedule returns the schedule that a text names for the network of c.
func Schedule(c Config, text string) (diffusion.DDPMConfig, error) {
	d := diffusion.DefaultDDPM()
	if c.LearnSigma() {
		d.Variance = diffusion.LearnedRange
	}
	switch text {
	case "":
		if p, err := Preset("64x64_diffusion"); err == nil && p.Hash() == c.Hash() {
			d.Betas = "cosine"
		}
	case "linear", "cosine":
		d.Betas = text
	default:
		return diffusion.DecodeDDPM([]byte(text))
	}
	return d, nil
}
