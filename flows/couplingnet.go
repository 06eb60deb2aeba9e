package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// couplingNet is the network of a coupling:
//
//	Linear, LeakyReLU(0.01), [BatchNorm], Linear, LeakyReLU, [BatchNorm], ZeroFC
//
// with ZeroFC(h) = (W h + b) e^{3 scale}, W, b and scale zero at first. Part numbers count the nonlinearities.
type couplingNet struct {
	name   string
	linear [2]*layers.Linear
	norm   [2]*layers.BatchNorm // nil without
	last   string
	fc     *layers.Linear
	scale  *autodiff.Param
	params []*autodiff.Param
}

func newCouplingNet(p layers.Path, in, hidden, out int, batchNorm bool) (*couplingNet, error) {
	n := &couplingNet{name: p.Local()}
	names := [...]string{"0", "2", "4", "", ""}
	if batchNorm {
		names = [...]string{"0", "3", "6", "2", "5"}
	}
	for i, width := range [2]int{in, hidden} {
		l, err := layers.NewLinear(p.At(names[i]), layers.LinearConfig{In: width, Out: hidden, Init: layers.Normal(0.05)})
		if err != nil {
			return nil, err
		}
		n.linear[i] = l
		n.params = append(n.params, l.Params()...)
		if batchNorm {
			b, err := layers.NewBatchNorm(p.At(names[3+i]), layers.BatchNormConfig{Features: hidden, Eps: 1e-2, Momentum: 0.1})
			if err != nil {
				return nil, err
			}
			n.norm[i] = b
			n.params = append(n.params, b.Params()...)
		}
	}
	zero := p.At(names[2])
	fc, err := layers.NewLinear(zero.At("fc"), layers.LinearConfig{In: hidden, Out: out, Init: layers.Zero()})
	if err != nil {
		return nil, err
	}
	n.last, n.fc = zero.Local(), fc
	n.scale = zero.Param("scale", autodiff.S(out), layers.Zero())
	n.params = append(append(n.params, n.scale), fc.Params()...)
	return n, nil
}

func (n *couplingNet) forward(s *autodiff.Scope, a autodiff.Var, use layers.Statistics) autodiff.Var {
	c := s.Enter(n.name)
	h := a
	for i, l := range n.linear {
		h = c.LeakyReLU(l.Forward(c, h), 0.01)
		if n.norm[i] != nil {
			h = n.norm[i].Forward(c, h, use)
		}
	}
	z := c.Enter(n.last)
	y := z.Mul(n.fc.Forward(z, h), z.Exp(z.Scale(z.Param(n.scale), 3)))
	z.Close(y)
	c.Close(y)
	return y
}
