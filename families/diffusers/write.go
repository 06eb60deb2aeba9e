package diffusers

import (
	"encoding/json"
	"fmt"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
)

// versionOfDiffusers is the one whose vocabulary is written.
const versionOfDiffusers = "0.30.0"

// Write writes the UNet2DModel that s names in f as a new folder that diffusers reads: its tensors in their
// own types under today's names, the effective config.json, and the scheduler_config.json of f or, where diffusers has
// one, of the network's process. It returns the number of tensors, and whether there is a scheduler.
func Write(folder string, f *checkpoints.File, s families.Source) (tensors int, scheduler bool, err error) {
	defer autodiff.Catch(&err)
	found, err := families.Find(f, s.Prefix)
	switch {
	case err != nil:
		return 0, false, err
	case found.Family.Name() != Name:
		return 0, false, fmt.Errorf("diffusers: the network is of family %s; only those of diffusers have a folder that it reads", found.Family.Name())
	}
	blank, held, err := families.Open(f, s)
	if err != nil {
		return 0, false, err
	}
	net := blank.Network().(*Network)
	if problems := checkpoints.Match(held, net.Params(), checkpoints.LoadOptions{}); len(problems) > 0 {
		return 0, false, &checkpoints.LoadError{Problems: problems}
	}
	out := &checkpoints.File{}
	for _, p := range net.Params() {
		t, err := held.Tensor(p.Name())
		if err != nil {
			return 0, false, err
		}
		if err := out.Add(t); err != nil {
			return 0, false, err
		}
	}
	var text []byte
	if given, ok := textOf(f, "scheduler_config.json"); ok && given != "" {
		text = []byte(given)
	} else if spec, ok := nativeDiffusers(f); ok {
		if text, err = schedulerOf(spec.Predict); err != nil {
			return 0, false, err
		}
	}
	c := net.Config()
	c.UseCheckpoint, c.Version = false, versionOfDiffusers
	return len(net.Params()), text != nil, checkpoints.SaveDiffusers(folder, out, []byte(c.String()+"\n"), text)
}

// schedulerOf is the scheduler_config.json of the process of a prior, nil where diffusers has none.
func schedulerOf(p families.Prediction) ([]byte, error) {
	keys := map[string]any{"_diffusers_version": versionOfDiffusers}
	if p.Kind == "score" {
		s, err := diffusion.DecodeSchedule(p.Schedule)
		ve, ok := s.(diffusion.VE)
		if err != nil || !ok {
			return nil, err
		}
		keys["_class_name"], keys["sigma_min"], keys["sigma_max"] = schedulerVE, ve.SigmaMin, ve.SigmaMax
		return json.MarshalIndent(keys, "", "  ")
	}
	d, err := diffusion.DecodeDDPM(p.Schedule)
	if err != nil {
		return nil, nil // a process in continuous time
	}
	for name, ours := range betasOfDiffusers {
		if ours == d.Betas {
			keys["beta_schedule"] = name
		}
	}
	if d.Betas == diffusion.SingleGiven {
		var list []float64
		if err := json.Unmarshal([]byte("["+d.Given+"]"), &list); err != nil {
			return nil, fmt.Errorf("diffusers: betas %q: %w", d.Given, err)
		}
		keys["trained_betas"] = list
	} else if keys["beta_schedule"] == nil {
		return nil, nil // tables in float64
	}
	for name, ours := range kindsOfDiffusers {
		if ours == p.Kind {
			keys["prediction_type"] = name
		}
	}
	keys["_class_name"], keys["num_train_timesteps"], keys["beta_start"], keys["beta_end"] = schedulerDDPM, d.Steps, d.BetaStart, d.BetaEnd
	keys["variance_type"] = map[string]string{diffusion.FixedSmall: "fixed_small", diffusion.FixedLarge: "fixed_large", diffusion.LearnedRange: "learned_range"}[d.Variance]
	return json.MarshalIndent(keys, "", "  ")
}
