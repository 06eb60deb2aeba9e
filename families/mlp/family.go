package mlp

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
)

// Name is that of the family and of its architecture.
const Name = "mlp"

type family struct{}

func init() { families.Register(family{}) }

// Name returns "mlp".
func (family) Name() string { return Name }

// Architectures returns mlp, which has a default network.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: Name, Build: build}}
}

// Marks are names that Linear layers have.
func (family) Marks() [][]string { return marks }

// build makes a network from its config.
func build(text json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	c, size := Default(), 1
	if text != nil {
		if err := config.Decode(text, &c); err != nil {
			return nil, nil, err
		}
	}
	for _, n := range shape {
		if n < 1 || n > layers.MostExtent/size {
			return nil, nil, fmt.Errorf("the shape is %v; want positive extents of at most %d values", shape, layers.MostExtent)
		}
		size *= n
	}
	net, err := New(at, c, size)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// Original returns the network of a native file, which is evaluated as it is.
func (family) Original(net families.Network, spec families.Spec) (families.Original, error) {
	return &original{net: net.(*Network), given: given{Shape: spec.Shape}}, nil
}

// original is a network of points; its times are those that it receives.
type original struct {
	net   *Network
	given given
}

func (n *original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n *original) Network() families.Network { return n.net }

func (n *original) Dims() int { return max(1, len(n.given.Shape)-1) }

func (n *original) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	return families.CheckUnlabelled(n.net, x, t, y)
}

func (n *original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ families.Labels) autodiff.Var {
	return n.net.Forward(s, x, t)
}

// Describe describes the network as a prior of points, by the prediction of its config or as one of the noise on the schedule
// that is given. The values are those that the network sees.
func (n *original) Describe(o families.PriorOptions) (string, families.Spec, error) {
	fail := func(format string, args ...any) (string, families.Spec, error) {
		return "", families.Spec{}, fmt.Errorf("mlp: "+format, args...)
	}
	predict := n.given.Predict
	switch {
	case o.Class != nil:
		return fail("%w", &families.ClassError{Class: o.Class})
	case o.Schedule == "linear" || o.Schedule == "cosine":
		c := diffusion.DefaultDDPM()
		c.Betas = o.Schedule
		text, err := diffusion.EncodeDDPM(c)
		if err != nil {
			return fail("%w", err)
		}
		predict.Schedule = text
	case o.Schedule != "":
		predict.Schedule = json.RawMessage(o.Schedule)
	}
	if predict.Kind == "" {
		if predict.Kind = "eps"; predict.Schedule == nil {
			return fail(`the config does not say what the network predicts; give "prediction", such as {"kind": "eps", "schedule": {"kind": "ddpm"}}, or a schedule`)
		}
	}
	shape := n.given.Shape
	if shape == nil {
		shape = []int{1, 1, n.net.size}
	}
	if o.Extents != nil {
		shape = append(shape[:1:1], o.Extents...)
	}
	low, high := o.Low, o.High
	if n.given.Range != nil {
		low, high = n.given.Range[0], n.given.Range[1]
	}
	network, err := json.Marshal(n.net.Config())
	if err != nil {
		return fail("%w", err)
	}
	s := families.NewSpec(network, shape[0], shape[1:], low, high, func(_, _ float64) diffusion.Affine { return diffusion.Affine{Scale: 1} })
	s.Predict = predict
	if err := s.Validate(); err != nil {
		return "", families.Spec{}, err
	}
	return Name, s, n.Check(autodiff.S(append([]int{1}, shape...)...), []float64{1}, families.Labels{})
}
