package flows

import (
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
)

// RealNVPConfig is the configuration of a RealNVP.
type RealNVPConfig struct {
	Dim       int     `json:"dim"`
	Flows     int     `json:"flows"`              // blocks of two couplings each: 32 in score_prior, 16 in DPI
	SeqFrac   float64 `json:"seqfrac"`            // the hidden width is Dim/(2 SeqFrac): 4 for images, 1/128 in the plane
	Additive  bool    `json:"additive,omitempty"` // couplings that only shift
	BatchNorm bool    `json:"batch_norm,omitempty"`
	Permute   string  `json:"permute,omitempty"` // "random" (also ""), "reverse" or "none"
}

// Hidden returns the width of the couplings' networks, int(Dim/(2 SeqFrac)).
func (c RealNVPConfig) Hidden() int { return int(float64(c.Dim) / (2 * c.SeqFrac)) }

// RealNVP is the flow of deep probabilistic imaging (arXiv:2010.14462, as in score_prior). From data to latents,
// block k runs
//
//	actnorm, coupling, reverse the values, actnorm2, coupling2, reverse the values, permute by order k,
//
// where order k is numpy's RandomState(k).permutation(D); Inverse is its exact inverse, last block first. At first
// the flow is a permutation, with log-determinant 0. Names are PyTorch's: blocks.k.coupling.net.0.weight.
//
// With BatchNorm, RealNVP uses running statistics, so a sample's image does not depend on the batch; With changes
// that.
type RealNVP struct {
	name   string
	cfg    RealNVPConfig
	use    layers.Statistics
	blocks []*nvpBlock
	params []*autodiff.Param
}

type nvpBlock struct {
	name     string
	norm     [2]*actNorm
	coupling [2]*coupling
	to, from []int // Forward's z[j] = y[to[j]] after the second coupling, and the inverse of to
}

// mostFlows bounds the blocks, or the steps of a block, of a flow.
const mostFlows = 1 << 12

// NewRealNVP makes a RealNVP with parameters named and seeded by path p. The error says what in c is wrong.
func NewRealNVP(p layers.Path, c RealNVPConfig) (*RealNVP, error) {
	switch {
	case c.Dim < 2 || c.Dim > layers.MostExtent || c.Flows < 1 || c.Flows > mostFlows || !(c.SeqFrac > 0):
		return nil, p.Errorf("RealNVP", "dim %d, flows %d, seqfrac %g: want 2 to %d, 1 to %d, and a positive number", c.Dim, c.Flows, c.SeqFrac, layers.MostExtent, mostFlows)
	case float64(c.Dim)/(2*c.SeqFrac) > layers.MostExtent:
		return nil, p.Errorf("RealNVP", "seqfrac %g makes %.3g hidden units of dim %d; want at most %d", c.SeqFrac, float64(c.Dim)/(2*c.SeqFrac), c.Dim, layers.MostExtent)
	case c.Hidden() < 1:
		return nil, p.Errorf("RealNVP", "seqfrac %g leaves no hidden units of dim %d; want at most %g", c.SeqFrac, c.Dim, float64(c.Dim)/2)
	}
	f := &RealNVP{name: p.Local(), cfg: c}
	for k := range c.Flows {
		perm, err := order(p, c, k)
		if err != nil {
			return nil, err
		}
		b, err := newBlock(p.At("blocks."+strconv.Itoa(k)), c, perm)
		if err != nil {
			return nil, err
		}
		f.blocks = append(f.blocks, b)
		f.params = append(f.params, layers.Params(b.norm[0], b.norm[1])...)
		f.params = append(append(f.params, b.coupling[0].net.params...), b.coupling[1].net.params...)
	}
	return f, nil
}

// net returns the configuration of a coupling's network.
func (c RealNVPConfig) net() netConfig {
	n := netConfig{hidden: c.Hidden(), slope: 0.01}
	if c.BatchNorm {
		n.eps = 1e-2
	}
	return n
}

