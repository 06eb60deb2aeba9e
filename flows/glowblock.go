package flows

import (
	"strconv"

	"tweedie/autodiff"
	"tweedie/layers"
)

// channelNorm shifts every channel of [B,C,H,W] and scales it, with either sign, the identity at first:
//
//	forward  y = (x + loc)/scale_inv, log-determinant -H W sum ln|scale_inv|      inverse  x = y scale_inv - loc
//
// Parameters: loc, scale_inv [1,C,1,1].
type channelNorm struct {
	name       string
	loc, scale *autodiff.Param
}

func newChannelNorm(p layers.Path, channels int) *channelNorm {
	sh := autodiff.S(1, channels, 1, 1)
	return &channelNorm{p.Local(), p.Param("loc", sh, layers.Zero()), p.Param("scale_inv", sh, layers.Constant(1))}
}

func (n *channelNorm) run(s *autodiff.Scope, x autodiff.Var, back bool) (y, logdet autodiff.Var) {
	c := s.Enter(n.name)
	scale, pixels := c.Param(n.scale), float64(x.Dim(2)*x.Dim(3))
	if back {
		y = c.Sub(c.Mul(x, scale), c.Param(n.loc))
	} else {
		y, pixels = c.Div(c.Add(x, c.Param(n.loc)), scale), -pixels
	}
	logdet = spread(c, c.Scale(c.SumAll(c.Log(c.Abs(scale))), pixels), x)
	c.Close(y, logdet)
	return y, logdet
}

// glowStep runs norm, invertible convolution and coupling, in the order that data meets them.
type glowStep struct {
	name     string
	norm     *channelNorm
	conv     *invConv
	coupling *coupling
}

func (g *glowStep) forward(s *autodiff.Scope, x autodiff.Var, use layers.Statistics) (z, logdet autodiff.Var) {
	c := s.Enter(g.name)
	x, l0 := g.norm.run(c, x, false)
	x, l1 := g.conv.forward(c, x)
	z, l2 := g.coupling.forward(c, x, use)
	logdet = c.Add(c.Add(l0, l1), l2)
	c.Close(z, logdet)
	return z, logdet
}

func (g *glowStep) inverse(s *autodiff.Scope, z autodiff.Var, use layers.Statistics) (x, logdet autodiff.Var) {
	c := s.Enter(g.name)
	x, l2 := g.coupling.inverse(c, z, use)
	x, l1 := g.conv.inverse(c, x)
	x, l0 := g.norm.run(c, x, true)
	logdet = c.Add(c.Add(l0, l1), l2)
	c.Close(x, logdet)
	return x, logdet
}

// glowBlock trades resolution for channels, takes its steps, and lets half of the channels go as latents (all of them
// in the last block), whitened by a mean m and a deviation e^d that its prior predicts from the kept half (from zeros
// in the last):
//
//	z = (v - m) e^{-d}, log-determinant -sum d,  (m, d) = prior(kept)
type glowBlock struct {
	name   string
	sh     autodiff.Shape // [C,H,W] inside the block, with four times the channels of its data
	steps  []*glowStep
	prior  *zeroLayer
	last   bool
	params []*autodiff.Param
}

func newGlowBlock(p layers.Path, c GlowConfig, b int) (*glowBlock, error) {
	n := 4 * c.Channels << b
	g := &glowBlock{name: p.Local(), sh: autodiff.S(n, c.Height>>(b+1), c.Width>>(b+1)), last: b == c.Blocks-1}
	for k := range c.Flows {
		at := p.At("flows." + strconv.Itoa(k))
		step := &glowStep{name: at.Local(), norm: newChannelNorm(at.At("actnorm"), n), conv: newInvConv(at.At("invconv"), n, g.last || !c.Plain)}
		var err error
		if step.coupling, err = newCoupling(at.At("coupling"), n, c.Additive, netConfig{hidden: c.Hidden, slope: 0.1, eps: 1e-5, image: true}); err != nil {
			return nil, err
		}
		g.steps = append(g.steps, step)
		g.params = append(append(append(g.params, step.norm.loc, step.norm.scale), step.conv.params...), step.coupling.net.params...)
	}
	in := n / 2
	if g.last {
		in = n
	}
	var err error
	g.prior, err = newZeroLayer(p.At("prior"), true, in, 2*g.free())
	if err != nil {
		return nil, err
	}
	g.params = append(g.params, g.prior.params...)
	return g, nil
}

