package layers

import (
	"fmt"
	"strconv"

	"tweedie/autodiff"
)

// MLPScoreConfig is the configuration of an MLPScore.
type MLPScoreConfig struct {
	Dim    int         `json:"dim"`    // values in a sample
	Width  int         `json:"width"`  // width of the hidden state
	Blocks int         `json:"blocks"` // residual blocks
	Label  LabelConfig `json:"label"`
}

// DefaultMLPScore returns the configuration for samples of dim values: 3 blocks of width 128.
func DefaultMLPScore(dim int) MLPScoreConfig {
	return MLPScoreConfig{Dim: dim, Width: 128, Blocks: 3, Label: LabelConfig{Kind: "fourier", Std: 1, Dim: 64, Width: 128}}
}

// MLPScore is a residual network for vectors, conditioned on one label per sample:
//
//	h = W_in x,  h += W2 silu(W1 silu(h) + V e)  in every block,  y = W_out silu(h),  W_out = 0 at first
//
// x [B,Dim], one label per sample -> y [B,Dim].
// Parts: label, in, blocks.k.{0,emb,2} (Linear), out.
type MLPScore struct {
	name     string
	cfg      MLPScoreConfig
	label    *label
	in, out  *Linear
	one, two []*Linear
	emb      []*Linear
	params   []*autodiff.Param
}

// NewMLPScore makes an MLPScore at p.
func NewMLPScore(p Path, c MLPScoreConfig) (*MLPScore, error) {
	if c.Blocks < 1 || c.Blocks > mostBlocks {
		return nil, p.Errorf("MLP score", "blocks %d: want at least 1 and at most %d", c.Blocks, mostBlocks)
	}
	n := &MLPScore{name: p.Local(), cfg: c}
	b := parts{at: p}
	linear := func(name string, in, out int, init Init) *Linear {
		return add(&b, name, NewLinear, LinearConfig{In: in, Out: out, Init: init})
	}
	n.label = add(&b, "label", newLabel, c.Label)
	n.in = linear("in", c.Dim, c.Width, Init{})
	for k := range c.Blocks {
		at := "blocks." + strconv.Itoa(k)
		n.one = append(n.one, linear(at+".0", c.Width, c.Width, Init{}))
		n.emb = append(n.emb, linear(at+".emb", c.Label.Width, c.Width, Init{}))
		n.two = append(n.two, linear(at+".2", c.Width, c.Width, Init{}))
	}
	n.out = linear("out", c.Width, c.Dim, Zero())
	n.params = b.params
	if b.err != nil {
		return nil, b.err
	}
	return n, nil
}

// Params returns the parameters of label, in, the blocks and out.
func (n *MLPScore) Params() []*autodiff.Param { return n.params }

// Config returns the configuration that the network was made with.
func (n *MLPScore) Config() MLPScoreConfig { return n.cfg }

// Forward evaluates the network at x [B,Dim] with labels v. It panics with a *autodiff.ShapeError unless x is
// [len(v),Dim].
func (n *MLPScore) Forward(s *autodiff.Scope, x autodiff.Var, v []float64) autodiff.Var {
	c := s.Enter(n.name)
	labels(c, x, v)
	e := n.label.Forward(c, v)
	h := n.in.Forward(c, x)
	for k := range n.one {
		g := c.Add(n.one[k].Forward(c, c.SiLU(h)), n.emb[k].Forward(c, e))
		h = c.Add(h, n.two[k].Forward(c, c.SiLU(g)))
	}
	y := n.out.Forward(c, c.SiLU(h))
	c.Close(y)
	return y
}

// labels panics unless there is one label per sample of x.
func labels(s *autodiff.Scope, x autodiff.Var, v []float64) {
	if sh := x.Shape(); sh.Rank() == 0 || sh.Dim(0) != len(v) {
		panic(&autodiff.ShapeError{Op: "labels", Module: s.Path(), Shapes: []autodiff.Shape{sh}, Msg: fmt.Sprintf("%d labels; want one per sample", len(v))})
	}
}