func newBlock(p layers.Path, c RealNVPConfig, order []int) (*nvpBlock, error) {
	b := &nvpBlock{name: p.Local()}
	var err error
	for i, suffix := range [...]string{"", "2"} {
		if b.norm[i], err = newActNorm(p.At("actnorm"+suffix), c.Dim); err != nil {
			return nil, err
		}
		if b.coupling[i], err = newCoupling(p.At("coupling"+suffix), c.Dim, c.Additive, c.net()); err != nil {
			return nil, err
		}
	}
	b.to, b.from = make([]int, c.Dim), make([]int, c.Dim)
	for j, o := range order {
		b.to[j] = c.Dim - 1 - o // the second reversal, then the permutation
		b.from[b.to[j]] = j
	}
	return b, nil
}

// order returns the permutation of block k: z[j] = y[order[j]].
func order(p layers.Path, c RealNVPConfig, k int) ([]int, error) {
	o := make([]int, c.Dim)
	for j := range o {
		o[j] = j
	}
	switch c.Permute {
	case "", "random":
		return rng.NumpyPermutation(uint32(k), c.Dim), nil
	case "reverse":
		for j := range o {
			o[j] = c.Dim - 1 - j
		}
	case "none":
	default:
		return nil, p.Errorf("RealNVP", "unknown permute %q; want random, reverse or none", c.Permute)
	}
	return o, nil
}

// With returns the same flow, on the same parameters, with the given statistics in its batch norms. BatchStatistics
// and UpdateStatistics are for fitting: Inverse undoes Forward only within one batch, and a log-determinant leaves
// out the influence of samples on each other, so log q is not exact.
func (f *RealNVP) With(use layers.Statistics) *RealNVP {
	g := *f
	g.use = use
	return &g
}

// Exact reports whether log-determinants are exact: always, unless a batch norm uses the batch.
func (f *RealNVP) Exact() bool { return !f.cfg.BatchNorm || f.use == layers.RunningStatistics }

// Config returns the configuration that the flow was made with.
func (f *RealNVP) Config() RealNVPConfig { return f.cfg }

// Params returns the parameters of every block: actnorm, actnorm2, coupling, coupling2.
func (f *RealNVP) Params() []*autodiff.Param { return f.params }

// Dim returns the number of values in a sample.
func (f *RealNVP) Dim() int { return f.cfg.Dim }

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (f *RealNVP) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(f.name)
	rows(c, "RealNVP", x, f.cfg.Dim)
	for _, b := range f.blocks {
		var ld autodiff.Var
		x, ld = b.forward(c, x, f.use)
		logdet = total(c, logdet, ld)
	}
	c.Close(x, logdet)
	return x, logdet
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (f *RealNVP) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(f.name)
	rows(c, "RealNVP", z, f.cfg.Dim)
	for i := len(f.blocks) - 1; i >= 0; i-- {
		var ld autodiff.Var
		z, ld = f.blocks[i].inverse(c, z, f.use)
		logdet = total(c, logdet, ld)
	}
	c.Close(z, logdet)
	return z, logdet
}

func (b *nvpBlock) forward(s *autodiff.Scope, x autodiff.Var, use layers.Statistics) (z, logdet autodiff.Var) {
	c := s.Enter(b.name)
	x, l0 := b.norm[0].Forward(c, x)
	x, l1 := b.coupling[0].forward(c, x, use)
	x, l2 := b.norm[1].Forward(c, c.Flip(x, 1))
	x, l3 := b.coupling[1].forward(c, x, use)
	z = c.Gather(x, 1, b.to)
	logdet = c.Add(c.Add(l0, l1), c.Add(l2, l3))
	c.Close(z, logdet)
	return z, logdet
}

func (b *nvpBlock) inverse(s *autodiff.Scope, z autodiff.Var, use layers.Statistics) (x, logdet autodiff.Var) {
	c := s.Enter(b.name)
	x, l3 := b.coupling[1].inverse(c, c.Gather(z, 1, b.from), use)
	x, l2 := b.norm[1].Inverse(c, x)
	x, l1 := b.coupling[0].inverse(c, c.Flip(x, 1), use)
	x, l0 := b.norm[0].Inverse(c, x)
	logdet = c.Add(c.Add(l0, l1), c.Add(l2, l3))
	c.Close(x, logdet)
	return x, logdet
}
