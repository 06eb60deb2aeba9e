package edm

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
	"tweedie/rng"
	"tweedie/unet"
)

// Network computes a network of Karras et al. (2022): their SongUNet, which is DDPM++ or NCSN++ by its switches, or their
// DhariwalUNet, which is ADM. It is F(x, c, y) of images x [B,C,H,W], one noise label c a sample and one row y of n
// labels a sample, as an Config describes it, and begins with
//
//	Song      e = silu(L1 silu(L0 (gamma(c) + L_y y sqrt(n))))    gamma(c) = (sin, cos)(c f), f_k = 10000^(-k/(h-1)), or (sin, cos)(2 pi c f)
//	Dhariwal  e = silu(L1 silu(L0 gamma(c)) + L_y y)              gamma(c) = (cos, sin)(c f), f_k = 10000^(-k/h)
//
// It goes on through the levels of a U-Net, whose residual blocks all receive e. The authors' preconditioning around
// the network is not part of it; the labels c are what the preconditioning makes of noise levels. Parameters have the
// names of the authors' whole module, network and preconditioning, with its buffers: filters, Fourier frequencies, and
// the noise levels u of iDDPMPrecond. The network filters as its config says, whatever the buffers of filters hold.
type Network struct {
	name    string
	cfg     Config // effective
	feature layers.Embedding
	label   *layers.Linear // nil where there are no labels
	layer   [2]*layers.Linear
	trunk   unet.Trunk
	out     *unet.Head // nil where the output is a pyramid
	levels  *autodiff.Param
	params  []*autodiff.Param
}

// New makes the network that c describes, with parameters named and seeded by path; path.Blank() makes it without
// values. The error names the field of c that is wrong, or the module whose channels cannot be divided into groups or
// heads.
func New(path layers.Path, c Config) (*Network, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := &builder{cfg: c.Effective()}
	b.song = b.cfg.Kwargs.ModelType == "SongUNet"
	b.Path, b.Again = path.At("model"), b.cfg.UseCheckpoint
	n := &Network{name: path.Local(), cfg: b.cfg}
	if u := b.cfg.Levels(); u != nil {
		n.levels = path.Buffer("u", autodiff.S(len(u)), 0)
		for j, v := range u {
			n.levels.Data()[j] = float32(v)
		}
		b.Params = append(b.Params, n.levels)
	}
	b.mapping(n)
	w := b.encode()
	b.Trunk.Middle = unet.Stage{b.Run(append(b.res(b.at("dec", b.last(), "in0"), w, w, "", true), b.res(b.at("dec", b.last(), "in1"), w, w, "", false)...)...)}
	w = b.decode(w)
	switch {
	case !b.song:
		h := b.head("out_norm", "out_conv", w)
		n.out = &h
	case b.cfg.Kwargs.DecoderType == "standard":
		h := b.head(b.at("dec", 0, "aux_norm"), b.at("dec", 0, "aux_conv"), w)
		n.out = &h
	}
	if b.Err != nil {
		return nil, fmt.Errorf("unet: %w", b.Err)
	}
	n.trunk, n.params = b.Trunk, b.Params
	return n, nil
}

// mapping makes the parts of the embedding.
func (b *builder) mapping(n *Network) {
	k := &b.cfg.Kwargs
	noise, width := k.ModelChannels, k.ModelChannels*k.ChannelMultEmb
	linear := func(name string, in, out int, bias bool) *layers.Linear {
		return unet.Make(&b.Builder, name, layers.NewLinear, layers.LinearConfig{In: in, Out: out, NoBias: !bias})
	}
	augment := func() {
		if k.AugmentDim > 0 {
			linear("map_augment", k.AugmentDim, noise, false)
		}
	}
	if !b.song {
		n.feature = unet.Make(&b.Builder, "map_noise", layers.NewSinusoid, layers.SinusoidConfig{Dim: noise, Rounding: "power"})
		augment()
		n.layer[0], n.layer[1] = linear("map_layer0", noise, width, true), linear("map_layer1", width, width, true)
		if k.LabelDim > 0 {
			n.label = linear("map_label", k.LabelDim, width, false)
		}
		return
	}
	noise *= k.ChannelMultNoise
	if k.EmbeddingType == "fourier" {
		n.feature = unet.Make(&b.Builder, "map_noise", layers.NewFourier, layers.FourierConfig{Dim: noise, Std: 16, Scaled: true, Name: "freqs"})
	} else {
		n.feature = unet.Make(&b.Builder, "map_noise", layers.NewSinusoid, layers.SinusoidConfig{Dim: noise, SinFirst: true, Shift: 1, Rounding: "power"})
	}
	if k.LabelDim > 0 {
		n.label = linear("map_label", k.LabelDim, noise, true)
	}
	augment()
	n.layer[0], n.layer[1] = linear("map_layer0", noise, width, true), linear("map_layer1", width, width, true)
}

// Params returns all parameters and buffers in the order of the original's state dict.
func (n *Network) Params() []*autodiff.Param { return n.params }

// Config returns the effective configuration.
func (n *Network) Config() Config { return n.cfg }

// Levels returns the noise levels u_0 > ... > u_M = 0 of iDDPMPrecond as the network's buffer holds them, and nil for
// any other preconditioning.
func (n *Network) Levels() []float64 {
	if n.levels == nil {
		return nil
	}
	u := make([]float64, n.levels.Shape().Size())
	for j, v := range n.levels.Data() {
		u[j] = float64(v)
	}
	return u
}

