package diffusers

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/internal/config"
)

// Scheduler holds what a scheduler_config.json of diffusers says about the process that a network was trained
// on, and about how diffusers clips what it samples. DDPMScheduler, DDIMScheduler and PNDMScheduler have steps of a
// discrete process, with tables in float32; ScoreSdeVeScheduler has a noise level from sigma_min to sigma_max.
type Scheduler struct {
	Class        string    `json:"_class_name"`
	Steps        int       `json:"num_train_timesteps"`
	BetaStart    float64   `json:"beta_start"`
	BetaEnd      float64   `json:"beta_end"`
	BetaSchedule string    `json:"beta_schedule"` // linear, scaled_linear or squaredcos_cap_v2
	TrainedBetas []float64 `json:"trained_betas"` // instead of beta_schedule; null for none
	Variance     string    `json:"variance_type"`
	Prediction   string    `json:"prediction_type"`   // epsilon, v_prediction or sample
	Epsilon      *bool     `json:"predict_epsilon"`   // of early versions: false is the prediction_type sample
	Clip         bool      `json:"clip_sample"`       // x_0 is clamped while sampling
	ClipRange    float64   `json:"clip_sample_range"` // to +- this
	Dynamic      bool      `json:"thresholding"`      // or by quantiles of its own
	ZeroSNR      bool      `json:"rescale_betas_zero_snr"`
	SigmaMin     float64   `json:"sigma_min"` // of ScoreSdeVeScheduler
	SigmaMax     float64   `json:"sigma_max"`
}

// The classes of schedulers that are read.
const (
	schedulerDDPM = "DDPMScheduler"
	schedulerDDIM = "DDIMScheduler"
	schedulerPNDM = "PNDMScheduler"
	schedulerVE   = "ScoreSdeVeScheduler"
)

// mostTrainSteps bounds the tables that a scheduler may ask for.
const mostTrainSteps = 100_000

// samplingKeys decide how diffusers takes its steps, which says nothing about a prior.
var samplingKeys = []string{"timestep_spacing", "steps_offset", "set_alpha_to_one", "skip_prk_steps", "dynamic_thresholding_ratio",
	"sample_max_value", "tensor_format", "snr", "sampling_eps", "correct_steps"}

// ParseScheduler reads a scheduler_config.json onto the defaults of its class. It passes over keys that begin
// with _, keys that are null, and keys that decide about steps of sampling alone. It returns an error for another class and for an unknown
// key, and what Validate finds.
func ParseScheduler(text []byte) (Scheduler, error) {
	c := Scheduler{Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02, BetaSchedule: "linear", Variance: "fixed_small", Prediction: "epsilon",
		Clip: true, ClipRange: 1, SigmaMin: 0.01, SigmaMax: 1348}
	keys, err := config.Object(text)
	if err != nil {
		return c, fmt.Errorf("diffusers: scheduler: %w", err)
	}
	if err := json.Unmarshal(keys["_class_name"], &c.Class); err != nil {
		return c, errors.New("diffusers: scheduler: _class_name, the name of a scheduler of diffusers, is missing")
	}
	switch c.Class {
	case schedulerDDPM, schedulerDDIM:
	case schedulerPNDM:
		c.Clip = false
	case schedulerVE:
		c.Steps, c.Clip = 2000, false
	default: // its keys are of no interest
		return c, c.Validate()
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if strings.HasPrefix(k, "_") && k != "_class_name" || slices.Contains(samplingKeys, k) || string(keys[k]) == "null" {
			delete(keys, k)
		}
	}
	rest, err := json.Marshal(keys)
	if err != nil {
		return c, fmt.Errorf("diffusers: scheduler: %w", err)
	}
	if err := config.Decode(rest, &c); err != nil {
		return c, fmt.Errorf("diffusers: scheduler: %w", err)
	}
	if c.Epsilon != nil && !*c.Epsilon {
		c.Prediction = "sample"
	}
	return c, c.Validate()
}

// betasOfDiffusers are our names for beta_schedule.
var betasOfDiffusers = map[string]string{"linear": diffusion.SingleLinear, "scaled_linear": diffusion.SingleScaledLinear, "squaredcos_cap_v2": diffusion.SingleCosine}

// variancesOfDiffusers are our names for variance_type.
var variancesOfDiffusers = map[string]string{"fixed_small": diffusion.FixedSmall, "fixed_small_log": diffusion.FixedSmall,
	"fixed_large": diffusion.FixedLarge, "fixed_large_log": diffusion.FixedLarge, "learned_range": diffusion.LearnedRange}

// kindsOfDiffusers are the families.Prediction.Kind of prediction_type.
var kindsOfDiffusers = map[string]string{"epsilon": "eps", "v_prediction": "v", "sample": "x0"}

