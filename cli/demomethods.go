package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/zoo"
)

// effort is how much a demonstration spends on an image.
type effort int

const (
	page  effort = iota // one image, looked at
	table               // one of many images, counted
	full                // one image, with a family of DPI that can say more than a Gaussian
)

// demoMethods are the three methods with the settings of the demonstration. On images of 28x28 DPI spends its few steps
// well by starting at the Wiener estimate with a small deviation, by noise of both signs, and by leaving out the lowest
// noise levels (t0), where the bound's gradient is mostly noise.
func demoMethods(prior *zoo.Prior, e effort) []infer.Method {
	std, unit := prior.Spec.Std, prior.Spec.Affine.Unit()
	gibbs, vi, red := infer.DefaultDPnP(), infer.DefaultDPI(), infer.DefaultREDDiff()
	gibbs.Heun, gibbs.Steps = true, 8
	vi.Family.Mean = prior.Spec.Affine.ToPrior(prior.Spec.Mean)
	if prior.Shape().Size() < 256 {
		gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold = std, std/16, 40, 8
		vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Check = 400, 32, 3e-2, 1e-3, 256
		red.Steps, red.LR = 250, 0.1*unit
	} else {
		gibbs.EtaMax, gibbs.EtaMin, gibbs.Rounds, gibbs.Hold, gibbs.Steps = 2*std, std/8, 40, 6, 6
		vi.Family.Rank, vi.Family.Std, vi.Start = 4, .05, std
		vi.Prior.Surrogate.T0, vi.Prior.Surrogate.Antithetic = .1, true
		vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Warmup, vi.Check = 400, 4, 2e-2, 1e-3, 5, 128
		red.Steps, red.LR = 200, 0.1*unit
		if e == table {
			vi.Steps, vi.Batch, vi.Check = 240, 2, 32
			red.Steps = 100
		}
	}
	if e == full {
		vi.Family, vi.Start = infer.FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 2}, 0
		vi.Prior.Surrogate.T0, vi.Prior.Surrogate.Antithetic = .01, true
		vi.Steps, vi.Batch, vi.LR, vi.FinalLR, vi.Warmup, vi.Check = 5000, 16, 1e-3, 1e-5, 50, 256
	}
	return []infer.Method{gibbs, vi, red}
}

// chooseMethods are the methods that --methods names, with the fields changed that --config names:
// {"dpnp": {"rounds": 20}}.
func chooseMethods(names, given string, prior *zoo.Prior, e effort) ([]infer.Method, error) {
	text, err := jsonFlag("--config", given, `{"dpnp":{"rounds":40}}`)
	if err != nil {
		return nil, err
	}
	var changes map[string]json.RawMessage
	if len(text) > 0 {
		if changes, err = config.Object(text); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
	}
	var chosen []infer.Method
	wanted := strings.Split(names, ",")
	for _, m := range demoMethods(prior, e) {
		change := changes[m.Name()]
		delete(changes, m.Name())
		at := slices.Index(wanted, m.Name())
		if at < 0 {
			continue
		}
		wanted = slices.Delete(wanted, at, at+1)
		if m, err = changed(m, change); err != nil {
			return nil, err
		}
		chosen = append(chosen, m)
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("--methods: %q is unknown or there twice; the methods are dpnp, dpi and red-diff, with commas between", wanted[0])
	}
	for name := range changes {
		return nil, fmt.Errorf(`--config: %q is no method; give fields of dpnp, dpi or red-diff, as in {"dpnp":{"rounds":40}}`, name)
	}
	return chosen, nil
}

// changed is a method with the fields in a JSON object.
func changed(m infer.Method, fields json.RawMessage) (infer.Method, error) {
	switch m := m.(type) {
	case infer.DPnP:
		err := overlay(fields, &m)
		return m, err
	case infer.DPI:
		err := overlay(fields, &m)
		return m, err
	case infer.REDDiff:
		err := overlay(fields, &m)
		return m, err
	}
	return m, nil
}

// title is a method's name as authors write it.
func title(name string) string {
	return map[string]string{"dpnp": "DPnP", "dpi": "DPI", "red-diff": "RED-diff"}[name]
}

// methodTexts say in a sentence or two what a method does.
var methodTexts = map[string]string{
	"dpnp":     "Sampling. Each sample is a chain of its own that alternates exact draws given the data with draws from the prior given a noisy image, while the two are tied ever closer. At the end its samples are posterior samples.",
	"dpi":      "Fitting. A Gaussian with a diagonal and a low-rank part is fitted to the posterior by maximising the evidence lower bound, with a diffusion bound in place of log p(x). A Gaussian is all it can say.",
	"dpi-full": "Fitting. A normalising flow (RealNVP) is fitted to the posterior by maximising the evidence lower bound, with a diffusion bound in place of log p(x).",
	"red-diff": "Optimising. One image at a time moves towards a mode of the posterior. Restarts differ by their random numbers only; their spread follows from the step size and is not an uncertainty.",
}
