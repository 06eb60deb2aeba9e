package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// coupling keeps the first half a of the channels of x [B,C] or [B,C,H,W] (the larger half of an odd number) and
// moves the rest b by the output of a network on a:
//
//	affine    forward b' = (b + t) e^s, log-determinant sum s;  inverse b = b' e^{-s} - t;  (r, t) = net(a), s = tanh r
//	additive  forward b' = b + net(a), log-determinant 0
type coupling struct {
	name     string
	channels int
	additive bool
	net      *couplingNet
}

// newCoupling makes a coupling at p; it sets the sizes of c that follow from the channels.
func newCoupling(p layers.Path, channels int, additive bool, c netConfig) (*coupling, error) {
	k := &coupling{name: p.Local(), channels: channels, additive: additive}
	c.in, c.out = channels-channels/2, 2*(channels/2)
	if additive {
		c.out = channels / 2
	}
	var err error
	k.net, err = newCouplingNet(p.At("net"), c)
	return k, err
}

// forward maps data to latents and inverse latents to data; the network sees a, which both keep.
func (k *coupling) forward(s *autodiff.Scope, x autodiff.Var, use layers.Statistics) (z, logdet autodiff.Var) {
	return k.run(s, x, use, false)
}

func (k *coupling) inverse(s *autodiff.Scope, z autodiff.Var, use layers.Statistics) (x, logdet autodiff.Var) {
	return k.run(s, z, use, true)
}

func (k *coupling) run(s *autodiff.Scope, x autodiff.Var, use layers.Statistics, back bool) (y, logdet autodiff.Var) {
	c := s.Enter(k.name)
	m := k.channels / 2
	a, b := c.Slice(x, 1, 0, k.channels-m), c.Slice(x, 1, k.channels-m, k.channels)
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
		logdet = samples(c, r)
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

// samples sums x [B,...] over every sample: [B].
func samples(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	return s.Sum(s.Reshape(x, autodiff.S(x.Dim(0), x.Size()/x.Dim(0))), 1)
}
