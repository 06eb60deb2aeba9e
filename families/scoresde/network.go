package scoresde

import (
	"fmt"
	"math"
	"sync"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// Network computes a network of Song et al. (2021), DDPM, DDPM++ or NCSN++: F(x, c) of noisy images x [B,C,H,W] and
// one label c a sample, as a Config describes it. It begins with
//
//	e   = act(W2 act(W1 gamma(c)))       gamma(c) = (sin, cos)(2 pi ln(c) W) or (sin, cos)(c f), f_k = 10000^(-k/(h-1))
//	h_0 = w * (2x - 1)                   w * x where images are centered
//
// and goes on through the levels of a U-Net, whose residual blocks receive e where the network is conditional. A
// positional embedding is the second gamma, Fourier features are the first; in score_prior they take ln(c) only with a
// VE process, and c itself otherwise. Which labels the network was trained with depends on its process
// (zoo.ScoreFunction): noise levels or their indices for VE, scaled times for the others. Where the config says
// scale_by_sigma, the output is divided by the noise level, which with Fourier features is the label itself, and
// otherwise the level with the label as its index. Parameters have the names of the implementation that the config's
// code names.
type Network struct {
	name    string
	cfg     Config // effective
	act     layers.Activation
	feature layers.Embedding
	dense   [2]*layers.Linear // nil where the network is not conditional
	trunk   unet.Trunk
	out     *unet.Head // nil where the output is a pyramid
	sigmas  []float64
	params  []*autodiff.Param
}

// New makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it
// without values. The error names the field of c that is wrong, or the module whose channels cannot be divided into
// groups.
func New(path layers.Path, c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &builder{cfg: c.Effective(), count: map[string]int{}}
	b.Path, b.Again, b.flax = path, b.cfg.UseCheckpoint, b.cfg.Code != Torch
	m := &b.cfg.Model
	n := &Network{name: path.Local(), cfg: b.cfg, act: activations[m.Nonlinearity]}
	width := m.NF
	if m.EmbeddingType == "fourier" {
		width = 2 * m.NF
		f := unet.Make(&b.Builder, b.module("GaussianFourierProjection"), layers.NewFourier, layers.FourierConfig{Dim: width, Std: m.FourierScale,
			Log: b.cfg.logarithm()})
		if b.Err == nil && m.TrainableEmbedding {
			f.Params()[0].SetTrainable(true)
		}
		n.feature = f
	} else {
		n.feature = unet.Make(&b.Builder, "time_features", layers.NewSinusoid, layers.SinusoidConfig{Dim: width, SinFirst: true, Shift: 1, Rounding: "rate"})
	}
	if m.Conditional {
		n.dense[0] = unet.Make(&b.Builder, b.module("Dense"), layers.NewLinear, layers.LinearConfig{In: width, Out: 4 * m.NF})
		n.dense[1] = unet.Make(&b.Builder, b.module("Dense"), layers.NewLinear, layers.LinearConfig{In: 4 * m.NF, Out: 4 * m.NF})
	}
	w := b.encode()
	b.Trunk.Middle = unet.Stage{b.Run(b.res(w, w, ""), b.attention(w), b.res(w, w, ""))}
	w = b.decode(w)
	if m.Progressive != "output_skip" {
		h := b.head(w, b.cfg.Data.NumChannels, layers.Zero())
		n.out = &h
	}
	if b.Err != nil {
		return nil, fmt.Errorf("unet: %w", b.Err)
	}
	n.trunk, n.params, n.sigmas = b.Trunk, b.Params, b.cfg.Sigmas()
	return n, nil
}

// Params returns all parameters in the order of the original's list of modules, the frequencies of Fourier features
// included, which are trained only with trainable_embedding.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }

// Sigmas returns the num_scales noise levels of discrete labels, sigma_i = sigma_max
// (sigma_min/sigma_max)^(i/(num_scales-1)).
func (c Config) Sigmas() []float64 {
	s := make([]float64, c.Model.NumScales)
	hi, lo := math.Log(c.Model.SigmaMax), math.Log(c.Model.SigmaMin)
	for i := range s {
		s[i] = math.Exp(hi + (lo-hi)*float64(i)/float64(len(s)-1))
	}
	return s
}

// CheckLabels returns an error about the first label that the network does not take: one that is not finite, not
// positive where ln is taken, or not an index where the noise level is looked up.
func (c Config) CheckLabels(label []float64) error {
	c = c.Effective()
	return c.checkLabels(label)
}

// checkLabels is CheckLabels of an effective config.
func (c *Config) checkLabels(label []float64) error {
	m := &c.Model
	for i, v := range label {
		switch {
		case v-v != 0:
			return fmt.Errorf("unet: label %v of sample %d is not a number", v, i)
		case c.logarithm() && !(v > 0):
			return fmt.Errorf("unet: label %v of sample %d; labels are noise levels, and positive", v, i)
		case m.EmbeddingType == "positional" && m.ScaleBySigma && !(v >= 0 && v < float64(m.NumScales)):
			return fmt.Errorf("unet: label %v of sample %d; labels are indices of %d noise levels", v, i, m.NumScales)
		}
	}
	return nil
}

// logarithm says whether the network embeds ln of its labels.
func (c *Config) logarithm() bool {
	return c.Model.EmbeddingType == "fourier" && (c.Training.SDE == "vesde" || c.Code != ScorePriorFlax)
}

// Forward evaluates the network at x [B,C,H,W] with one label a sample, which the original calls labels or time_cond,
// and returns [B,C,H,W]. It panics with a *autodiff.ShapeError when CheckShape has an error or there is not one label
// for each sample, and with a *autodiff.ValueError when CheckLabels has one.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return n.forward(s, x, label, func(*autodiff.Scope) autodiff.Var { return autodiff.Var{} })
}

