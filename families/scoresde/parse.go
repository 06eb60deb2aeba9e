package scoresde

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tweedie/internal/config"
	"tweedie/unet"
)

// sectionsOfScoreSDE are those of its configurations, and whether anything here depends on them.
var sectionsOfScoreSDE = map[string]bool{"training": true, "data": true, "model": true, "sampling": false, "eval": false,
	"optim": false, "optimization": false, "seed": false, "device": false, "family": false, "code": true, "use_checkpoint": true}

// modelKeysWithoutEffect are keys of "model" that decide about training or other networks.
var modelKeysWithoutEffect = []string{"ema_rate", "init_scale", "interpolation", "sigma_begin"}

// Parse reads a configuration of score_sde or score_prior, as JSON with the sections training, data and model,
// onto Default. It passes over sections and keys that have no effect on the network. It returns an error for a
// section, or a key of "model", that neither has; when sde, image_size, num_channels, centered, nf, ch_mult or
// num_res_blocks is missing; and what Validate finds.
func Parse(text []byte) (Config, error) {
	c := Default()
	sections, err := config.Object(text)
	if err != nil {
		return c, fmt.Errorf("unet: config: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		if _, ok := sectionsOfScoreSDE[name]; !ok {
			return c, fmt.Errorf("unet: config: there is no section %q in a configuration of score_sde; it has training, data and model", name)
		}
	}
	for _, s := range []struct {
		name string
		keys []string
	}{{"training", []string{"sde"}}, {"data", []string{"image_size", "num_channels", "centered"}}, {"model", []string{"nf", "ch_mult", "num_res_blocks"}}} {
		have, err := config.Object(sections[s.name])
		if err != nil {
			return c, fmt.Errorf("unet: config: section %q, an object, is missing", s.name)
		}
		for _, k := range s.keys {
			if have[k] == nil {
				return c, fmt.Errorf("unet: config: %s.%s is missing", s.name, k)
			}
		}
	}
	for _, s := range []struct {
		name string
		to   any
	}{{"training", &c.Training}, {"data", &c.Data}, {"code", &c.Code}, {"use_checkpoint", &c.UseCheckpoint}} {
		if sections[s.name] == nil {
			continue
		}
		if err := config.Tolerant(sections[s.name], s.to); err != nil {
			return c, fmt.Errorf("unet: config: %w", config.Below(s.name, err))
		}
	}
	if err := c.Model.parse(sections["model"]); err != nil {
		return c, err
	}
	return c, c.Validate()
}

// parse reads the section "model".
func (m *Model) parse(text []byte) error {
	keys, err := config.Object(text)
	if err != nil {
		return fmt.Errorf("unet: config: %w", config.Below("model", err))
	}
	for _, fixed := range []struct{ key, value string }{{"normalization", `"GroupNorm"`}, {"attention_type", `"ddpm"`}, {"conv_size", "3"}} {
		if v, ok := keys[fixed.key]; ok && !bytes.Equal(v, []byte(fixed.value)) {
			return unet.Wrong("model."+fixed.key, string(v), fixed.value)
		}
		delete(keys, fixed.key)
	}
	for _, k := range modelKeysWithoutEffect {
		delete(keys, k)
	}
	rest, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("unet: config: model: %w", err)
	}
	if err := config.Decode(rest, m); err != nil {
		return fmt.Errorf("unet: config: %w", config.Below("model", err))
	}
	return nil
}
