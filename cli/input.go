package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/kernel"
	"tweedie/inverse"
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

// describeOperator is the operator's config as JSON, or its name.
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

// subject is what a report shows about images of the prior.
func subject(prior *zoo.Prior, lik *inverse.Likelihood, truth []float64) report.Subject {
	sh := prior.Spec.Shape
	c, h, w := sh[0], 1, sh[len(sh)-1]
	if len(sh) > 2 {
		h = sh[len(sh)-2]
	}
	return report.Subject{C: c, H: h, W: w, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1], Lik: lik, Truth: truth}
}

// machine is what a result's bytes may depend on besides the seed.
func machine() map[string]any {
	return map[string]any{"platform": runtime.GOOS + "/" + runtime.GOARCH, "kernels": kernel.Path(), "winograd": autodiff.DefaultConvolutions() == autodiff.Winograd, "go": runtime.Version()}
}
