package families

import (
	"errors"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/internal/config"
)

// Restorer is a Family whose networks are evaluated as their authors' code evaluates them when a native file holds them, too.
type Restorer interface {
	Family
	// Original returns net, which an Architecture of the family made of spec.Network.
	Original(net Network, spec Spec) (Original, error)
}

// native returns the network that a native file describes, without values, and the file's tensors under the names of its
// parameters. It is nil for a file of another project, and where s says otherwise than the file.
func native(f *checkpoints.File, s Source) (net Original, held *checkpoints.File, err error) {
	info, err := f.Info()
	if err != nil || info.Architecture == "" || info.Config == nil || s.Config != "" {
		return nil, nil, err
	}
	owner := ownerOf(info.Architecture)
	if owner == nil {
		_, err := ArchitectureOf(info.Architecture)
		return nil, nil, err
	}
	if s.Family != "" && s.Family != owner.Name() {
		return nil, nil, nil
	}
	var spec Spec
	if err := config.Decode(info.Config, &spec); err != nil {
		return nil, nil, fmt.Errorf("families: config: %w", err)
	}
	if err := spec.Validate(); err != nil {
		return nil, nil, err
	}
	made, effective, err := Blank(info.Architecture, spec.Network, spec.Shape)
	if err != nil {
		return nil, nil, err
	}
	spec.Network = effective
	if err := spec.Restore(made); err != nil {
		return nil, nil, err
	}
	if r, ok := owner.(Restorer); ok {
		if net, err = r.Original(made, spec); err != nil {
			return nil, nil, err
		}
	} else {
		net = plain{made, len(spec.Shape) - 1}
	}
	if held, _, err = Weights(f.Sub(s.Prefix), s.Raw); err != nil {
		return nil, nil, fmt.Errorf("families: %w", err)
	}
	return restored{net, info.Architecture, spec}, held, nil
}

// ownerOf is the family of an architecture, nil for an unknown one.
func ownerOf(architecture string) Family {
	for _, f := range all() {
		for _, a := range f.Architectures() {
			if a.Name == architecture {
				return f
			}
		}
	}
	return nil
}

// Weights returns the part of a native file that holds a network's weights: all of it or, of a training state, the averages
// of what is learned and the rest as it is. raw asks for the weights of training instead. ema says whether there are averages.
func Weights(f *checkpoints.File, raw bool) (held *checkpoints.File, ema bool, err error) {
	params, averages := f.Sub("param."), f.Sub("ema.")
	if len(params.Tensors()) == 0 {
		return f, false, nil
	}
	held = &checkpoints.File{}
	for _, t := range params.Tensors() {
		if avg, err := averages.Tensor(t.Name); err == nil && !raw {
			t, ema = avg, true
		}
		if err := held.Add(t); err != nil {
			return nil, false, err
		}
	}
	return held, ema, nil
}

// restored is the network of a native file, which describes itself.
type restored struct {
	Original
	architecture string
	spec         Spec
}

// Describe returns what the file says, for images of other extents or values, or of another class, where o says so. A
// schedule that is given takes the place of the file's, where the family knows of others.
func (r restored) Describe(o PriorOptions) (string, Spec, error) {
	if o.Schedule != "" {
		return r.Original.Describe(o)
	}
	spec := r.spec
	if o.Class != nil {
		spec.Class = o.Class
	}
	if o.Extents != nil {
		spec.Shape = append(spec.Shape[:1:1], o.Extents...)
	}
	spec.Stretch(o.Low, o.High)
	if _, _, err := Blank(r.architecture, spec.Network, spec.Shape); err != nil {
		return "", Spec{}, err
	}
	return r.architecture, spec, spec.Fit(r.Network())
}

// Stretch makes low to high what the ends of Range were.
func (s *Spec) Stretch(low, high float64) {
	unit := (high - low) / (s.Range[1] - s.Range[0])
	s.Affine.Scale *= unit
	s.Affine.Shift = low + (s.Affine.Shift-s.Range[0])*unit
	s.Mean, s.Std = low+(s.Mean-s.Range[0])*unit, s.Std*unit
	s.Range = [2]float64{low, high}
}

// plain is a network of a family without files of other projects: what it computes is what is evaluated.
type plain struct {
	net  Network
	dims int
}

func (p plain) Params() []*autodiff.Param { return p.net.Params() }

func (p plain) Network() Network { return p.net }

func (p plain) Dims() int { return p.dims }

func (p plain) Check(x autodiff.Shape, t []float64, y Labels) error {
	return CheckUnlabelled(p.net, x, t, y)
}

func (p plain) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ Labels) autodiff.Var {
	return p.net.Forward(s, x, t)
}

func (p plain) Describe(PriorOptions) (string, Spec, error) {
	return "", Spec{}, errors.New("families: a schedule is given; the network has its own")
}
