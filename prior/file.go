package prior

import (
	"encoding/json"
	"fmt"
	"strings"
	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/families"
	"tweedie/internal/config"
)

// FromFile builds the prior in a file and loads its weights, by default the averaged ones of a training state. The file must
// describe itself: a native checkpoint, a snapshot of EDM, a folder of diffusers, or a denoiser as published. NaN and
// infinite weights are refused. name is the prior's Name and stands in errors.
func FromFile(name string, f *checkpoints.File, o Options) (*Prior, error) {
	if f == nil {
		return nil, fmt.Errorf("prior: %s: the file is nil; checkpoints.Open opens one", name)
	}
	info, err := f.Info()
	if err != nil {
		return nil, fmt.Errorf("prior: %s: %w", name, err)
	}
	var p *Prior
	if info.Architecture == "" || info.Config == nil {
		p, err = published(name, f, o)
	} else {
		p, err = native(name, f, info, o)
	}
	if err == nil && o.DType == autodiff.F64 {
		p.Denoiser = p.InFloat64()
	}
	return p, err
}

// native returns the prior in a file of ours.
func native(name string, f *checkpoints.File, info checkpoints.Info, o Options) (*Prior, error) {
	var spec families.Spec
	if err := config.Decode(info.Config, &spec); err != nil {
		return nil, fmt.Errorf("prior: %s: config: %w", name, err)
	}
	if o.Class != nil {
		spec.Class = o.Class
	}
	if o.Extents != nil && len(spec.Shape) > 0 {
		spec.Shape = append(spec.Shape[:1:1], o.Extents...)
	}
	if err := spec.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	net, effective, err := families.Blank(info.Architecture, spec.Network, spec.Shape)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	spec.Network = effective
	if err := spec.Restore(net); err != nil {
		return nil, fmt.Errorf("prior: %s: %w", name, err)
	}
	held, ema, err := families.Weights(f, o.Raw)
	if err != nil {
		return nil, fmt.Errorf("prior: %s: %w", name, err)
	}
	info.EMA = info.EMA || ema
	if err := checkpoints.Load(held, net.Params(), checkpoints.LoadOptions{}); err != nil {
		return nil, fmt.Errorf("prior: %s: %w", name, err)
	}
	return of(name, info, net, spec)
}

// published returns the prior in a file of another project, of images in [0, 1].
func published(name string, f *checkpoints.File, o Options) (*Prior, error) {
	found, err := families.Find(f, "")
	if err != nil {
		return nil, fmt.Errorf("prior: %s does not describe itself: %w; 'tweedie ckpt inspect' lists what it holds", name, err)
	}
	if c, ok := found.Family.(families.ClosedForm); ok {
		d, spec, err := c.ClosedForm(f.Sub(found.Prefix))
		if err != nil {
			return nil, fmt.Errorf("prior: %s: %w", name, err)
		}
		return o.closed(&Prior{Name: name, Denoiser: d, Exact: d, Spec: spec})
	}
	if _, ok := found.Family.(families.Reader); !ok {
		return nil, fmt.Errorf("prior: %s holds a flow of family %s, a distribution that somebody fitted and no prior; 'tweedie ckpt apply --z' draws from it", name, found.Family.Name())
	}
	if d, ok := found.Family.(families.Describing); !ok || !d.Describes(f, found.Prefix) {
		return nil, fmt.Errorf("prior: %s holds a network of family %s%s, and does not say all about it%s; 'tweedie ckpt convert --checkpoint FILE --config CONFIG --out NEW' takes its config and writes a file that does", name, found.Family.Name(), at(found.Prefix), missing(f, found, o))
	}
	return FromOriginal(name, f, families.Source{Family: found.Family.Name(), Raw: o.Raw}, families.PriorOptions{Class: o.Class, Extents: o.Extents, High: 1})
}

// at says which tensors are meant, where there is something before their names.
func at(prefix string) string {
	if prefix == "" {
		return ""
	}
	return fmt.Sprintf(" in the tensors %s*", prefix)
}

// missing is what a file of a family does not say, as an error of the family tells it.
func missing(f *checkpoints.File, found families.Found, o Options) string {
	net, _, err := families.Open(f, families.Source{Family: found.Family.Name(), Prefix: found.Prefix, Raw: o.Raw})
	if err == nil {
		_, _, err = net.Describe(families.PriorOptions{Class: o.Class, Extents: o.Extents, High: 1})
	}
	if err == nil {
		return ""
	}
	return " (" + strings.TrimPrefix(err.Error(), "prior: ") + ")"
}

// FromOriginal returns the prior that a network of another project is, which s names and as describes.
func FromOriginal(name string, f *checkpoints.File, s families.Source, as families.PriorOptions) (*Prior, error) {
	net, architecture, spec, err := families.Describe(f, s, as)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	info, err := Info(architecture, spec, f.Meta)
	if err != nil {
		return nil, err
	}
	info.Step, info.EMA = families.StateOf(f, s)
	return of(name, info, net.Network(), spec)
}

// Info returns the metadata of a prior's checkpoint, for checkpoints.File.SetInfo.
// It refuses what Open would not read: an unknown architecture, and a config that does not fit the images.
func Info(architecture string, spec families.Spec, provenance any) (checkpoints.Info, error) {
	if err := spec.Validate(); err != nil {
		return checkpoints.Info{}, err
	}
	if _, _, err := families.Blank(architecture, spec.Network, spec.Shape); err != nil {
		return checkpoints.Info{}, err
	}
	config, err := json.Marshal(spec)
	if err != nil {
		return checkpoints.Info{}, err
	}
	prov, err := json.Marshal(provenance)
	if err != nil {
		return checkpoints.Info{}, err
	}
	schedule := spec.Predict.Schedule
	if spec.Predict.EDM() {
		if schedule, err = json.Marshal(map[string]any{"kind": "edm", "sigma_data": spec.SigmaData}); err != nil {
			return checkpoints.Info{}, err
		}
	}
	return checkpoints.Info{Architecture: architecture, Config: config, Schedule: schedule, DataRange: spec.Range, Provenance: prov}, nil
}
