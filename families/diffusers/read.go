package diffusers

import (
	"errors"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// marksOfDiffusers are names that every UNet2DModel has.
var marksOfDiffusers = []string{"conv_in.weight", "time_embedding.linear_1.weight"}

// Name is that of the family.
const Name = "diffusers"

// family reads folders of diffusers, or the weights in them with their config.json.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "diffusers".
func (family) Name() string { return Name }

// Architectures returns diffusers, a UNet2DModel, which has no default network.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: Name, Build: build, WithClasses: withClasses}}
}

// Marks are names that every UNet2DModel has.
func (family) Marks() [][]string { return [][]string{marksOfDiffusers} }

// Describes reports whether a config.json lies beside the weights.
func (family) Describes(f *checkpoints.File, _ string) bool {
	_, ok := textOf(f, "config.json")
	return ok
}

// Blank returns the network that a config or the config.json beside the weights describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	c, err := configOfDiffusers(f, s.Config)
	if err != nil {
		return nil, err
	}
	net, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	n := &original{net: net}
	if text, ok := textOf(f, "scheduler_config.json"); ok {
		n.scheduler = text
	}
	n.autoencoder = autoencoderOf(f)
	return n, nil
}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, _ families.Spec) (families.Original, error) {
	return &original{net: net.(*Network)}, nil
}

// Tensors returns the tensors under today's names.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	return diffusersTensors(f.Sub(s.Prefix))
}

// autoencoderOf names the autoencoder that the pipeline around a network has, on whose codes it works; "" for none.
func autoencoderOf(f *checkpoints.File) string {
	text, _ := textOf(f, "model_index.json")
	parts, err := config.Object([]byte(text))
	if err != nil {
		return ""
	}
	for _, name := range []string{"vae", "vqvae", "vqgan", "movq"} {
		if part, ok := parts[name]; ok && string(part) != "null" {
			return name
		}
	}
	return ""
}

// textOf is the text of a file that lies beside the weights.
func textOf(f *checkpoints.File, name string) (string, bool) {
	v, _ := f.Value(name)
	text, ok := v.(string)
	return text, ok
}

// nativeDiffusers is the families.Spec in a native file; false for any other file.
func nativeDiffusers(f *checkpoints.File) (s families.Spec, ok bool) {
	info, err := f.Info()
	return s, err == nil && info.Architecture == "diffusers" && config.Decode(info.Config, &s) == nil
}

// configOfDiffusers is the given configuration, or the config.json beside the weights.
func configOfDiffusers(f *checkpoints.File, text string) (Config, error) {
	if text != "" {
		return Parse([]byte(text))
	}
	if text, ok := textOf(f, "config.json"); ok {
		return Parse([]byte(text))
	}
	return Config{}, errors.New("diffusers: weights of diffusers do not describe themselves; name their folder, or give the config.json that lies beside them")
}

// oldAttention are names in attention of diffusers before 0.17, and today's.
var oldAttention = strings.NewReplacer(".query.", ".to_q.", ".key.", ".to_k.", ".value.", ".to_v.", ".proj_attn.", ".to_out.0.")

// Where Fourier features keep their frequencies; early versions of diffusers have both.
const (
	frequencies    = "time_proj.weight"
	oldFrequencies = "time_proj.W"
)

// diffusersTensors are the tensors under today's names, in their own types.
func diffusersTensors(f *checkpoints.File) (*checkpoints.File, error) {
	out := f.Empty()
	for _, t := range f.Tensors() {
		switch {
		case t.Name == oldFrequencies && f.Has(frequencies):
			if err := sameFrequencies(f, t); err != nil {
				return nil, err
			}
			continue
		case t.Name == oldFrequencies:
			t = families.Renamed(t, frequencies)
		case strings.Contains(t.Name, ".attentions."):
			t = families.Renamed(t, oldAttention.Replace(t.Name))
		}
		if err := out.Add(t); err != nil {
			return nil, fmt.Errorf("diffusers: under an old and a new name: %w", err)
		}
	}
	return out, nil
}

// sameFrequencies refuses two names for the frequencies that do not hold the same.
func sameFrequencies(f *checkpoints.File, old *checkpoints.Tensor) error {
	t, err := f.Tensor(frequencies)
	if err != nil {
		return err
	}
	if t.Len() == old.Len() {
		a, err := t.Float64s()
		if err != nil {
			return err
		}
		b, err := old.Float64s()
		if err != nil {
			return err
		}
		same := true
		for i := range a {
			same = same && a[i] == b[i]
		}
		if same {
			return nil
		}
	}
	return fmt.Errorf("diffusers: %s and %s, two names for the frequencies, hold different ones", frequencies, oldFrequencies)
}

// original is a UNet2DModel; its times are what the original's forward takes as timestep.
type original struct {
	net       *Network
	scheduler string // scheduler_config.json; "" for none

	autoencoder string // what the pipeline calls the one on whose codes the network works; "" for none
}

func (n *original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network itself.
func (n *original) Network() families.Network { return n.net }

func (n *original) Dims() int { return 2 }

func (n *original) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	if err := c.CheckTimes(t); err != nil {
		return &families.InputError{Input: "t", Err: err}
	}
	_, err := n.condition(x.Dim(0), y)
	return err
}

// condition is what the network sees of labels: classes, numbers or rows, by its class_embed_type.
func (n *original) condition(batch int, y families.Labels) (d Condition, err error) {
	c := n.net.Config()
	fail := func(format string, args ...any) (Condition, error) {
		return Condition{}, &families.InputError{Input: "labels", Err: fmt.Errorf(format, args...)}
	}
	switch {
	case c.ClassEmbeds != nil:
		d.Class, err = y.Classes(*c.ClassEmbeds, batch, false)
		return d, err
	case c.ClassEmbedding == nil:
		_, err = y.Classes(0, batch, false)
		return d, err
	case *c.ClassEmbedding == "identity":
		if width := 4 * c.Channels[0]; y.Width != width || len(y.Values) != batch*width {
			return fail("want rows [%d,%d], which are added to the embedding of times", batch, width)
		}
	case y.Width != 0 || len(y.Values) != batch:
		return fail("want numbers [%d], which are embedded as times are", batch)
	}
	for i, v := range y.Values {
		if v-v != 0 || *c.ClassEmbedding == "timestep" && c.CheckTimes(y.Values[i:i+1]) != nil {
			return fail("number %v at %d is not finite, or not positive with Fourier features", v, i)
		}
	}
	d.Values = y.Values
	return d, nil
}

func (n *original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y families.Labels) autodiff.Var {
	d, err := n.condition(x.Dim(0), y)
	if err != nil {
		panic(err)
	}
	return n.net.ForwardClass(s, x, t, d)
}