// free returns the number of channels that become latents.
func (g *glowBlock) free() int {
	if g.last {
		return g.sh.Dim(0)
	}
	return g.sh.Dim(0) / 2
}

// latents returns the number of values in a sample that become latents.
func (g *glowBlock) latents() int { return g.free() * g.sh.Dim(1) * g.sh.Dim(2) }

// moments returns m and d for kept channels [B,C,H,W]; in the last block, for one sample that stands for all.
func (g *glowBlock) moments(c *autodiff.Scope, kept autodiff.Var) (m, d autodiff.Var) {
	if g.last {
		kept = c.Zeros(autodiff.S(1, g.sh.Dim(0), g.sh.Dim(1), g.sh.Dim(2)))
	}
	h := g.prior.forward(c, kept)
	n := g.free()
	return c.Slice(h, 1, 0, n), c.Slice(h, 1, n, 2*n)
}

// deviation returns sum d for every sample of x.
func (g *glowBlock) deviation(c *autodiff.Scope, d, x autodiff.Var) autodiff.Var {
	if g.last {
		return spread(c, c.SumAll(d), x)
	}
	return samples(c, d)
}

// forward maps x [B,C/4,2H,2W] to the kept channels [B,C/2,H,W], none in the last block, and to the latents [B,N].
func (g *glowBlock) forward(s *autodiff.Scope, x autodiff.Var, use layers.Statistics) (kept, z, logdet autodiff.Var) {
	c := s.Enter(g.name)
	b, n, h, w := x.Dim(0), g.sh.Dim(0), g.sh.Dim(1), g.sh.Dim(2)
	v := c.Permute(c.Reshape(x, autodiff.S(b, n/4, h, 2, w, 2)), 0, 1, 3, 5, 2, 4)
	v = c.Reshape(v, autodiff.S(b, n, h, w))
	for _, step := range g.steps {
		var l autodiff.Var
		v, l = step.forward(c, v, use)
		logdet = total(c, logdet, l)
	}
	if !g.last {
		kept, v = c.Slice(v, 1, 0, n/2), c.Slice(v, 1, n/2, n)
	}
	m, d := g.moments(c, kept)
	z = c.Reshape(c.Mul(c.Sub(v, m), c.Exp(c.Neg(d))), autodiff.S(b, g.latents()))
	logdet = c.Sub(logdet, g.deviation(c, d, x))
	if g.last {
		c.Close(z, logdet)
	} else {
		c.Close(kept, z, logdet)
	}
	return kept, z, logdet
}

// inverse undoes forward.
func (g *glowBlock) inverse(s *autodiff.Scope, kept, z autodiff.Var, use layers.Statistics) (x, logdet autodiff.Var) {
	c := s.Enter(g.name)
	b, n, h, w := z.Dim(0), g.sh.Dim(0), g.sh.Dim(1), g.sh.Dim(2)
	m, d := g.moments(c, kept)
	logdet = g.deviation(c, d, z)
	v := c.Add(c.Mul(c.Reshape(z, autodiff.S(b, g.free(), h, w)), c.Exp(d)), m)
	if !g.last {
		v = c.Concat(1, kept, v)
	}
	for k := len(g.steps) - 1; k >= 0; k-- {
		var l autodiff.Var
		v, l = g.steps[k].inverse(c, v, use)
		logdet = c.Add(logdet, l)
	}
	v = c.Permute(c.Reshape(v, autodiff.S(b, n/4, 2, 2, h, w)), 0, 1, 4, 2, 5, 3)
	x = c.Reshape(v, autodiff.S(b, n/4, 2*h, 2*w))
	c.Close(x, logdet)
	return x, logdet
}
