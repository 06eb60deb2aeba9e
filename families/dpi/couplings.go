package dpi

import (
	"fmt"
	"strings"

	"tweedie/checkpoints"
	"tweedie/flows"
	"tweedie/internal/config"
	"tweedie/layers"
)

// Couplings is a chain of affine couplings and permutations in the order in which data meets them.
type Couplings struct {
	Dim   int               `json:"dim"`
	Links []Link            `json:"links"`
	Act   layers.Activation `json:"act"` // in the networks of the couplings
}

// Link is one bijector of a chain: a coupling, an order of values, splines of values alone, a matrix, or, with none of them, the
// Gaussian in front of a flow.
type Link struct {
	Name     string              `json:"name"` // of its tensors
	Coupling *flows.MaskedConfig `json:"coupling,omitempty"`
	Order    []int               `json:"order,omitempty"`
	Hidden   []int               `json:"hidden,omitempty"` // widths of the coupling's network
	Blocks   int                 `json:"blocks,omitempty"` // residual blocks of two maps, where its network has such
	Whole    bool                `json:"whole,omitempty"`  // two MLPs of all values, zero where they are moved

	Pointwise *flows.PointwiseConfig `json:"pointwise,omitempty"` // splines of values alone
	Triangles bool                   `json:"triangles,omitempty"` // a matrix of two factors
}

// overlay reads what tensors do not tell: the nonlinearity, the scale of every coupling, and the bound of splines.
func (c *Couplings) overlay(text []byte) error {
	given := struct {
		Act   layers.Activation `json:"act"`
		Scale string            `json:"scale"`
		Bound float64           `json:"bound"`
	}{Act: c.Act}
	if err := config.Decode(text, &given); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	c.Act = given.Act
	for i := range c.Links {
		if k := c.Links[i].Coupling; k != nil && given.Scale != "" {
			k.Scale = given.Scale
		}
		if k := c.Links[i].Coupling; k != nil && k.Spline != nil && given.Bound != 0 {
			k.Spline.Bound = given.Bound
		}
		if p := c.Links[i].Pointwise; p != nil && given.Bound != 0 {
			p.Spline.Bound = given.Bound
		}
	}
	return nil
}

// build makes the chain at p.
func (c *Couplings) build(p layers.Path) (flows.Bijector, error) {
	var links []flows.Bijector
	for _, l := range c.Links {
		at := p.At(l.Name)
		var b flows.Bijector
		var err error
		switch {
		case l.Pointwise != nil:
			b, err = flows.NewPointwise(at, *l.Pointwise)
		case l.Triangles:
			b, err = flows.NewTriangles(at, c.Dim)
		case l.Coupling == nil && l.Order == nil:
			b, err = flows.NewStandard(at, c.Dim)
		case l.Coupling == nil:
			b, err = flows.NewOrdering(at, l.Order)
		default:
			b, err = c.coupling(at, l)
		}
		if err != nil {
			return nil, err
		}
		links = append(links, b)
	}
	return flows.NewChain(p, links...)
}

// coupling makes a coupling, whose network is residual or an MLP.
func (c *Couplings) coupling(at layers.Path, l Link) (flows.Bijector, error) {
	in, out := c.Dim-len(l.Coupling.Move), l.Coupling.Width()
	if l.Blocks > 0 {
		net, err := newResidualNet(at.At("transform_net"), in, l.Hidden[0], out, l.Blocks, c.Act)
		if err != nil {
			return nil, err
		}
		return flows.NewMasked(at, *l.Coupling, net)
	}
	if l.Whole {
		net, err := newWholeNets(at, c.Dim, l, c.Act)
		if err != nil {
			return nil, err
		}
		return flows.NewMasked(at, *l.Coupling, net)
	}
	net, err := layers.NewMLP(at.At("flows.1.param_map.net"), layers.MLPConfig{Sizes: append(append([]int{in}, l.Hidden...), out), Act: c.Act})
	if err != nil {
		return nil, err
	}
	return flows.NewMasked(at, *l.Coupling, net)
}

// loadCouplings loads a chain; orders and masks, which its config holds, are no parameters. A scale and a shift of normflows have
// our names in the chain.
func loadCouplings(f *checkpoints.File, _ FlowConfig, net *Flow, nonFinite bool) error {
	rest, err := selected(f, func(name string) (string, bool) {
		t, err := f.Tensor(name)
		parts := strings.Split(name, ".")
		switch leaf := parts[len(parts)-1]; {
		case err != nil || !t.DType.IsFloat() || name == "_distribution._log_z" || leaf == "b" || leaf == "data_dep_init_done":
			return "", false
		case len(parts) == 3 && leaf == "s":
			return strings.TrimSuffix(name, "s") + "log_scale", true
		case len(parts) == 3 && leaf == "t":
			return strings.TrimSuffix(name, "t") + "loc", true
		}
		return name, true
	})
	if err != nil {
		return err
	}
	return checkpoints.Load(rest, net.Net.Params(), checkpoints.LoadOptions{AllowNonFinite: nonFinite})
}
