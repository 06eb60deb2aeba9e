package diffusers

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/adm"
	"tweedie/families/internal/assemble"
	"tweedie/layers"
	"tweedie/rng"
)

// build makes a UNet2DModel from its effective config.
func build(config json.RawMessage, shape []int, at layers.Path) (families.Network, json.RawMessage, error) {
	if config == nil {
		return nil, nil, errors.New("there is no default network; give the config.json of a UNet2DModel")
	}
	c, err := Parse(config)
	if err != nil {
		return nil, nil, err
	}
	return assemble.Build(c, shape, at, New)
}

// OfClass returns the network as it sees one class in every sample, or as it is where it has none.
func (n *Network) OfClass(class *int) (diffusion.Network, error) {
	c := n.cfg
	if c.OutChannels != c.InChannels && c.OutChannels != 2*c.InChannels {
		return nil, fmt.Errorf("out_channels is %d; a prior needs in_channels = %d, or twice that", c.OutChannels, c.InChannels)
	}
	if c.ClassEmbeds != nil || c.ClassEmbedding == nil {
		if err := families.CheckClass(class, n.Classes()); err != nil || class == nil {
			return n, err
		}
	} else if class == nil {
		return nil, errors.New("class is missing; the network has classes")
	}
	return n.AsClass(*class)
}

// Mean returns f, which evaluates the network, without the channels of a learned variance.
func (n *Network) Mean(f diffusion.Network) diffusion.Network {
	if n.cfg.OutChannels == 2*n.cfg.InChannels {
		return diffusion.FirstChannels{Net: f, C: n.cfg.InChannels}
	}
	return f
}

// Classes returns the number of classes that a table has, 0 for none.
func (n *Network) Classes() int {
	if n.cfg.ClassEmbeds == nil {
		return 0
	}
	return *n.cfg.ClassEmbeds
}

// Learn evaluates the network in training, with the class of each sample and with dropout, whose masks follow from key;
// a nil key is for evaluation without dropout.
func (n *Network) Learn(s *autodiff.Scope, x autodiff.Var, label []float64, class []int, key *rng.Key) autodiff.Var {
	if key == nil {
		return n.ForwardClass(s, x, label, Condition{Class: class})
	}
	return n.ForwardTrain(s, x, label, Condition{Class: class}, *key)
}

// Describe describes a UNet2DModel as a prior on the process of its scheduler, or of the one that is given: the
// scheduler_config.json of diffusers, or, of a network that predicts the noise, a schedule of ours. As in the pipelines of
// diffusers the images are in [-1, 1] on a discrete process, and in [0, 1] where the noise level explodes.
func (n *original) Describe(d families.PriorOptions) (string, families.Spec, error) {
	c := n.net.Config()
	s := families.NewSpec(nil, c.InChannels, nil, d.Low, d.High, families.Centred)
	s.Class = d.Class
	if err := n.process(&s, d.Schedule); err != nil {
		return "", families.Spec{}, err
	}
	if s.Predict.Kind == "score" {
		s.Affine = families.Positives(d.Low, d.High)
	} else if c.TimeEmbedding == "fourier" {
		return "", families.Spec{}, errors.New("diffusers: time_embedding_type is fourier, of noise levels, and the scheduler has steps; want a ScoreSdeVeScheduler")
	}
	extents := d.Extents
	if extents == nil {
		if extents = c.SampleSize.Extents(); extents == nil {
			return "", families.Spec{}, errors.New("diffusers: the config does not tell the extents of the images; give the size")
		}
	}
	s.Shape = append(s.Shape, extents...)
	if c.OutChannels != c.InChannels && !strings.Contains(string(s.Predict.Schedule), diffusion.LearnedRange) {
		return "", families.Spec{}, fmt.Errorf("diffusers: out_channels is %d and in_channels %d; a prior needs as many, or twice as many with the variance_type learned_range", c.OutChannels, c.InChannels)
	}
	if _, err := n.net.OfClass(s.Class); err != nil {
		return "", families.Spec{}, fmt.Errorf("diffusers: %w", err)
	}
	var err error
	if s.Network, err = json.Marshal(c); err != nil {
		return "", families.Spec{}, err
	}
	return "diffusers", s, c.CheckShape(autodiff.S(append([]int{1}, s.Shape...)...))
}

// process fills in what the network predicts, and at which noise levels.
func (n *original) process(s *families.Spec, schedule string) error {
	switch {
	case schedule == "":
		schedule = n.scheduler
	}
	var kind struct {
		Class *string `json:"_class_name"`
		Kind  *string
	}
	switch err := json.Unmarshal([]byte(schedule), &kind); {
	case schedule == "":
		return errors.New("diffusers: there is no scheduler_config.json beside the weights; give the schedule")
	case schedule == "linear" || schedule == "cosine" || err == nil && kind.Kind != nil && kind.Class == nil:
		p, err := adm.Schedule(adm.Config{}, schedule)
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
	c, err := ParseScheduler([]byte(schedule))
	if err == nil {
		s.Predict, s.Sigmas, err = c.predict()
	}
	return err
}

// withClasses returns a config with a table of n classes.
func withClasses(config json.RawMessage, n int) (json.RawMessage, error) {
	return assemble.WithClasses(config, n, "num_class_embeds", Parse, func(c *Config) *int {
		if c.ClassEmbeds == nil {
			c.ClassEmbeds = new(int)
		}
		return c.ClassEmbeds
	})
}
