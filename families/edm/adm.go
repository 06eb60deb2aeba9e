package edm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/adm"
	"tweedie/internal/config"
	"tweedie/layers"
	"tweedie/rng"
)

// admModule is a network of guided diffusion under one of EDM's preconditionings, as InverseBench has it: model_type
// "ADM". Its times are noise levels, its output is the denoised image; the half of the network's output that is about the
// variance is left out.
type admModule struct {
	net  *adm.Network
	prec Config // of which the preconditioning is looked at
}

// wrapsADM reports whether a configuration names a network of guided diffusion.
func wrapsADM(config string) bool {
	class, kwargs, err := moduleOf([]byte(config))
	return err == nil && class != "" && string(kwargs["model_type"]) == `"ADM"`
}

// moduleOf is the class and the arguments that a configuration in any form of Parse names.
func moduleOf(text []byte) (class string, kwargs map[string]json.RawMessage, err error) {
	var outer struct {
		Precond string                     `json:"precond"`
		Kwargs  map[string]json.RawMessage `json:"kwargs"`
		Target  string                     `json:"_target_"`
		Model   json.RawMessage            `json:"model"`
	}
	if err := config.Tolerant(text, &outer); err != nil {
		return "", nil, err
	}
	switch {
	case outer.Kwargs != nil:
		return outer.Precond, outer.Kwargs, nil
	case outer.Target != "":
		kwargs, err = config.Object(text)
		delete(kwargs, "_target_")
		return outer.Target[strings.LastIndexByte(outer.Target, '.')+1:], kwargs, err
	case outer.Model != nil:
		return moduleOf(outer.Model)
	}
	return "", nil, errors.New("no class is named")
}

// buildADMModule is the module that a configuration describes. The arguments of the network are those of UNetModel, with
// attention_resolutions as factors of downsampling.
func buildADMModule(given string) (*admModule, error) {
	class, kwargs, err := moduleOf([]byte(given))
	if err != nil {
		return nil, fmt.Errorf("edm: config: %w", err)
	}
	var own struct {
		ImgResolution int   `json:"img_resolution"`
		ImgChannels   int   `json:"img_channels"`
		LabelDim      int   `json:"label_dim"`
		LearnSigma    *bool `json:"learn_sigma"`
	}
	text, err := json.Marshal(kwargs)
	if err == nil {
		err = config.Tolerant(text, &own)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("edm: config: %w", err)
	case class == "iDDPMPrecond" || own.LabelDim != 0 || own.LearnSigma != nil && !*own.LearnSigma:
		return nil, fmt.Errorf("edm: config: model_type ADM in %s with label_dim %d; want EDMPrecond, VPPrecond or VEPrecond, label_dim 0 and learn_sigma true", class, own.LabelDim)
	}
	outside := map[string]json.RawMessage{"model_type": json.RawMessage(`"DhariwalUNet"`), "channel_mult": json.RawMessage("[1]")}
	network := map[string]json.RawMessage{}
	for name, v := range kwargs {
		switch name {
		case "img_resolution", "img_channels", "use_fp16", "sigma_min", "sigma_max", "sigma_data", "beta_d", "beta_min", "M", "epsilon_t":
			outside[name] = v
		case "model_type", "label_dim", "learn_sigma":
		default:
			network[name] = v
		}
	}
	maps.Copy(network, map[string]json.RawMessage{"image_size": kwargs["img_resolution"], "in_channels": kwargs["img_channels"],
		"out_channels": json.RawMessage(fmt.Sprint(2 * own.ImgChannels))})
	m := &admModule{}
	if text, err = json.Marshal(map[string]any{"precond": class, "kwargs": outside}); err != nil {
		return nil, err
	}
	if m.prec, err = Parse(text); err != nil {
		return nil, err
	}
	if text, err = json.Marshal(network); err != nil {
		return nil, err
	}
	c, err := adm.ParseConfig(text)
	if err != nil {
		return nil, err
	}
	m.net, err = adm.New(layers.Root(rng.New(0)).Blank(), c)
	return m, err
}

// tensorsOfADMModule are those of the network in the module, which the names of its own follow "model." in.
func tensorsOfADMModule(f *checkpoints.File, s families.Source) *checkpoints.File {
	prefix := s.Prefix
	if raw, ok := strings.CutSuffix(prefix, "ema.model."); ok && s.Raw && f.Has(raw+"net.model."+adm.Mark) {
		prefix = raw + "net.model."
	}
	return f.Sub(prefix)
}

func (m *admModule) Params() []*autodiff.Param { return m.net.Params() }

// Network returns the network of guided diffusion.
func (m *admModule) Network() families.Network { return m.net }

func (m *admModule) Dims() int { return m.net.Config().Dims }

func (m *admModule) Check(x autodiff.Shape, t []float64, y families.Labels) error {
	if err := m.net.Config().CheckShape(x); err != nil {
		return &families.InputError{Input: "x", Err: err}
	}
	if err := checkNoise(m.prec.Precond, t); err != nil {
		return err
	}
	_, err := y.Classes(0, x.Dim(0), false)
	return err
}

func (m *admModule) Forward(s *autodiff.Scope, x autodiff.Var, t []float64, _ families.Labels) autodiff.Var {
	f := diffusion.FirstChannels{Net: m.net, C: m.net.Config().InChannels}
	p, _, err := predictionOf(m.prec, nil)
	if err != nil {
		panic(err)
	}
	prec, err := p.Preconditioning(m.prec.Kwargs.SigmaData)
	if err != nil {
		panic(err)
	}
	return diffusion.Preconditioned{Net: f, Prec: prec}.Denoise(s, x, t)
}

// Describe describes the module as a prior: a network of guided diffusion under EDM's preconditioning. Images are in [-1, 1].
func (m *admModule) Describe(d families.PriorOptions) (string, families.Spec, error) {
	c := m.net.Config()
	if err := families.CheckClass(d.Class, 0); err != nil {
		return "", families.Spec{}, fmt.Errorf("edm: %w", err)
	}
	if d.Schedule != "" {
		return "", families.Spec{}, fmt.Errorf("edm: a schedule was given; the network has the %s of its config", m.prec.Precond)
	}
	extents := d.Extents
	if extents == nil {
		extents = layers.EachAxis(c.Dims, c.ImageSize)
	}
	network, err := json.Marshal(c)
	if err != nil {
		return "", families.Spec{}, err
	}
	s := families.NewSpec(network, c.InChannels, extents, d.Low, d.High, families.Centred)
	s.SigmaData = m.prec.Kwargs.SigmaData
	if s.Predict, s.Sigmas, err = predictionOf(m.prec, nil); err != nil {
		return "", families.Spec{}, err
	}
	return "unet", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}
