package zoo

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/unet"
)

func init() { builders["edm"] = buildEDM }

// buildEDM makes a network of EDM from its effective config.
func buildEDM(config json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, fmt.Errorf(`there is no default network; give a config with "precond" and "kwargs"`)
	}
	c, err := unet.ParseEDM(config)
	if err != nil {
		return nil, nil, err
	}
	if err := c.CheckShape(autodiff.S(append([]int{1}, shape...)...)); err != nil {
		return nil, nil, err
	}
	net, err := unet.NewEDM(at, c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// describeEDM is a network of EDM as a prior under the preconditioning of its config. Images are in [-1, 1].
func describeEDM(net ForeignNetwork, d PriorOptions) (string, Spec, error) {
	n, ok := net.(*edmNetwork)
	if !ok {
		return "", Spec{}, fmt.Errorf("zoo: %T is no network of EDM", net)
	}
	c := n.net.Config()
	if d.Schedule != "" {
		return "", Spec{}, fmt.Errorf("zoo: a schedule was given; the network has the %s of its config", c.Precond)
	}
	extents := d.Extents
	if extents == nil {
		extents = []int{c.Kwargs.ImgResolution, c.Kwargs.ImgResolution}
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", Spec{}, err
	}
	s := newSpec(network, c.Kwargs.ImgChannels, extents, d.Low, d.High, centred)
	s.Class, s.SigmaData = d.Class, c.Kwargs.SigmaData
	if s.Predict, s.Sigmas, err = predictionOfEDM(n.net); err != nil {
		return "", Spec{}, err
	}
	if _, err := s.meanOfEDM(n.net); err != nil {
		return "", Spec{}, fmt.Errorf("zoo: %w", err)
	}
	return "edm", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// meanOfEDM is net as the preconditioning wants it: with its class, and without the channels of a learned variance.
func (s *Spec) meanOfEDM(net *unet.EDM) (diffusion.Network, error) {
	var f diffusion.Network = net
	k := net.Config().Kwargs
	switch {
	case k.LabelDim > 0 && s.Class == nil:
		return nil, fmt.Errorf("class is missing; the network has %d, numbered from 0", k.LabelDim)
	case k.LabelDim == 0 && s.Class != nil:
		return nil, fmt.Errorf("class is %d; the network has no classes", *s.Class)
	case s.Class != nil:
		one, err := net.AsClass(*s.Class)
		if err != nil {
			return nil, err
		}
		f = one
	}
	if net.Config().OutChannels() != k.ImgChannels {
		f = diffusion.FirstChannels{Net: f, C: k.ImgChannels}
	}
	return f, nil
}

// priorOfEDM is the prior in a snapshot of EDM, which describes itself, of images in [0, 1]; nil for any other file.
func priorOfEDM(name string, f *checkpoints.File, class *int) (*Prior, error) {
	s := Source{Family: EDM}
	if family, prefix, err := Recognise(f, ""); err != nil || family != EDM || !isSnapshot(f, prefix) {
		return nil, nil
	}
	net, architecture, spec, err := DescribeNetwork(f, s, PriorOptions{Class: class, Low: 0, High: 1})
	if err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	p := &Prior{Name: name, Spec: spec, params: net.Params(), Params: layers.Count(net.Params())}
	if p.Info, err = Describe(architecture, spec, f.Meta); err != nil {
		return nil, err
	}
	p.Info.EMA = true
	p.Denoiser, p.scoped, err = spec.denoisers(net.(*edmNetwork).net)
	return p, err
}

// Classes returns the number of classes of the network in a file that describes itself. It returns 0 for a network
// without classes, and for any other file.
func Classes(f *checkpoints.File) int {
	var c struct {
		NumClasses int `json:"num_classes"`
		Table      int `json:"num_class_embeds"` // of diffusers
		Kwargs     struct {
			LabelDim int `json:"label_dim"`
		}
	}
	if info, err := f.Info(); err == nil && info.Config != nil {
		var spec Spec
		if json.Unmarshal(info.Config, &spec) != nil || json.Unmarshal(spec.Network, &c) != nil {
			return 0
		}
		return max(c.NumClasses, c.Table, c.Kwargs.LabelDim)
	}
	if family, prefix, err := Recognise(f, ""); err == nil && family == EDM && isSnapshot(f, prefix) {
		if c, err := configOfEDM(f, Source{Prefix: prefix}); err == nil {
			return c.Kwargs.LabelDim
		}
	}
	if text, ok := textOf(f, "config.json"); ok {
		return classesOfDiffusers(text)
	}
	return 0
}

// OfClass returns the prior of one class from a file whose network has classes: a snapshot of EDM, a folder of
// diffusers, or a native checkpoint, whose metadata in f then name the class. Otherwise it does what FromFile does.
func OfClass(name string, f *checkpoints.File, class int) (*Prior, error) {
	if f == nil {
		return nil, fmt.Errorf("zoo: %s: the file is nil; checkpoints.Open opens one", name)
	}
	if p, err := priorOfEDM(name, f, &class); p != nil || err != nil {
		return p, err
	}
	if p, err := priorOfDiffusers(name, f, &class); p != nil || err != nil {
		return p, err
	}
	info, err := f.Info()
	if err != nil {
		return nil, fmt.Errorf("zoo: %s: %w", name, err)
	}
	var spec Spec
	if err := config.Decode(info.Config, &spec); err != nil {
		return nil, fmt.Errorf("zoo: %s: config: %w", name, err)
	}
	spec.Class = &class
	if info.Config, err = json.Marshal(spec); err != nil {
		return nil, err
	}
	if err := f.SetInfo(info); err != nil {
		return nil, err
	}
	return FromFile(name, f)
}
