package zoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/layers"
	"tweedie/unet"
)

func init() { builders["diffusers"] = buildDiffusers }

// buildDiffusers makes a UNet2DModel from its effective config.
func buildDiffusers(config json.RawMessage, shape []int, at layers.Path) (Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, errors.New("there is no default network; give the config.json of a UNet2DModel")
	}
	c, err := unet.ParseDiffusers(config)
	if err != nil {
		return nil, nil, err
	}
	if err := c.CheckShape(autodiff.S(append([]int{1}, shape...)...)); err != nil {
		return nil, nil, err
	}
	net, err := unet.NewDiffusers(at, c)
	if err != nil {
		return nil, nil, err
	}
	effective, err := json.Marshal(net.Config())
	return net, effective, err
}

// meanOfDiffusers is net as the preconditioning wants it: with its class, and without the channels of a learned variance.
func (s *Spec) meanOfDiffusers(net *unet.Diffusers) (diffusion.Network, error) {
	c := net.Config()
	var f diffusion.Network = net
	switch has := c.ClassEmbeds != nil || c.ClassEmbedding != nil; {
	case has && s.Class == nil:
		return nil, errors.New("class is missing; the network has classes")
	case !has && s.Class != nil:
		return nil, fmt.Errorf("class is %d; the network has no classes", *s.Class)
	case has:
		one, err := net.AsClass(*s.Class)
		if err != nil {
			return nil, err
		}
		f = one
	}
	switch c.OutChannels {
	case c.InChannels:
		return f, nil
	case 2 * c.InChannels:
		return diffusion.FirstChannels{Net: f, C: c.InChannels}, nil
	}
	return nil, fmt.Errorf("out_channels is %d; a prior needs in_channels = %d, or twice that", c.OutChannels, c.InChannels)
}

// describeDiffusers is a UNet2DModel as a prior on the process of its scheduler, or of the one that is given: the
// scheduler_config.json of diffusers, or, of a network that predicts the noise, a schedule of ours. As in the pipelines of
// diffusers the images are in [-1, 1] on a discrete process, and in [0, 1] where the noise level explodes.
func describeDiffusers(net ForeignNetwork, d PriorOptions) (string, Spec, error) {
	n, ok := net.(*diffusersNetwork)
	if !ok {
		return "", Spec{}, fmt.Errorf("zoo: %T is no network of diffusers", net)
	}
	c := n.net.Config()
	s := newSpec(nil, c.InChannels, nil, d.Low, d.High, centred)
	s.Class = d.Class
	if err := n.process(&s, d.Schedule); err != nil {
		return "", Spec{}, err
	}
	if s.Predict.Kind == "score" {
		s.Affine = positives(d.Low, d.High)
	} else if c.TimeEmbedding == "fourier" {
		return "", Spec{}, errors.New("zoo: time_embedding_type is fourier, of noise levels, and the scheduler has steps; want a ScoreSdeVeScheduler")
	}
	extents := d.Extents
	if extents == nil {
		if extents = c.SampleSize.Extents(); extents == nil {
			return "", Spec{}, errors.New("zoo: the config does not tell the extents of the images; give the size")
		}
	}
	s.Shape = append(s.Shape, extents...)
	if c.OutChannels != c.InChannels && !strings.Contains(string(s.Predict.Schedule), diffusion.LearnedRange) {
		return "", Spec{}, fmt.Errorf("zoo: out_channels is %d and in_channels %d; a prior needs as many, or twice as many with the variance_type learned_range", c.OutChannels, c.InChannels)
	}
	if _, err := s.meanOfDiffusers(n.net); err != nil {
		return "", Spec{}, fmt.Errorf("zoo: %w", err)
	}
	var err error
	if s.Network, err = json.Marshal(c); err != nil {
		return "", Spec{}, err
	}
	return "diffusers", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// process fills in what the network predicts, and at which noise levels.
func (n *diffusersNetwork) process(s *Spec, schedule string) error {
	switch {
	case schedule == "" && n.native != nil:
		s.Predict, s.Sigmas = n.native.Predict, n.native.Sigmas
		return nil
	case schedule == "":
		schedule = n.scheduler
	}
	var kind struct {
		Class *string `json:"_class_name"`
		Kind  *string
	}
	switch err := json.Unmarshal([]byte(schedule), &kind); {
	case schedule == "":
		return errors.New("zoo: there is no scheduler_config.json beside the weights; give the schedule")
	case schedule == "linear" || schedule == "cosine" || err == nil && kind.Kind != nil && kind.Class == nil:
		p, err := scheduleADM(unet.ADMConfig{}, schedule)
		if err != nil {
			return err
		}
		s.Predict.Kind = "eps"
		s.Predict.Schedule, err = diffusion.EncodeDDPM(p)
		return err
	}
	if kind.Class == nil {
		return fmt.Errorf(`zoo: schedule %.80q has neither "_class_name", of a scheduler of diffusers, nor "kind"`, schedule)
	}
	c, err := ParseDiffusersScheduler([]byte(schedule))
	if err == nil {
		s.Predict, s.Sigmas, err = c.predict()
	}
	return err
}

// priorOfDiffusers is the prior in a folder of diffusers, of images in [0, 1]; nil for any other file.
func priorOfDiffusers(name string, f *checkpoints.File, class *int) (*Prior, error) {
	if _, ok := textOf(f, "config.json"); !ok {
		return nil, nil
	}
	if family, _, err := Recognise(f, ""); err != nil || family != Diffusers {
		return nil, nil
	}
	net, architecture, spec, err := DescribeNetwork(f, Source{Family: Diffusers}, PriorOptions{Class: class, Low: 0, High: 1})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &Prior{Name: name, Spec: spec, params: net.Params(), Params: layers.Count(net.Params())}
	if p.Info, err = Describe(architecture, spec, f.Meta); err != nil {
		return nil, err
	}
	p.Denoiser, p.scoped, err = spec.denoisers(net.(*diffusersNetwork).net)
	return p, err
}

// classesOfDiffusers is the number of classes that a config.json tells, 0 for none.
func classesOfDiffusers(text string) int {
	c, err := unet.ParseDiffusers([]byte(text))
	if err != nil || c.Effective().ClassEmbeds == nil {
		return 0
	}
	return *c.ClassEmbeds
}
