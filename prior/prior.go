// Package prior makes and opens priors that are ready for use: learned networks, and closed forms.
//
// Open finds one by its name or in a file. A native file is described by its metadata alone: Info.Architecture names what
// builds the network (package families), Info.Config holds a families.Spec, and the tensors are the weights. New makes a
// prior of a network in memory, and File writes it back.
package prior

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/families"
	"tweedie/layers"
)

// Prior holds a prior that is ready for use: a learned network, or a closed form.
type Prior struct {
	Name     string
	Denoiser diffusion.Denoiser // in units of m
	Spec     families.Spec
	Info     checkpoints.Info
	Params   int                // number of learned values, 0 for a closed form
	Exact    exact.Distribution // nil for a network

	scoped  diffusion.Denoiser // the network's, in the element type of the scope
	network families.Network   // nil for a closed form
	digest  string             // of the file of a closed form
}

// Shape returns the shape of one image, [C,H,W].
func (p *Prior) Shape() autodiff.Shape { return p.Spec.ImageShape() }

// InFloat64 returns the denoiser with the network evaluated in the element type of the scope, float64 in a float64
// solve, at about ten times the cost.
func (p *Prior) InFloat64() diffusion.Denoiser {
	if p.scoped == nil {
		return p.Denoiser
	}
	return p.scoped
}

// Summary returns one line about the prior.
func (p *Prior) Summary() string {
	if p.Exact != nil {
		return fmt.Sprintf("%s: closed form on %v", p.Name, p.Shape())
	}
	weights := "raw weights"
	if p.Info.EMA {
		weights = "averaged weights"
	}
	return fmt.Sprintf("%s: %s, %d parameters, images %v in [%.4g, %.4g], step %d, %s", p.Name, p.Info.Architecture, p.Params, p.Shape(), p.Spec.Range[0], p.Spec.Range[1], p.Info.Step, weights)
}

// Network returns the network of a learned prior, with its weights, and nil for a closed form. Weights may be trained on or
// changed in place; File writes them.
func (p *Prior) Network() families.Network { return p.network }

// New returns the prior of a network that spec describes, which the architecture builds from spec.Network. The error says
// what does not fit.
func New(name, architecture string, net families.Network, spec families.Spec) (*Prior, error) {
	if err := spec.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return of(name, checkpoints.Info{Architecture: architecture}, net, spec)
}

// of returns the prior of a network.
func of(name string, info checkpoints.Info, net families.Network, spec families.Spec) (p *Prior, err error) {
	p = &Prior{Name: name, Info: info, Spec: spec, network: net}
	if p.Denoiser, p.scoped, err = spec.Denoisers(net); err != nil {
		return nil, fmt.Errorf("prior: %s: %w", name, err)
	}
	p.Params = layers.Count(net.Params())
	return p, nil
}

// File returns a learned prior as a native checkpoint, for checkpoints.Save.
func (p *Prior) File() (*checkpoints.File, error) {
	if p.network == nil {
		return nil, errors.New("prior: a prior in closed form has no network to write")
	}
	info, err := Info(p.Info.Architecture, p.Spec, p.Info.Provenance)
	if err != nil {
		return nil, err
	}
	info.EMA, info.Step = p.Info.EMA, p.Info.Step
	f := &checkpoints.File{}
	if err := f.SetInfo(info); err != nil {
		return nil, err
	}
	return f, f.AddParams("", p.network.Params())
}
