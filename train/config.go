package train

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"tweedie/internal/config"
)

// Config holds the settings of a run. It prints as JSON and is stored in every state.
type Config struct {
	Seed       uint64 `json:"seed"`
	Steps      int64  `json:"steps"`      // length of the run in optimiser steps, or
	Images     int64  `json:"images"`     // in images, rounded up to whole steps; exactly one of the two is set
	Batch      int    `json:"batch"`      // images a step
	Accumulate int    `json:"accumulate"` // micro-batches that a step is split into

	Optimizer   string  `json:"optimizer"` // "adam", "sgd", or a name given to RegisterOptimizer
	LR          float64 `json:"lr"`
	WarmupSteps int64   `json:"warmup_steps"`
	Decay       string  `json:"decay"`    // from the end of the warm-up on: "constant", "cosine" to the end of the run, "inverse-sqrt", or a name given to RegisterDecay
	FinalLR     float64 `json:"final_lr"` // where the cosine ends, and the least of the inverse square root
	Beta1       float64 `json:"beta1"`
	Beta2       float64 `json:"beta2"`
	Eps         float64 `json:"eps"`
	Momentum    float64 `json:"momentum"`     // of sgd
	WeightDecay float64 `json:"weight_decay"` // decoupled
	Clip        float64 `json:"clip"`         // largest norm of the gradient; 0 for no limit

	EMAHalfLife float64 `json:"ema_half_life"` // images; 0 for no average
	EMARamp     float64 `json:"ema_ramp"`      // the half-life is at most this fraction of the images seen; 0 for none

	EvalEvery   int64 `json:"eval_every"`   // images between held-out losses; 0 for none
	EvalBatches int   `json:"eval_batches"` // micro-batches in a held-out loss
	SaveEvery   int64 `json:"save_every"`   // images between saves; 0 for only at the end
	LogEvery    int64 `json:"log_every"`    // images between lines of the statistics file; 0 for every step
}

// Default returns the settings of published score priors on small images (Feng et al. 2304.11751; Song et al.
// 2011.13456): batches of 128, Adam at 2e-4 after 5000 steps of warm-up, gradients clipped to norm 1, and an average
// whose half-life is a decay of 0.9999 a step. The length of the run is left open.
func Default() Config {
	return Config{
		Batch: 128, Accumulate: 1,
		Optimizer: "adam", LR: 2e-4, WarmupSteps: 5000, Decay: "constant",
		Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Clip: 1,
		EMAHalfLife: math.Round(HalfLife(0.9999, 128)), EMARamp: 0.05,
		EvalEvery: 100_000, EvalBatches: 4, SaveEvery: 100_000, LogEvery: 10_000,
	}
}

// ParseConfig reads a JSON object onto Default. An unknown field is an error, and so is what Validate finds.
func ParseConfig(text []byte) (Config, error) {
	c := Default()
	if err := config.Decode(text, &c); err != nil {
		return c, fmt.Errorf("train: config: %w", err)
	}
	return c, c.Validate()
}

// String returns the config as indented JSON.
func (c Config) String() string {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return "train: config: " + err.Error() // a NaN has no JSON; Validate names the field
	}
	return string(b)
}

// Validate returns an error about the first field that is wrong: its name in JSON, its value, and what would be right.
func (c Config) Validate() error {
	k := config.Check("train: config")
	k.Int64("steps", c.Steps, 0, mostImages)
	k.Int64("images", c.Images, 0, mostImages)
	k.That((c.Steps > 0) != (c.Images > 0), "steps", c.Steps, "be the length of the run, or images must be, not both and not neither")
	k.Int("batch", c.Batch, 1, 1<<20)
	k.Int("accumulate", c.Accumulate, 1, 1<<20)
	k.That(c.Batch%max(c.Accumulate, 1) == 0, "accumulate", c.Accumulate, "be a divisor of batch, %d", c.Batch)
	k.Name("optimizer", c.Optimizer, optimizers.List()...)
	k.Float("lr", c.LR, config.Positive, config.Huge)
	k.Int64("warmup_steps", c.WarmupSteps, 0, mostImages)
	k.Name("decay", c.Decay, decays.List()...)
	k.Float("final_lr", c.FinalLR, 0, c.LR)
	k.Float("beta1", c.Beta1, 0, config.BelowOne)
	k.Float("beta2", c.Beta2, 0, config.BelowOne)
	k.Float("eps", c.Eps, config.Positive, config.Huge)
	k.Float("momentum", c.Momentum, 0, config.BelowOne)
	k.Float("weight_decay", c.WeightDecay, 0, config.Huge)
	k.Float("clip", c.Clip, 0, config.Huge)
	k.Float("ema_half_life", c.EMAHalfLife, 0, config.Huge)
	k.Float("ema_ramp", c.EMARamp, 0, config.Huge)
	k.Int64("eval_every", c.EvalEvery, 0, mostImages)
	if c.EvalEvery > 0 {
		k.Int("eval_batches", c.EvalBatches, 1, config.MostSteps)
	}
	k.Int64("save_every", c.SaveEvery, 0, mostImages)
	k.Int64("log_every", c.LogEvery, 0, mostImages)
	return k.Err()
}

// mostImages bounds the images of a run, and its steps.
const mostImages = 1e15

// Total returns the length of the run in steps.
func (c Config) Total() int64 {
	if c.Steps > 0 {
		return c.Steps
	}
	return (c.Images + int64(c.Batch) - 1) / int64(c.Batch)
}

// Rate returns the learning rate of step k = 1, 2, ...: lr min(1, k/warmup_steps), and for a cosine, with w steps of
// warm-up and n steps in all, final_lr + (lr-final_lr) (1 + cos(pi (k-w)/(n-w)))/2 from k = w on, for an inverse square root lr sqrt(w/k). A decay that was registered says what follows the
// warm-up; one that was not is constant.
func (c Config) Rate(k int64) float64 {
	if k < c.WarmupSteps {
		return c.LR * float64(k) / float64(c.WarmupSteps)
	}
	if rule, ok := decays.Get(c.Decay); ok {
		return rule(c, k)
	}
	return c.LR
}

// observing is the fields that say what is shown and kept, and change no number of the run.
var observing = []string{"eval_every", "eval_batches", "save_every", "log_every"}

// mismatch returns an error about the first field in which c differs from the config of a saved run and must not. The
// length may differ where the learning rate does not depend on it, and so may the fields in accept.
func (c Config) mismatch(saved Config, accept []string) error {
	a, b := reflect.ValueOf(c), reflect.ValueOf(saved)
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		length := (name == "steps" || name == "images") && c.Decay == "constant"
		if a.Field(i).Equal(b.Field(i)) || length || slices.Contains(observing, name) || slices.Contains(accept, name) {
			continue
		}
		return fmt.Errorf("the saved run has %s = %v and this one %v; give the saved value, accept the change by name, or start afresh",
			name, b.Field(i), a.Field(i))
	}
	return nil
}
