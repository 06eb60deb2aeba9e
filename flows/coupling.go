package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// coupling leaves the first half a of a sample (the larger one of an odd dimension) as it is and moves the rest b
// by what a network makes of a:
//
//	affine    forward b' = (b + t) e^s, log-determinant sum s;  inverse b = b' e^{-s} - t;  (r, t) = net(a), s = tanh r
//	additive  forward b' = b + net(a), log-determinant 0
type coupling struct {
	name     string
	dim      int
	additive bool
	net      *couplingNet
}

func newCoupling(p layers.Path, c RealNVPConfig) (*coupling, error) {
	k := &coupling{name: p.Local(), dim: c.Dim, additive: c.Additive}
	out := 2 * (c.Dim / 2)
	if c.Additive {
		out = c.Dim / 2
	}
	var err error
	k.net, err = newCouplingNet(p.At("net"), c.Dim-c.Dim/2, c.Hidden(), out, c.BatchNorm)
	return k, err
}

// forward is data to latent, inverse latent to data; the network sees a, which both leave alone.
func (k *coupling) forward(s *autodiff.Scope, x autodiff.Var, use layers.Statistics) (z, logdet autodiff.Var) {
	return k.run(s, x, use, false)
}

func (k *coupling) inverse(s *autodiff.Scope, z autodiff.Var, use layers.Statistics) (x, logdet autodiff.Var) {
	return k.run(s, z, use, true)
}

func (k *coupling) run(s *autodiff.Scope, x autodiff.Var, use layers.Statistics, back bool) (y, logdet autodiff.Var) {
	c := s.Enter(k.name)
	m := k.dim / 2
	a, b := c.Slice(x, 1, 0, k.dim-m), c.Slice(x, 1, k.dim-m, k.dim)
	h := k.net.forward(c, a, use)
	if k.additive {
		if back {
			b = c.Sub(b, h)
		} else {
			b = c.Add(b, h)
		}
		logdet = c.Zeros(autodiff.S(x.Dim(0)))
	} else {
		r, t := c.Tanh(c.Slice(h, 1, 0, m)), c.Slice(h, 1, m, 2*m)
		logdet = c.Sum(r, 1)
		if back {
			b = c.Sub(c.Mul(b, c.Exp(c.Neg(r))), t)
			logdet = c.Neg(logdet)
		} else {
			b = c.Mul(c.Add(b, t), c.Exp(r))
		}
	}
	y = c.Concat(1, a, b)
	c.Close(y, logdet)
	return y, logdet
}
