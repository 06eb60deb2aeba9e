// Package dpi reads the normalising flows of deep probabilistic imaging and of score_prior: posteriors that somebody fitted.
package dpi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/flows"
	"tweedie/layers"
	"tweedie/rng"
)

// The families whose flows are read.
const (
	DPIRealNVP = "dpi_realnvp" // deep probabilistic imaging
	DPIGlow    = "dpi_glow"    // deep probabilistic imaging
	ScorePrior = "score_prior" // flax
	NFlows     = "nflows"      // its SimpleRealNVP, and chains of its affine couplings and permutations
	NormFlows  = "normflows"   // chains of its couplings, norms, permutations and matrices
)

// family is one whose files are known, and hold no network but a flow.
type family struct {
	name  string
	marks [][]string
}

func init() {
	families.Register(family{DPIGlow, [][]string{{"blocks.0.flows.0.actnorm.loc"}}})
	families.Register(family{NFlows, [][]string{{"_transform._transforms.0.identity_features", "_transform._transforms.0.transform_features"}}})
	families.Register(family{NormFlows, [][]string{{"flows.0.flows.1.param_map.net.0.weight"}, {"flows.0.b", "flows.0.s.net.0.weight", "flows.0.t.net.0.weight"},
		{"flows.0.prqct.identity_features", "flows.0.prqct.transform_features"}}})
	families.Register(family{DPIRealNVP, [][]string{{"blocks.0.actnorm.loc", "blocks.0.coupling.net.0.weight"}}})
}

// Name returns the name of the family.
func (f family) Name() string { return f.name }

// Architectures returns nothing: flows are no networks of a prior here.
func (family) Architectures() []families.Architecture { return nil }

// Marks are names that a flow has.
func (f family) Marks() [][]string { return f.marks }

// Flow holds the normalising flow of a file: a posterior that somebody fitted, ready to draw from.
type Flow struct {
	Family  string
	Net     flows.Bijector   // without the head
	Head    *flows.Positive  // nil when the samples may be negative
	Data    autodiff.Shape   // of one sample: [D], or [C,H,W]
	Latents []autodiff.Shape // of one sample's latents, in the order in which a row [D] holds them
}

// FlowOptions holds the choices of LoadFlow. The zero FlowOptions takes running statistics and no head.
type FlowOptions struct {
	Statistics     layers.Statistics // of the batch norms; the authors of DPI fit with those of the batch, and plot with running ones
	Head           *checkpoints.File // DPI's generativescale file: samples become positive
	AllowNonFinite bool
}

// Bijector returns the map from samples to latents: the head, where there is one, followed by the flow.
func (f *Flow) Bijector() flows.Bijector {
	if f.Head == nil {
		return f.Net
	}
	c, err := flows.NewChain(layers.Root(rng.New(0)), f.Head, f.Net)
	if err != nil {
		panic(err) // both were made for one dimension
	}
	return c
}

// Distribution returns the distribution of samples that the flow makes of standard normal latents.
func (f *Flow) Distribution() *flows.Flow {
	return flows.NewFlow(layers.Root(rng.New(0)), f.Bijector())
}

// Params returns the parameters of the flow, followed by log_scale where it has a head.
func (f *Flow) Params() []*autodiff.Param {
	if f.Head == nil {
		return f.Net.Params()
	}
	return layers.Params(f.Net, f.Head)
}

// flowFamily is what one project's flows are like.
type flowFamily struct {
	parse func(text []byte) (FlowConfig, error)         // nil where a config only adds to what the tensors tell
	infer func(f *checkpoints.File) (FlowConfig, error) // without a config, from the tensors
	load  func(f *checkpoints.File, c FlowConfig, net *Flow, nonFinite bool) error
}

var flowFamilies = map[string]flowFamily{
	DPIRealNVP: {parseDPIRealNVP, inferDPIRealNVP, loadTorch},
	DPIGlow:    {parseDPIGlow, inferDPIGlow, loadTorch},
	ScorePrior: {parseScorePriorFlow, inferScorePriorFlow, loadFlax},
	NFlows:     {nil, inferNFlows, loadCouplings},
	NormFlows:  {nil, inferNormFlows, loadCouplings},
}

// RecogniseFlow returns the family of the flow in a file and the prefix before the names of its tensors, as Recognise
// does for networks. It returns an error for a family without flows.
func RecogniseFlow(f *checkpoints.File, prefix string) (string, string, error) {
	if f.Has(prefix + flaxParams + "flow_1.actnorm1.actnorm_loc") {
		return ScorePrior, prefix, nil
	}
	family, prefix, err := families.Recognise(f, prefix)
	if err == nil && flowFamilies[family].infer == nil {
		err = fmt.Errorf("dpi: the tensors are those of family %s, which has no flow here", family)
	}
	return family, prefix, err
}

// ConfigFlow returns the configuration of the flow whose tensors follow prefix. text is a configuration in the family's
// own vocabulary; when it is empty, the tensors must tell. They do not tell the permutations of a RealNVP, which are
// then those that its authors always use, nor the extents of a Glow's image, for which the error wraps families.ErrOpen.
func ConfigFlow(f *checkpoints.File, family string, prefix string, text []byte) (FlowConfig, error) {
	is, ok := flowFamilies[family]
	if !ok {
		return FlowConfig{}, fmt.Errorf("dpi: family %q has no flows; those that have: %s", family, strings.Join(slices.Sorted(maps.Keys(flowFamilies)), ", "))
	}
	var c FlowConfig
	var err error
	if len(text) > 0 && is.parse != nil {
		c, err = is.parse(text)
	} else if c, err = is.infer(f.Sub(prefix)); err == nil && len(text) > 0 {
		err = c.Couplings.overlay(text)
	}
	if err != nil {
		return c, fmt.Errorf("dpi: %s: %w", family, err)
	}
	return c, nil
}

// LoadFlow returns the flow that c describes with the weights whose names follow prefix. When tensors do not fit, the
// error is a *checkpoints.LoadError that lists all of them. A norm that the authors' code would still have to set from
// data is refused.
func LoadFlow(f *checkpoints.File, family string, prefix string, c FlowConfig, o FlowOptions) (*Flow, error) {
	is, ok := flowFamilies[family]
	if !ok {
		return nil, fmt.Errorf("dpi: family %q has no flows", family)
	}
	part := f.Sub(prefix)
	if err := c.fits(part); err != nil {
		return nil, fmt.Errorf("dpi: %s: %w", family, err)
	}
	net, err := c.build(layers.Root(rng.New(0)).Blank(), o.Statistics)
	if err != nil {
		return nil, fmt.Errorf("dpi: %s: %w", family, err)
	}
	net.Family = family
	if o.Head != nil {
		if net.Head != nil {
			return nil, fmt.Errorf("dpi: %s: the flow has a head of its own; a second one was given", family)
		}
		if net.Head, err = newHead(net.Net.Dim()); err != nil {
			return nil, err
		}
		if err := checkpoints.Load(o.Head, net.Head.Params(), checkpoints.LoadOptions{AllowNonFinite: o.AllowNonFinite}); err != nil {
			return nil, fmt.Errorf("the head: %w", err)
		}
	}
	if err := is.load(part, c, net, o.AllowNonFinite); err != nil {
		return nil, err
	}
	if g, ok := net.Net.(*flows.Glow); ok {
		if err := g.Check(); err != nil {
			return nil, err
		}
	}
	return net, nil
}

func newHead(dim int) (*flows.Positive, error) {
	return flows.NewPositive(layers.Root(rng.New(0)).Blank(), dim, 1)
}