// Validate names the first key that is wrong or not supported, its value, and what would be right.
func (c Scheduler) Validate() error {
	given := c.TrainedBetas != nil
	for _, r := range []struct {
		key   string
		value any
		ok    bool
		want  string
	}{
		{"_class_name", c.Class, slices.Contains([]string{schedulerDDPM, schedulerDDIM, schedulerPNDM, schedulerVE}, c.Class),
			strings.Join([]string{schedulerDDPM, schedulerDDIM, schedulerPNDM, schedulerVE}, ", ") + ": save the process with one of these"},
		{"num_train_timesteps", c.Steps, c.Steps >= 2 && c.Steps <= mostTrainSteps, fmt.Sprintf("2 to %d", mostTrainSteps)},
		{"beta_schedule", c.BetaSchedule, given || betasOfDiffusers[c.BetaSchedule] != "", "linear, scaled_linear or squaredcos_cap_v2, or trained_betas"},
		{"trained_betas", fmt.Sprint(len(c.TrainedBetas), " numbers"), !given || len(c.TrainedBetas) == c.Steps, fmt.Sprintf("%d, as many as num_train_timesteps", c.Steps)},
		{"variance_type", c.Variance, variancesOfDiffusers[c.Variance] != "", "fixed_small, fixed_small_log, fixed_large, fixed_large_log or learned_range"},
		{"prediction_type", c.Prediction, kindsOfDiffusers[c.Prediction] != "", "epsilon, v_prediction or sample"},
		{"clip_sample_range", c.ClipRange, c.ClipRange > 0 && !math.IsInf(c.ClipRange, 1), "a positive number"},
		{"rescale_betas_zero_snr", c.ZeroSNR, !c.ZeroSNR, "false: the last step would be noise alone, which no noise level is"},
	} {
		if !r.ok {
			return fmt.Errorf("diffusers: scheduler: %s is %v; want %s", r.key, r.value, r.want)
		}
	}
	if c.Class == schedulerVE {
		if err := (diffusion.VE{SigmaMin: c.SigmaMin, SigmaMax: c.SigmaMax}).Validate(); err != nil {
			return fmt.Errorf("diffusers: scheduler: %w", err)
		}
		return nil
	}
	if _, err := c.Process().Build(); err != nil {
		return fmt.Errorf("diffusers: scheduler: %w", err)
	}
	return nil
}

// Process returns the scheduler's discrete process. For a ScoreSdeVeScheduler, which has none, the result has no
// meaning.
func (c Scheduler) Process() diffusion.DDPMConfig {
	p := diffusion.DDPMConfig{Betas: betasOfDiffusers[c.BetaSchedule], Steps: c.Steps, BetaStart: c.BetaStart, BetaEnd: c.BetaEnd, Variance: variancesOfDiffusers[c.Variance]}
	if c.TrainedBetas != nil {
		var list []string
		for _, b := range c.TrainedBetas {
			list = append(list, strconv.FormatFloat(b, 'g', -1, 64))
		}
		p.Betas, p.Given = diffusion.SingleGiven, strings.Join(list, ",")
	}
	return p
}

// Sampler returns the sampler that a scheduler stands for, over all steps and with its clipping: the ancestral chain of
// a DDPMScheduler, or the deterministic DDIM of a DDIMScheduler. The error names what has no counterpart here.
func (c Scheduler) Sampler() (diffusion.Sampler, error) {
	clip := 0.0
	if c.Clip {
		clip = c.ClipRange
	}
	switch {
	case c.Dynamic:
		return nil, errors.New("diffusers: scheduler: thresholding is true, and no sampler here clips by quantiles; only clip_sample is supported")
	case c.Class == schedulerDDPM:
		return diffusion.Ancestral{Process: c.Process(), Clip: clip}, nil
	case c.Class == schedulerDDIM:
		return diffusion.DDIM{Process: c.Process(), Clip: clip}, nil
	}
	return nil, fmt.Errorf("diffusers: scheduler: the steps of %s have no sampler here; any other draws from the prior", c.Class)
}

// predict says what the output of a network is, and at which noise levels it was trained.
func (c Scheduler) predict() (p families.Prediction, sigmas [2]float64, err error) {
	if c.Class == schedulerVE {
		s, err := json.Marshal(map[string]any{"kind": "ve", "sigma_min": c.SigmaMin, "sigma_max": c.SigmaMax})
		return families.Prediction{Kind: "score", Label: "sigma", Schedule: s}, [2]float64{c.SigmaMin, c.SigmaMax}, err
	}
	d, err := c.Process().Build()
	if err != nil {
		return p, sigmas, err
	}
	p.Kind = kindsOfDiffusers[c.Prediction]
	p.Schedule, err = diffusion.EncodeDDPM(c.Process())
	return p, [2]float64{d.Ratio(0), d.Ratio(d.Len() - 1)}, err
}
