package denoisers

import (
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
)

// Name is that of the family of the networks of this package.
const Name = "denoisers"

// family reads them from the files of their authors, as the authors' code evaluates them: the noise of a BF-CNN, the image
// of every other denoiser, the noise of a TimeCNN at steps t. What is blind does not look at t.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "denoisers".
func (family) Name() string { return Name }

// Architectures returns the networks of this package, each with a default.
func (family) Architectures() []families.Architecture { return architectures }

// Marks are those of the publications that are networks.
func (family) Marks() [][]string { return networkMarks() }

// Fits reports whether the first of a publication's marks is the kernel of a convolution.
func (family) Fits(f *checkpoints.File, marks []string, prefix string) bool {
	p := publication{marks: marks}
	return p.fits(f, prefix)
}

// Describes reports true: these files tell everything.
func (family) Describes(*checkpoints.File, string) bool { return true }

// Blank returns the network that the file describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	d, err := describeNetwork(f, s)
	if err != nil {
		return nil, err
	}
	net, err := d.make()
	if err != nil {
		return nil, fmt.Errorf("denoisers: %w", err)
	}
	return original{net, d}, nil
}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, spec families.Spec) (families.Original, error) {
	d := &description{spec: spec}
	if c, ok := net.(*CNN); ok {
		d.subtracts = spec.Predict.Kind == "residual" && !c.cfg.returnsNoise()
	}
	return original{net, d}, nil
}

// Tensors returns the weights, with norms folded, under the names of the network's parameters.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	d, err := describeNetwork(f, s)
	if err != nil {
		return nil, err
	}
	return d.file()
}

// networkMarks are those of the publications.
func networkMarks() (marks [][]string) {
	for _, p := range publications {
		marks = append(marks, p.marks)
	}
	return marks
}

// describeNetwork is what the file says at the prefix of s, with the fields of the network's config that s gives.
func describeNetwork(f *checkpoints.File, s families.Source) (*description, error) {
	d, err := describe(f, s.Prefix)
	switch {
	case err != nil:
		return nil, fmt.Errorf("denoisers: %w", err)
	case d == nil:
		return nil, errors.New("denoisers: the names of the tensors are those of no denoiser that is known")
	}
	if s.Config != "" {
		if err := d.overlay([]byte(s.Config)); err != nil {
			return nil, fmt.Errorf("denoisers: config: %w", err)
		}
	}
	return d, nil
}

// original is a denoiser as its authors' code evaluates it.
type original struct {
	net families.Network
	d   *description
}

func (n original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n original) Network() families.Network { return n.net }

func (n original) Dims() int { return 2 }

func (n original) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	return families.CheckUnlabelled(n.net, x, t, y)
}

func (n original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ families.Labels) autodiff.Var {
	y := n.net.Forward(s, x, t)
	if n.d.subtracts {
		y = s.Sub(x, y)
	}
	return y
}

// Describe describes the network as a prior of images with the given extents and values.
func (n original) Describe(d families.PriorOptions) (string, families.Spec, error) {
	switch {
	case n.d.noPrior != nil:
		return "", families.Spec{}, fmt.Errorf("denoisers: %w", n.d.noPrior)
	case d.Class != nil:
		return "", families.Spec{}, errors.New("denoisers: class is given; the network has none")
	case d.Schedule != "":
		return "", families.Spec{}, errors.New("denoisers: a schedule is given; the network has its own")
	}
	spec := n.d.spec
	if d.Extents != nil {
		spec.Shape = append(spec.Shape[:1:1], d.Extents...)
	}
	spec.Stretch(d.Low, d.High)
	var err error
	if spec.Network, err = json.Marshal(n.d.network); err != nil {
		return "", families.Spec{}, err
	}
	_, _, err = families.Blank(n.d.architecture, spec.Network, spec.Shape)
	return n.d.architecture, spec, err
}
