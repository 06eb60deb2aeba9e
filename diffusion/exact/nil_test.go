package exact_test

import (
	"context"
	"strings"
	"testing"

	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// What was left out is an error that says what, not a nil pointer.
func TestNilArguments(t *testing.T) {
	ctx, keys := context.Background(), []rng.Key{rng.New(1)}
	x, logp, grad := []float64{0}, make([]float64, 1), make([]float64, 1)
	for name, f := range map[string]func() error{
		"density": func() error { return exact.Prior{}.LogProb(ctx, x, keys, logp, grad) },
		"component 0": func() error {
			_, err := exact.NewMixture(nil, nil)
			return err
		},
		"cov": func() error {
			_, err := exact.NewGaussian([]float64{0}, nil)
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
