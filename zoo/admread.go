package zoo

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// readADM reads networks of guided diffusion.
var readADM = networkReader{
	Family: ADM,
	Marks:  [][]string{{"time_embed.0.weight", "input_blocks.0.0.weight"}},
	Build: func(f *checkpoints.File, s Source) (ForeignNetwork, error) {
		c, err := ConfigADM(f, s.Prefix, s.Config)
		if err != nil {
			return nil, err
		}
		net, err := unet.NewADM(layers.Root(rng.New(0)).Blank(), c)
		return admNetwork{net}, err
	},
	Describe: describeADM,
}

// admNetwork is a network of guided diffusion; its times are steps of the original process.
type admNetwork struct{ net *unet.ADM }

func (n admNetwork) Params() []*autodiff.Param { return n.net.Params() }

func (n admNetwork) Dims() int { return n.net.Config().Dims }

func (n admNetwork) Check(x autodiff.Shape, _ []float64, y Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &InputError{"x", err}
	}
	_, err := y.Classes(c.NumClasses, x.Dim(0), false)
	return err
}

func (n admNetwork) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y Labels) autodiff.Var {
	class, err := y.Classes(n.net.Config().NumClasses, x.Dim(0), false)
	if err != nil {
		panic(err)
	}
	return n.net.ForwardClass(s, x, t, class)
}

// describeADM is DescribeADM in a setting: the schedule is linear, cosine or JSON, and where it is not given that of the
// preset with this config, otherwise linear.
func describeADM(net ForeignNetwork, d PriorOptions) (string, Spec, error) {
	n, ok := net.(admNetwork)
	if !ok {
		return "", Spec{}, fmt.Errorf("zoo: %T is no network of guided diffusion", net)
	}
	c := n.net.Config()
	schedule, err := scheduleADM(c, d.Schedule)
	if err != nil {
		return "", Spec{}, err
	}
	extents := d.Extents
	if extents == nil {
		if c.ImageSize == 0 {
			return "", Spec{}, errors.New("zoo: the config does not tell the extents of the images; give the size")
		}
		for range c.Dims {
			extents = append(extents, c.ImageSize)
		}
	}
	switch {
	case c.NumClasses > 0 && d.Class == nil:
		return "", Spec{}, fmt.Errorf("zoo: class is missing; the network has %d, numbered from 0: choose the one that the prior is of", c.NumClasses)
	case c.NumClasses > 0 && (*d.Class < 0 || *d.Class >= c.NumClasses):
		return "", Spec{}, fmt.Errorf("zoo: class is %d; the network has %d, numbered from 0", *d.Class, c.NumClasses)
	case c.NumClasses == 0 && d.Class != nil:
		return "", Spec{}, fmt.Errorf("zoo: class is %d; the network has no classes", *d.Class)
	}
	spec, err := DescribeADM(c, extents, schedule, d.Class, d.Low, d.High)
	return "unet", spec, err
}

// scheduleADM is the schedule that a text names.
func scheduleADM(c unet.ADMConfig, text string) (diffusion.DDPMConfig, error) {
	d := diffusion.DefaultDDPM()
	if c.LearnSigma() {
		d.Variance = diffusion.LearnedRange
	}
	switch text {
	case "":
		if p, err := unet.ADMPreset("64x64_diffusion"); err == nil && p.Hash() == c.Hash() {
			d.Betas = "cosine"
		}
	case "linear", "cosine":
		d.Betas = text
	default:
		return diffusion.DecodeDDPM([]byte(text))
	}
	return d, nil
}
