package cli

import (
	"errors"
	"fmt"
	"strings"

	"tweedie/autodiff"
	"tweedie/inverse"
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