// ForwardTrain evaluates the network as Forward does, with dropout, whose masks are a function of key.
func (n *Network) ForwardTrain(s *autodiff.Scope, x autodiff.Var, label []float64, key rng.Key) autodiff.Var {
	return n.forward(s, x, label, func(c *autodiff.Scope) (seeds autodiff.Var) {
		if n.cfg.Model.Dropout > 0 {
			seeds = layers.Seeds(c, key, len(label))
		}
		return seeds
	})
}

func (n *Network) forward(s *autodiff.Scope, x autodiff.Var, label []float64, drop func(*autodiff.Scope) autodiff.Var) autodiff.Var {
	c := s.Enter(n.name)
	unet.Fits(c, x.Shape(), unet.Misfit(x.Shape(), n.cfg.Data.NumChannels, len(n.cfg.Model.ChMult)), len(label))
	if err := n.cfg.checkLabels(label); err != nil {
		panic(&autodiff.ValueError{Op: "unet", Module: c.Path(), Msg: err.Error()})
	}
	if !n.cfg.Data.Centered {
		x = c.Affine(x, 2, -1)
	}
	y := n.trunk.Forward(c, unet.State{H: x, Aux: x}, n.embed(c, label), drop(c))
	h := y.Aux
	if n.out != nil {
		h = n.out.Forward(c, y.H)
	}
	if n.cfg.Model.ScaleBySigma {
		h = c.Div(h, n.level(c, label))
	}
	c.Close(h)
	return h
}

// embed is what every block sees of the labels: [B,4 nf], the zero Var where the network is not conditional.
func (n *Network) embed(s *autodiff.Scope, label []float64) autodiff.Var {
	if n.dense[0] == nil {
		return autodiff.Var{}
	}
	c := s.Enter("label")
	e := n.act.Apply(c, n.dense[0].Forward(c, n.feature.Forward(c, label)))
	e = n.act.Apply(c, n.dense[1].Forward(c, e))
	c.Close(e)
	return e
}

var levels = sync.Pool{New: func() any { return new([]float64) }}

// level is the noise level of every sample, [B,1,1,1].
func (n *Network) level(s *autodiff.Scope, label []float64) autodiff.Var {
	shape := autodiff.S(len(label), 1, 1, 1)
	if n.cfg.Model.EmbeddingType == "fourier" {
		return s.Const64(shape, label)
	}
	p := levels.Get().(*[]float64)
	v := (*p)[:0]
	for _, k := range label {
		v = append(v, n.sigmas[int(k)])
	}
	y := s.Const64(shape, v)
	*p = v
	levels.Put(p)
	return y
}
