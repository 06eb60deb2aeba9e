package denoisers

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/layers"
)

// TDVConfig describes a TDV.
type TDVConfig struct {
	Channels int `json:"channels"`
	Features int `json:"features"` // of every scale
	Scales   int `json:"scales"`
	Blocks   int `json:"blocks"` // macro blocks
	Steps    int `json:"steps"`  // of the gradient flow that denoises
}

// DefaultTDV returns the configuration of the network of Kobler et al. (2020): 32 features, three macro blocks of three
// scales, and ten steps.
func DefaultTDV(channels int) TDVConfig {
	return TDVConfig{Channels: channels, Features: 32, Scales: 3, Blocks: 3, Steps: 10}
}

// TDV computes Total Deep Variation (Kobler et al. 2020, arXiv:2001.05005), an energy of images,
//
//	R(x) = (1/Features) sum_i [KN N(K1 x)]_i,
//
// with N a chain of macro blocks, each a U-Net of micro blocks h + W2 phi(W1 h), phi(a) = log(1 + a^2)/2, on the same
// scales. Going down and up, a 3x3 kernel is smoothed by the binomial of 5x5 and applied with stride 2. Images go on
// beyond their edges by symmetry. It denoises by a gradient flow that starts at the noisy image z,
//
//	x <- (x - (T/S) grad R(x) + (lmbda/S) z) / (1 + lmbda/S),   S steps,
//
// and that is trained for one noise level. For another one, scale the image so that its noise has that level, and the
// result back.
// Parameters: T, lmbda [1]; R.K1.weight, R.mb.m.mb.scale.{0,1}.conv{1,2}.weight, R.mb.m.conv_{down,up}.i.weight,
// R.KN.weight. Extents are free, above 2^Scales.
type TDV struct {
	name     string
	cfg      TDVConfig
	time     *autodiff.Param
	fidelity *autodiff.Param
	first    *conv
	macro    []*macroBlock
	last     *conv
	params   []*autodiff.Param
}

// NewTDV makes a TDV with parameters named and seeded by path p. The error names the field of c that is wrong.
func NewTDV(p layers.Path, c TDVConfig) (*TDV, error) {
	for _, f := range []struct {
		name        string
		value, most int
	}{{"channels", c.Channels, most}, {"features", c.Features, most}, {"scales", c.Scales, 8}, {"blocks", c.Blocks, 64}, {"steps", c.Steps, 1000}} {
		if f.value < 1 || f.value > f.most {
			return nil, p.Errorf("tdv", "%s %d: want 1..%d", f.name, f.value, f.most)
		}
	}
	r := p.At("R")
	n := &TDV{name: p.Local(), cfg: c,
		time:     p.Param("T", autodiff.S(1), layers.Constant(.01)),
		fidelity: p.Param("lmbda", autodiff.S(1), layers.Constant(.1)),
		first:    newConv(r.At("K1"), "weight", "", c.Channels, c.Features, 3, autodiff.PadSymmetric),
		last:     newConv(r.At("KN"), "weight", "", c.Features, 1, 1, autodiff.PadZero)}
	n.params = append([]*autodiff.Param{n.time, n.fidelity}, n.first.params()...)
	for m := range c.Blocks {
		b := newMacroBlock(r.At("mb."+strconv.Itoa(m)), c)
		n.macro = append(n.macro, b)
		n.params = append(n.params, b.params...)
	}
	n.params = append(n.params, n.last.params()...)
	return n, nil
}

// Params returns all parameters, in order: T, lmbda, the first kernel, the kernels of the macro blocks, and the last
// kernel.
func (n *TDV) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *TDV) Config() TDVConfig { return n.cfg }

// Denoiser returns D = Forward with its score (D - u)/sigma^2, which hold at the noise level of the training only.
func (n *TDV) Denoiser() diffusion.Preconditioned {
	return diffusion.Preconditioned{Net: n, Prec: diffusion.X0{Levels: diffusion.NoiseLevels{}}}
}

// Energy returns R of every sample of x [B,Channels,H,W]: [B]. It panics with a *autodiff.ShapeError when x has other
// axes or channels, or an extent that is not above 2^Scales.
func (n *TDV) Energy(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(n.name)
	n.check(c, x)
	var h scales
	h[0] = n.first.forward(c, x)
	for _, m := range n.macro {
		m.forward(c, &h)
	}
	e := n.last.forward(c, h[0])
	e = c.Scale(c.Sum(e, 1, 2, 3), 1/float64(n.cfg.Features))
	c.Close(e)
	return e
}

// Grad returns grad R(x), [B,Channels,H,W], whose negative has the direction of the score. It can be differentiated
// again on a recording scope. It panics as Energy does.
func (n *TDV) Grad(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(n.name)
	in, out := c, c
	if !s.Recording() {
		in = c.ChildMode(autodiff.Record)
		in.Freeze()
		out = in.ChildMode(autodiff.Eval)
	}
	v := in.Watch(x)
	var g [1]autodiff.Var
	out.GradLast(in.SumAll(n.Energy(in, v)), []autodiff.Var{v}, g[:])
	if in != c {
		out.Close(g[0])
		in.Close(g[0])
	}
	c.Close(g[0])
	return g[0]
}

// Forward returns the denoised x [B,Channels,H,W] at the noise level of the training. It looks at nothing of sigma but
// its length. It panics as Energy does, and when sigma does not have B elements.
func (n *TDV) Forward(s *autodiff.Scope, x autodiff.Var, sigma []float64) autodiff.Var {
	c := s.Enter(n.name)
	n.check(c, x)
	if len(sigma) != x.Dim(0) {
		panic(&autodiff.ShapeError{Op: "tdv", Module: c.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("%d noise levels for %d samples", len(sigma), x.Dim(0))})
	}
	y := n.flow(c, n.cfg.Steps, x)
	c.Close(y)
	return y
}

// flow is step steps of the flow from z. It calls itself for what lies before.
func (n *TDV) flow(s *autodiff.Scope, step int, z autodiff.Var) autodiff.Var {
	if step == 0 {
		return z
	}
	c := s.Child()
	x := n.flow(c, step-1, z)
	tau := c.Scale(c.Param(n.time), 1/float64(n.cfg.Steps))
	pull := c.Scale(c.Param(n.fidelity), 1/float64(n.cfg.Steps))
	y := c.Sub(x, c.Mul(n.Grad(c, x), tau))
	y = c.Div(c.Add(y, c.Mul(z, pull)), c.AddScalar(pull, 1))
	c.Close(y)
	return y
}

func (n *TDV) check(s *autodiff.Scope, x autodiff.Var) {
	if least := 1 << n.cfg.Scales; x.Rank() != 4 || x.Dim(1) != n.cfg.Channels || x.Dim(2) <= least || x.Dim(3) <= least {
		panic(&autodiff.ShapeError{Op: "tdv", Module: s.Path(), Shapes: []autodiff.Shape{x.Shape()}, Msg: fmt.Sprintf("want [B,%d,H,W] with extents above %d", n.cfg.Channels, least)})
	}
}
