package edm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/adm"
	"tweedie/layers"
	"tweedie/rng"
)

// marksOfEDM are names that every network of EDM has.
var marksOfEDM = []string{"model.map_layer0.weight", "model.map_layer1.weight"}

// Name is that of the family.
const Name = "edm"

// family reads snapshots of EDM, which describe themselves, and state dicts of its modules, such as those in the training
// states of InverseBench.
type family struct{}

func init() { families.Register(family{}) }

// Name returns "edm".
func (family) Name() string { return Name }

// Architectures returns edm, which has no default network.
func (family) Architectures() []families.Architecture {
	return []families.Architecture{{Name: Name, Build: build, WithClasses: withClasses}}
}

// Marks are names that every network of EDM has.
func (family) Marks() [][]string { return [][]string{marksOfEDM} }

// Accepts returns the family of guided diffusion, whose networks EDM's preconditionings are put around.
func (family) Accepts() []string { return []string{adm.Name} }

// Describes reports whether a file is a snapshot.
func (family) Describes(f *checkpoints.File, prefix string) bool { return isSnapshot(f, prefix) }

// Blank returns the module that a config or a snapshot describes.
func (family) Blank(f *checkpoints.File, s families.Source) (families.Original, error) {
	if wrapsADM(s.Config) {
		return buildADMModule(s.Config)
	}
	s.Prefix = weightsOfEDM(f, s)
	c, err := configOfEDM(f, s)
	if err != nil {
		return nil, err
	}
	net, err := New(layers.Root(rng.New(0)).Blank(), c)
	if err != nil {
		return nil, err
	}
	return &original{net}, checkBuffers(f, s.Prefix, net)
}

// Original returns the network of a native file as its authors' code evaluates it.
func (family) Original(net families.Network, _ families.Spec) (families.Original, error) {
	return &original{net.(*Network)}, nil
}

// Tensors returns the averages, or the weights of training where they are asked for.
func (family) Tensors(f *checkpoints.File, s families.Source) (*checkpoints.File, error) {
	if wrapsADM(s.Config) {
		return tensorsOfADMModule(f, s), nil
	}
	return f.Sub(weightsOfEDM(f, s)), nil
}

// weightsOfEDM is the prefix of the averages, or of the weights of training where they are asked for and there.
func weightsOfEDM(f *checkpoints.File, s families.Source) string {
	if raw, ok := strings.CutSuffix(s.Prefix, "ema."); ok && s.Raw && f.Has(raw+"net."+marksOfEDM[0]) {
		return raw + "net."
	}
	return s.Prefix
}

// isSnapshot reports whether the module at a prefix says how it was constructed.
func isSnapshot(f *checkpoints.File, prefix string) bool {
	_, ok := f.Value(prefix + "class_name")
	return ok
}

// configOfEDM is the given configuration, or what a snapshot says about its constructor.
func configOfEDM(f *checkpoints.File, s families.Source) (c Config, err error) {
	if s.Config != "" {
		return Parse([]byte(s.Config))
	}
	if !isSnapshot(f, s.Prefix) {
		return c, errors.New(`zoo: a state dict of EDM does not describe itself; give its configuration as JSON: {"precond": class, "kwargs": {arguments}}, or the arguments with the class in "_target_"`)
	}
	class, _ := f.Value(s.Prefix + "class_name")
	args, _ := f.Value(s.Prefix + "_init_args")
	if a, ok := args.([]any); ok && len(a) > 0 {
		return c, fmt.Errorf("edm: the module was constructed with %d arguments without names; give its configuration", len(a))
	}
	kwargs := map[string]any{}
	for _, v := range f.Sub(s.Prefix + "_init_kwargs.").Values {
		if x, ok := v.V.(float64); ok && math.IsInf(x, 1) && v.Name == "sigma_max" {
			continue // no limit
		}
		kwargs[v.Name] = v.V
	}
	text, err := json.Marshal(map[string]any{"precond": class, "kwargs": kwargs})
	if err != nil {
		return c, fmt.Errorf("edm: the arguments of the constructor: %w", err)
	}
	if c, err = Parse(text); err != nil {
		err = fmt.Errorf("edm: of what the file says about itself: %w", err)
	}
	return c, err
}

// checkBuffers compares the filters that a file holds with those of the config, and says whether its noise levels are
// such. What is missing or has another shape is found when weights are loaded.
func checkBuffers(f *checkpoints.File, prefix string, net *Network) error {
	for _, p := range net.Params() {
		t, err := f.Tensor(prefix + p.Name())
		if err != nil || p.Trainable() || t.Len() != p.Shape().Size() {
			continue
		}
		filter := strings.HasSuffix(p.Name(), ".resample_filter")
		if !filter && p.Name() != "u" {
			continue
		}
		got, err := t.Float64s()
		if err != nil {
			return err
		}
		if !filter {
			if _, err := diffusion.IDDPMFromLevels(got); err != nil {
				return fmt.Errorf("edm: %q: %w", prefix+p.Name(), err)
			}
			continue
		}
		for i, w := range p.Data() {
			if !(math.Abs(got[i]-float64(w)) <= 1e-5) {
				return fmt.Errorf("edm: %q holds %g at %d, and the filter %v of the config has %g there", prefix+p.Name(), got[i], i, net.Config().Kwargs.ResampleFilter, w)
			}
		}
	}
	return nil
}

// original is a module of EDM, network and preconditioning; its times are noise levels, its output is the denoised image.
type original struct{ net *Network }

func (n *original) Params() []*autodiff.Param { return n.net.Params() }

// Network returns the network without the preconditioning.
func (n *original) Network() families.Network { return n.net }

func (n *original) Dims() int { return 2 }

func (n *original) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	c := n.net.Config()
	if err := c.CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	if err := checkNoise(c.Precond, t); err != nil {
		return err
	}
	_, err := y.Rows(c.Kwargs.LabelDim, x.Dim(0))
	return err
}

// checkNoise is an *families.InputError about the first noise level that a preconditioning does not take.
func checkNoise(precond string, t []float64) error {
	log := precond == "EDMPrecond" || precond == "VEPrecond"
	for i, v := range t {
		if !(v >= 0 && v <= math.MaxFloat32) || log && v == 0 {
			return &families.InputError{Input: "t", Err: fmt.Errorf("noise level %v of sample %d; %s takes positive numbers", v, i, precond)}
		}
	}
	return nil
}

func (n *original) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, y families.Labels) autodiff.Var {
	c := n.net.Config()
	rows, err := y.Rows(c.Kwargs.LabelDim, x.Dim(0))
	if err != nil {
		panic(err)
	}
	p, _, err := predictionOfEDM(n.net)
	if err != nil {
		panic(err)
	}
	prec, err := (&families.Spec{Predict: p, SigmaData: c.Kwargs.SigmaData}).Preconditioning(n.net)
	if err != nil {
		panic(err)
	}
	var f diffusion.Network = diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		return n.net.ForwardRows(s, x, label, rows)
	})
	if c.OutChannels() != c.Kwargs.ImgChannels {
		f = diffusion.FirstChannels{Net: f, C: c.Kwargs.ImgChannels}
	}
	return diffusion.Preconditioned{Net: f, Prec: prec}.Denoise(s, x, t)
}
