package cli

import (
	"errors"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/inverse"
	_ "tweedie/inverse/all" // the kinds of --op
)

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

// decodeOnto decodes JSON onto a struct with defaults; an unknown field is an error.
func decodeOnto(text []byte, v any) error {
	if len(text) == 0 {
		return nil
	}
	return config.Decode(text, v)
}
