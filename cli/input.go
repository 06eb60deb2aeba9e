package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/internal/kernel"
	"tweedie/internal/priors"
	"tweedie/inverse"
	_ "tweedie/inverse/all" // the kinds of --op
	"tweedie/report"
	"tweedie/zoo"
)

// overlay decodes JSON onto a config with defaults and validates it; an unknown field is an error.
func overlay[M interface{ Validate() error }](text []byte, m *M) error {
	if err := decodeOnto(text, m); err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	if err := (*m).Validate(); err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	return nil
}

// decodeOnto decodes JSON onto a struct with defaults; an unknown field is an error.
func decodeOnto(text []byte, v any) error {
	if len(text) == 0 {
		return nil
	}
	return config.Decode(text, v)
}

// decodeOperator reads --op for images of a shape.
func decodeOperator(text string, shape autodiff.Shape) (inverse.Operator, error) {
	raw, err := jsonFlag("--op", text, `{"kind":"block-average","rows":2,"cols":2}`)
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 {
		return nil, errors.New("--op is empty; kinds of forward model are " + strings.Join(inverse.Kinds(), ", "))
	}
	op, err := inverse.Decode(raw, shape)
	if err != nil {
		return nil, fmt.Errorf("--op: %w", err)
	}
	return op, nil
}

// describeOperator returns the operator's config as JSON, or its name.
func describeOperator(op inverse.Operator) json.RawMessage {
	if d, ok := op.(inverse.Described); ok {
		if raw, err := inverse.Encode(d.Config()); err == nil {
			return raw
		}
	}
	raw, err := json.Marshal(op.Name())
	if err != nil {
		return nil
	}
	return raw
}

// subject says what a report shows about images of the prior.
func subject(prior *zoo.Prior, lik *inverse.Likelihood, truth []float64) report.Subject {
	return priors.Subject(prior, lik, truth)
}

// machine tells what the bytes of a result may depend on besides the seed.
func machine() map[string]any {
	return map[string]any{"platform": runtime.GOOS + "/" + runtime.GOARCH, "kernels": kernel.Path(), "winograd": kernel.Winograd(), "go": runtime.Version()}
}
