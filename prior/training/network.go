package training

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/families"
)

// build makes the network, with the weights of a checkpoint when one is named, and freezes what is to be frozen.
func (r *Training) build() error {
	c := &r.cfg
	var from *initial
	if c.Init != "" {
		var err error
		if from, err = openInitial(c.Init); err != nil {
			return fmt.Errorf("--init: %w", err)
		}
		defer from.opened.Close()
		r.initHash = from.hash
		if c.Architecture == "" && c.Network == nil {
			if from.open != nil {
				return fmt.Errorf("--init: %w (state architecture and network in --config)", from.open)
			}
			c.Architecture, c.Network = from.architecture, from.network
			if c.Prediction.Kind == "" {
				c.Prediction = from.prediction
			}
		}
	}
	switch {
	case c.Architecture == "" && r.classes > 0:
		c.Architecture = "unet"
	case c.Architecture == "":
		c.Architecture = "conv-score"
	}
	r.spec.Predict = c.Prediction
	if err := r.withClasses(); err != nil {
		return err
	}
	var err error
	if r.net, r.spec.Network, err = families.Build(c.Architecture, c.Network, r.spec.Shape, c.key().Split("network", 0)); err != nil {
		return err
	}
	c.Network = r.spec.Network
	if err := r.fit(); err != nil {
		return err
	}
	if from != nil {
		notes, err := from.load(r.net.Params())
		if err != nil {
			return fmt.Errorf("--init: %w", err)
		}
		r.notes = append(r.notes, notes...)
	}
	note, err := freeze(r.net.Params(), c.Freeze)
	if note != "" {
		r.notes = append(r.notes, note)
	}
	return err
}

// withClasses puts the number of classes into the config of the network.
func (r *Training) withClasses() error {
	if r.classes == 0 {
		return nil
	}
	a, err := families.ArchitectureOf(r.cfg.Architecture)
	if err != nil {
		return err
	}
	if a.WithClasses == nil {
		return fmt.Errorf("architecture %q takes no classes; with --classes it must be unet", r.cfg.Architecture)
	}
	if r.cfg.Network == nil {
		_, network, err := families.Build(r.cfg.Architecture, nil, r.spec.Shape, r.cfg.key())
		if err != nil {
			return err
		}
		r.cfg.Network = network
	}
	r.cfg.Network, err = a.WithClasses(r.cfg.Network, r.classes)
	return err
}

// fit checks the network against the prior that it is to become: a prior of one of its classes where it has some.
func (r *Training) fit() error {
	spec := r.spec
	if n := families.Classes(r.net); n > 0 {
		if r.classes == 0 {
			return fmt.Errorf("the network has %d classes; --classes (data.classes) tells it the labels of the images", n)
		}
		spec.Class = new(int)
	}
	if err := errors.Join(spec.Validate(), spec.Fit(r.net)); err != nil {
		return err
	}
	if _, ok := r.cfg.Loss.Loss.(diffusion.Hybrid); ok {
		if _, err := spec.Varied(r.net, r.net); err != nil {
			return fmt.Errorf("loss: hybrid teaches the variance of steps: %w", err)
		}
	}
	return checkResult(&spec, r.net)
}

// checkResult refuses a network that cannot be evaluated at an image of the prior, or whose result has another shape. It
// follows the shapes and computes nothing.
func checkResult(spec *families.Spec, net families.Network) error {
	in := spec.ImageShape().Insert(0, 1)
	out := in
	_, err := autodiff.Foresee(func(a *autodiff.Arena) {
		s := a.Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		out = spec.Denoiser(net).Denoise(s, s.Zeros(in), []float64{spec.SigmaData}).Shape()
	})
	if err != nil {
		return fmt.Errorf("network: it cannot be evaluated at images of shape %v: %w", spec.Shape, err)
	}
	if out != in {
		return fmt.Errorf("network: at a batch %v of images its result has the shape %v; a prior needs the same", in, out)
	}
	return nil
}