// Levels returns the noise levels of iDDPMPrecond, u_M = 0 and u_(j-1) = sqrt((u_j^2 + 1)/max(a_(j-1)/a_j, C_1) - 1)
// with a_j = sin^2(pi j/(2 M (1 + C_2))), and nil for any other preconditioning.
func (c Config) Levels() []float64 {
	if c.Precond != "iDDPMPrecond" {
		return nil
	}
	m := c.Kwargs.M
	u := make([]float64, m+1)
	a := func(j int) float64 {
		s := math.Sin(math.Pi / 2 * float64(j) / float64(m) / (c.Kwargs.C2 + 1))
		return s * s
	}
	for j := m; j > 0; j-- {
		u[j-1] = math.Sqrt((u[j]*u[j]+1)/max(a(j-1)/a(j), c.Kwargs.C1) - 1)
	}
	return u
}

// Forward evaluates the network at x [B,C,H,W] with one noise label a sample. It returns [B,C,H,W], or [B,2C,H,W] with
// iDDPMPrecond. A network with labels sees rows of zeros, which mean no class. It panics with a *autodiff.ShapeError
// when CheckShape has an error or there is not one noise label for each sample.
func (n *Network) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return n.ForwardRows(s, x, label, nil)
}

// ForwardRows evaluates the network as Forward does, given rows of label_dim numbers, one for each sample or one for
// all; for classes, one-hot rows. nil gives rows of zeros. It panics as Forward does, and with a *autodiff.ValueError
// when rows has another length.
func (n *Network) ForwardRows(s *autodiff.Scope, x autodiff.Var, label, rows []float64) autodiff.Var {
	c := n.enter(s, x, label)
	return n.images(c, x, n.embed(c, label, rows), autodiff.Var{})
}

// ForwardTrain evaluates the network as ForwardRows does, with dropout, whose masks are a function of key.
func (n *Network) ForwardTrain(s *autodiff.Scope, x autodiff.Var, label, rows []float64, key rng.Key) autodiff.Var {
	c := n.enter(s, x, label)
	var seeds autodiff.Var
	if n.cfg.Kwargs.Dropout > 0 {
		seeds = layers.Seeds(c, key, len(label))
	}
	return n.images(c, x, n.embed(c, label, rows), seeds)
}

// OfClass computes a network with labels for samples that all have the row Row.
type OfClass struct {
	*Network
	Row []float64
}

// AsClass returns the network that sees the one-hot row of a class in every sample. The error says which classes there
// are.
func (n *Network) AsClass(index int) (OfClass, error) {
	if index < 0 || index >= n.cfg.Kwargs.LabelDim {
		return OfClass{}, fmt.Errorf("unet: class %d: the network has %d, numbered from 0", index, n.cfg.Kwargs.LabelDim)
	}
	k := OfClass{n, make([]float64, n.cfg.Kwargs.LabelDim)}
	k.Row[index] = 1
	return k, nil
}

// Forward evaluates the network at x with noise labels, all samples with Row. It panics as EDM.ForwardRows does.
func (k OfClass) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return k.ForwardRows(s, x, label, k.Row)
}

// enter opens the network's scope and checks x and the labels.
func (n *Network) enter(s *autodiff.Scope, x autodiff.Var, label []float64) *autodiff.Scope {
	c := s.Enter(n.name)
	unet.Fits(c, x.Shape(), unet.Misfit(x.Shape(), n.cfg.Kwargs.ImgChannels, len(n.cfg.Kwargs.ChannelMult)), len(label))
	return c
}

// embed is what every block sees of noise labels and rows: [B,E].
func (n *Network) embed(s *autodiff.Scope, label, rows []float64) autodiff.Var {
	c := s.Enter("label")
	var y autodiff.Var
	dim := n.cfg.Kwargs.LabelDim
	switch {
	case dim > 0 && rows == nil:
		y = n.label.Forward(c, c.Zeros(autodiff.S(1, dim)))
	case dim > 0 && (len(rows) == dim || len(rows) == dim*len(label)):
		y = c.Const64(autodiff.S(len(rows)/dim, dim), rows)
		if n.cfg.Kwargs.ModelType == "SongUNet" {
			y = c.Scale(y, math.Sqrt(float64(dim)))
		}
		y = n.label.Forward(c, y)
	case rows != nil:
		panic(&autodiff.ValueError{Op: "unet", Module: c.Path(), Msg: fmt.Sprintf("rows of labels hold %d numbers; %d samples take %d each, or one row for all", len(rows), len(label), dim)})
	}
	e := n.feature.Forward(c, label)
	song := n.cfg.Kwargs.ModelType == "SongUNet"
	if song && dim > 0 {
		e = c.Add(e, y)
	}
	e = n.layer[1].Forward(c, c.SiLU(n.layer[0].Forward(c, e)))
	if !song && dim > 0 {
		e = c.Add(e, y)
	}
	e = c.SiLU(e)
	c.Close(e)
	return e
}

// images is the network at x given the embedding e, in scope c, which it closes.
func (n *Network) images(c *autodiff.Scope, x, e, seeds autodiff.Var) autodiff.Var {
	y := n.trunk.Forward(c, unet.State{H: x, Aux: x}, e, seeds)
	h := y.Aux
	if n.out != nil {
		h = n.out.Forward(c, y.H)
	}
	c.Close(h)
	return h
}
