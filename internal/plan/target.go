package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
	"tweedie/families/adm"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/prior"
	"tweedie/rng"
)

// mostPlanned bounds the values of the images of a plan, which computes nothing.
const mostPlanned = config.MostValues >> 2

// Target holds a network that is planned for, as a workload.
type Target struct {
	*Workload
	Name   string
	Params int // values of its weights
}

// OfPrior plans for the denoiser of a prior at a batch of images.
func OfPrior(p *prior.Prior, batch int) (*Target, error) {
	if err := config.Batch("--batch", batch, p.Shape().Size(), mostPlanned); err != nil {
		return nil, err
	}
	sigma := slices.Repeat([]float64{p.Spec.Std/p.Spec.Affine.Unit() + math.SmallestNonzeroFloat32}, batch)
	field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return p.Denoiser.Denoise(s, x, sigma) }
	return &Target{NewWorkload(p.Shape().Insert(0, batch), field), p.Summary(), p.Params}, nil
}

// OfUNet plans for a U-Net of a configuration at a batch of images with size rows and columns; a size of 0 stands for
// the configuration's own. The network has no weights unless run says that it is to be run.
func OfUNet(name string, cfg adm.Config, batch, size int, run bool) (*Target, error) {
	image, err := imageOf(cfg, batch, size)
	if err != nil {
		return nil, err
	}
	net, err := NewUNet(cfg, !run)
	if err != nil {
		return nil, err
	}
	labels := slices.Repeat([]float64{500}, batch)
	var classes []int
	if cfg.NumClasses > 0 {
		classes = make([]int, batch)
	}
	field := func(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
		y := net.ForwardClass(s, x, labels, classes)
		if cfg.OutChannels > cfg.InChannels {
			y = s.Slice(y, 1, 0, cfg.InChannels) // without the learned variance
		}
		return y
	}
	shape := autodiff.S(append([]int{batch}, image...)...)
	return &Target{NewWorkload(shape, field), cmp.Or(name, "u-net"), layers.Count(net.Params())}, nil
}

// imageOf returns the shape of the images that a U-Net takes, channels first, and refuses more of them than a plan takes.
func imageOf(cfg adm.Config, batch, size int) ([]int, error) {
	if cfg.ImageSize > 0 && size == 0 {
		size = cfg.ImageSize
	}
	if size < 1 || size > 1<<14 {
		return nil, fmt.Errorf("--size is %d; want the rows and columns of an image", size)
	}
	image := []int{cfg.InChannels}
	for range cfg.Dims {
		image = append(image, size)
	}
	values, ok := config.Size(image...)
	if !ok || values > mostPlanned {
		return nil, fmt.Errorf("--size is %d; images %v have more than %d values", size, image, mostPlanned)
	}
	return image, config.Batch("--batch", batch, values, mostPlanned)
}

// NewUNet makes a network with fresh weights, or a blank one, and refuses weights that do not fit into memory.
func NewUNet(cfg adm.Config, blank bool) (*adm.Network, error) {
	at := layers.Root(rng.New(0))
	net, err := adm.New(at.Blank(), cfg)
	if err != nil || blank {
		return net, err
	}
	if err := layers.CheckSize("unet", net.Params()); err != nil {
		return nil, err
	}
	return adm.New(at, cfg)
}
