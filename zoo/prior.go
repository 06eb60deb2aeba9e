package zoo

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/internal/config"
	"tweedie/internal/input"
	"tweedie/layers"
)

// Prior holds a prior that is ready for use: a learned network, or a closed form.
type Prior struct {
	Name     string
	Denoiser diffusion.Denoiser // in units of m
	Spec     Spec
	Info     checkpoints.Info
	Params   int                // number of learned values, 0 for a closed form
	Exact    exact.Distribution // nil for a network

	scoped diffusion.Denoiser // the network's, in the element type of the scope
	params []*autodiff.Param  // of the network
}

// Shape returns the shape of one image, [C,H,W].
func (p *Prior) Shape() autodiff.Shape { return p.Spec.ImageShape() }

// InFloat64 returns the denoiser with the network evaluated in the element type of the scope, float64 in a float64
// solve, at about ten times the cost.
func (p *Prior) InFloat64() diffusion.Denoiser {
	if p.scoped == nil {
		return p.Denoiser
	}
	return p.scoped
}

// Summary returns one line about the prior.
func (p *Prior) Summary() string {
	if p.Exact != nil {
		return fmt.Sprintf("%s: closed form on %v", p.Name, p.Shape())
	}
	weights := "raw weights"
	if p.Info.EMA {
		weights = "averaged weights"
	}
	return fmt.Sprintf("%s: %s, %d parameters, images %v in [%.4g, %.4g], step %d, %s", p.Name, p.Info.Architecture, p.Params, p.Shape(), p.Spec.Range[0], p.Spec.Range[1], p.Info.Step, weights)
}

//go:embed digits8.safetensors.zst
var digits8 []byte

//go:embed fashion28.safetensors.zst
var fashion28 []byte

// embedded are the priors inside the program.
var embedded = map[string][]byte{"digits8": digits8, "fashion28": fashion28}

// Names returns the names of the priors inside the program, sorted.
func Names() []string {
	names := []string{"toy2d", "ring16"}
	for n := range embedded {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Open returns the prior that name stands for: a name of Names, a card of DefaultShelf whose file is in the cache, or
// the path of a checkpoint file. For a card without its file the error is an *AbsentError.
func Open(name string) (*Prior, error) {
	if raw, ok := embedded[name]; ok {
		f, err := checkpoints.Read(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			return nil, fmt.Errorf("zoo: embedded prior %s: %w", name, err)
		}
		return FromFile(name, f)
	}
	if p := closedForm(name); p != nil {
		return p, nil
	}
	if p, err := openCard(name); p != nil || err != nil {
		return p, err
	}
	_, err := input.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("zoo: there is no prior named %q (known: %s): %w", name, strings.Join(Names(), ", "), fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("zoo: %w", err)
	}
	f, err := checkpoints.Open(name)
	if err != nil {
		return nil, fmt.Errorf("zoo: this is not a checkpoint that a prior could be read from: %w", err)
	}
	defer f.Close()
	return FromFile(input.Name(name), f)
}

// FromFile builds the prior in a file and loads its weights, the averaged ones of a training state. The file must
// describe itself: a native checkpoint, a snapshot of EDM, a folder of diffusers, or a denoiser of package denoisers as
// published. NaN and infinite weights are refused. name is the prior's Name and stands in errors.
func FromFile(name string, f *checkpoints.File) (*Prior, error) {
	if f == nil {
		return nil, fmt.Errorf("zoo: %s: the file is nil; checkpoints.Open opens one", name)
	}
	info, err := f.Info()
	if err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	if info.Architecture == "" {
		if s, prefix, err := Recognise(f, ""); err == nil && s != ScoreSDE {
			if f, err = Averages(f, prefix); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		if p, err := priorOfEDM(name, f, nil); p != nil || err != nil {
			return p, err
		}
		if p, err := priorOfDiffusers(name, f, nil); p != nil || err != nil {
			return p, err
		}
		if p, err := published(name, f); p != nil || err != nil {
			return p, err
		}
	}
	if info.Architecture == "" || info.Config == nil {
		return nil, fmt.Errorf("zoo: %s has no architecture in its metadata; only checkpoints that tweedie wrote describe themselves", name)
	}
	p := &Prior{Name: name, Info: info}
	if err := config.Decode(info.Config, &p.Spec); err != nil {
		return nil, fmt.Errorf("zoo: %s: config: %w", name, err)
	}
	if err := p.Spec.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	net, effective, err := blank(info.Architecture, p.Spec.Network, p.Spec.Shape)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.Spec.Network = effective
	held, ema, err := Weights(f)
	if err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	p.Info.EMA = p.Info.EMA || ema
	if err := checkpoints.Load(held, net.Params(), checkpoints.LoadOptions{}); err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	p.params, p.Params = net.Params(), layers.Count(net.Params())
	if p.Denoiser, p.scoped, err = p.Spec.denoisers(net); err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	return p, nil
}

// Weights returns the part of a file that holds a network's weights: all of it or, of a training state, the averages of
// what is learned and the rest as it is. ema says that there are averages.
func Weights(f *checkpoints.File) (held *checkpoints.File, ema bool, err error) {
	params, averages := f.Sub("param."), f.Sub("ema.")
	if len(params.Tensors()) == 0 {
		return f, false, nil
	}
	held = &checkpoints.File{}
	for _, t := range params.Tensors() {
		if avg, err := averages.Tensor(t.Name); err == nil {
			t, ema = avg, true
		}
		if err := held.Add(t); err != nil {
			return nil, false, err
		}
	}
	return held, ema, nil
}

// Describe returns the metadata of a prior's checkpoint, for checkpoints.File.SetInfo.
func Describe(architecture string, spec Spec, provenance any) (checkpoints.Info, error) {
	config, err := json.Marshal(spec)
	if err != nil {
		return checkpoints.Info{}, err
	}
	prov, err := json.Marshal(provenance)
	if err != nil {
		return checkpoints.Info{}, err
	}
	schedule := spec.Predict.Schedule
	if spec.Predict.edm() {
		if schedule, err = json.Marshal(map[string]any{"kind": "edm", "sigma_data": spec.SigmaData}); err != nil {
			return checkpoints.Info{}, err
		}
	}
	return checkpoints.Info{Architecture: architecture, Config: config, Schedule: schedule, DataRange: spec.Range, Provenance: prov}, nil
}
