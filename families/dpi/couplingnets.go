package dpi

import (
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// residualNet is the network of nflows: a linear map, blocks h + W_1 act(W_0 act(h)), and a linear map.
type residualNet struct {
	first, last *layers.Linear
	blocks      [][2]*layers.Linear
	act         layers.Activation
	params      []*autodiff.Param
}

func newResidualNet(p layers.Path, in, hidden, out, blocks int, act layers.Activation) (n *residualNet, err error) {
	n = &residualNet{act: act}
	linear := func(name string, in, out int) (l *layers.Linear) {
		if err == nil {
			if l, err = layers.NewLinear(p.At(name), layers.LinearConfig{In: in, Out: out}); err == nil {
				n.params = append(n.params, l.Params()...)
			}
		}
		return l
	}
	n.first = linear("initial_layer", in, hidden)
	for i := range blocks {
		at := "blocks." + strconv.Itoa(i) + ".linear_layers."
		n.blocks = append(n.blocks, [2]*layers.Linear{linear(at+"0", hidden, hidden), linear(at+"1", hidden, hidden)})
	}
	n.last = linear("final_layer", hidden, out)
	return n, err
}

func (n *residualNet) Params() []*autodiff.Param { return n.params }

func (n *residualNet) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	h := n.first.Forward(c, x)
	for _, b := range n.blocks {
		h = c.Add(h, b[1].Forward(c, n.act.Apply(c, b[0].Forward(c, n.act.Apply(c, h)))))
	}
	y := n.last.Forward(c, h)
	c.Close(y)
	return y
}

// wholeNets is t and s of normflows' MaskedAffineFlow: of the values that stay, put among zeros, to all values, of which those that
// are moved count.
type wholeNets struct {
	t, s       *layers.MLP
	dim        int
	keep, move []int
}

func newWholeNets(p layers.Path, dim int, l Link, act layers.Activation) (n *wholeNets, err error) {
	n = &wholeNets{dim: dim, move: l.Coupling.Move}
	moved := map[int]bool{}
	for _, j := range n.move {
		moved[j] = true
	}
	for j := range dim {
		if !moved[j] {
			n.keep = append(n.keep, j)
		}
	}
	c := layers.MLPConfig{Sizes: append(append([]int{dim}, l.Hidden...), dim), Act: act}
	if n.s, err = layers.NewMLP(p.At("s.net"), c); err != nil {
		return nil, err
	}
	n.t, err = layers.NewMLP(p.At("t.net"), c)
	return n, err
}

func (n *wholeNets) Params() []*autodiff.Param { return layers.Params(n.s, n.t) }

func (n *wholeNets) Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Child()
	whole := c.ScatterAdd(x, 1, n.keep, n.dim)
	y := c.Concat(1, c.Gather(n.t.Forward(c, whole), 1, n.move), c.Gather(n.s.Forward(c, whole), 1, n.move))
	c.Close(y)
	return y
}
