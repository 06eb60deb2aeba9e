package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// netConfig is the configuration of a coupling's network. For vectors [B,C] its affine maps are linear layers; for
// images [B,C,H,W] they are a 3x3 convolution, a 1x1 and a 3x3.
type netConfig struct {
	in, hidden, out int
	slope           float64 // slope of the LeakyReLUs
	eps             float64 // of the batch norms; 0 for no batch norms
	image           bool
}

// affineMap is a convolution or a linear layer.
type affineMap interface {
	layers.Module
	Forward(s *autodiff.Scope, x autodiff.Var) autodiff.Var
}

// couplingNet computes the parameters of a coupling by
//
//	A_1, LeakyReLU, [BatchNorm], A_2, LeakyReLU, [BatchNorm], Zero
//
// with affine maps A and a Zero layer. Part numbers count the nonlinearities.
type couplingNet struct {
	name   string
	slope  float64
	affine [2]affineMap
	norm   [2]*layers.BatchNorm // nil without batch norms
	zero   *zeroLayer
	params []*autodiff.Param
}

func newCouplingNet(p layers.Path, c netConfig) (*couplingNet, error) {
	n := &couplingNet{name: p.Local(), slope: c.slope}
	names := [...]string{"0", "2", "4", "", ""}
	if c.eps > 0 {
		names = [...]string{"0", "3", "6", "2", "5"}
	}
	for i, width := range [2]int{c.in, c.hidden} {
		l, err := newAffine(p.At(names[i]), c.image, width, c.hidden, 3-2*i)
		if err != nil {
			return nil, err
		}
		n.affine[i] = l
		n.params = append(n.params, l.Params()...)
		if c.eps > 0 {
			b, err := layers.NewBatchNorm(p.At(names[3+i]), layers.BatchNormConfig{Features: c.hidden, Eps: c.eps, Momentum: 0.1})
			if err != nil {
				return nil, err
			}
			n.norm[i] = b
			n.params = append(n.params, b.Params()...)
		}
	}
	var err error
	if n.zero, err = newZeroLayer(p.At(names[2]), c.image, c.hidden, c.out); err != nil {
		return nil, err
	}
	n.params = append(n.params, n.zero.params...)
	return n, nil
}

// newAffine makes a linear layer, or a convolution with an odd kernel and zero padding that keeps the extents.
func newAffine(p layers.Path, image bool, in, out, kernel int) (affineMap, error) {
	if image {
		return layers.NewConv(p, layers.ConvConfig{In: in, Out: out, Kernel: layers.EachAxis(2, kernel), Init: layers.Normal(0.05)})
	}
	return layers.NewLinear(p, layers.LinearConfig{In: in, Out: out, Init: layers.Normal(0.05)})
}

func (n *couplingNet) forward(s *autodiff.Scope, a autodiff.Var, use layers.Statistics) autodiff.Var {
	c := s.Enter(n.name)
	h := a
	for i, l := range n.affine {
		h = c.LeakyReLU(l.Forward(c, h), n.slope)
		if n.norm[i] != nil {
			h = n.norm[i].Forward(c, h, use)
		}
	}
	y := n.zero.forward(c, h)
	c.Close(y)
	return y
}
