package zoo

import (
	"encoding/json"
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/layers"
)

// Denoisers names the family of the networks of package denoisers, from the files of their authors.
const Denoisers Family = "denoisers"

// readDenoisers reads them as the authors' code evaluates them: the noise of a BF-CNN, the image of every other denoiser,
// the noise of a TimeCNN at steps t. What is blind does not look at t.
var readDenoisers = networkReader{
	Family: Denoisers,
	Marks:  networkMarks(),
	Build: func(f *checkpoints.File, s Source) (ForeignNetwork, error) {
		d, err := describeNetwork(f, s)
		if err != nil {
			return nil, err
		}
		net, err := d.make()
		if err != nil {
			return nil, fmt.Errorf("zoo: %w", err)
		}
		return denoiserNetwork{net, d}, nil
	},
	Tensors: func(f *checkpoints.File, s Source) (*checkpoints.File, error) {
		d, err := describeNetwork(f, s)
		if err != nil {
			return nil, err
		}
		return d.file()
	},
	Describe: describeDenoiser,
}

// networkMarks are those of the publications that are networks.
func networkMarks() (marks [][]string) {
	for _, p := range publications[:len(publications)-1] {
		marks = append(marks, p.marks)
	}
	return marks
}

// describeNetwork is what the file says at the prefix of s.
func describeNetwork(f *checkpoints.File, s Source) (*description, error) {
	if s.Config != "" {
		return nil, errors.New("zoo: a config was given; these files tell everything")
	}
	d, err := describe(f, s.Prefix)
	switch {
	case err != nil:
		return nil, fmt.Errorf("zoo: %w", err)
	case d == nil:
		return nil, errors.New("zoo: the names of the tensors are those of no denoiser that is known")
	}
	return d, nil
}

// denoiserNetwork is a denoiser as its authors' code evaluates it.
type denoiserNetwork struct {
	net Network
	d   *description
}

func (n denoiserNetwork) Params() []*autodiff.Param { return n.net.Params() }

func (n denoiserNetwork) Dims() int { return 2 }

func (n denoiserNetwork) Check(x autodiff.Shape, t []float64, y Labels) error {
	if !y.None() {
		return &InputError{"labels", errors.New("the network has no classes")}
	}
	_, err := layers.OutShape(func(s *autodiff.Scope, x autodiff.Var) autodiff.Var { return n.net.Forward(s, x, t) }, x)
	if err != nil {
		return &InputError{"x", err}
	}
	return nil
}

func (n denoiserNetwork) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ Labels) autodiff.Var {
	y := n.net.Forward(s, x, t)
	if n.d.subtracts {
		y = s.Sub(x, y)
	}
	return y
}

// describeDenoiser is the network as a prior of images with the given extents and values.
func describeDenoiser(net ForeignNetwork, d PriorOptions) (string, Spec, error) {
	n, ok := net.(denoiserNetwork)
	switch {
	case !ok:
		return "", Spec{}, fmt.Errorf("zoo: %T is no network of package denoisers", net)
	case n.d.noPrior != nil:
		return "", Spec{}, fmt.Errorf("zoo: %w", n.d.noPrior)
	case d.Class != nil:
		return "", Spec{}, errors.New("zoo: class is given; the network has none")
	case d.Schedule != "":
		return "", Spec{}, errors.New("zoo: a schedule is given; the network has its own")
	}
	spec := n.d.spec
	if d.Extents != nil {
		spec.Shape = append(spec.Shape[:1:1], d.Extents...)
	}
	// The network's own values are low to high of the file's Spec; they stand for Low to High of the images.
	unit := (d.High - d.Low) / (spec.Range[1] - spec.Range[0])
	spec.Affine.Scale *= unit
	spec.Affine.Shift = d.Low + (spec.Affine.Shift-spec.Range[0])*unit
	spec.Mean, spec.Std = d.Low+(spec.Mean-spec.Range[0])*unit, spec.Std*unit
	spec.Range = [2]float64{d.Low, d.High}
	var err error
	if spec.Network, err = json.Marshal(n.d.network); err != nil {
		return "", Spec{}, err
	}
	_, _, err = blank(n.d.architecture, spec.Network, spec.Shape)
	return n.d.architecture, spec, err
}
