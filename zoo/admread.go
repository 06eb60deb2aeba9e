package zoo

import (
	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// readADM reads networks of guided diffusion.
var readADM = Reader{
	Family: ADM,
	Marks:  [][]string{{"time_embed.0.weight", "input_blocks.0.0.weight"}},
	Build: func(f *checkpoints.File, s Source) (Evaluator, error) {
		c, err := ConfigADM(f, s.Prefix, s.Config)
		if err != nil {
			return nil, err
		}
		net, err := unet.New(layers.Root(rng.New(0)).Blank(), c)
		return admNetwork{net}, err
	},
}

// admNetwork is a network of guided diffusion; its times are steps of the original process.
type admNetwork struct{ net *unet.UNet }

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
