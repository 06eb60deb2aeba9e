package exact_test

import (
	"testing"

	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
)

func denoises(p exact.Distribution) func(*testing.T) {
	return func(t *testing.T) { difftest.Denoiser(t, p, p.Dim(), p.LogDensity) }
}

// points returns a prior of three points; blurred by sigma it has a density.
func points() *exact.Empirical {
	return numtest.Must(exact.NewEmpirical([][]float64{{1, 2, 3}, {0, 0, 1}, {-1, 1, 0}}, nil, 0))
}

// rows has a check for every exported type that is a denoiser or a log-density.
var rows = map[string]func(*testing.T){
	"Gaussian":  denoises(difftest.Priors()["gaussian"]),
	"Mixture":   denoises(difftest.Priors()["mixture"]),
	"Empirical": denoises(points()),
	"Separable": denoises(separable()),
	"Rotated":   denoises(priors()["rotated"]),
	"Prior":     func(t *testing.T) { difftest.Prior(t, exact.Prior{Density: points(), Sigma: .3}, 1, 1e-7) },
}

func TestEveryTypeHasARow(t *testing.T) {
	numtest.Rows(t, numtest.TypesWith(t, "Denoise", "LogProb"), rows)
}

func TestConformance(t *testing.T) {
	for name, check := range rows {
		t.Run(name, check)
	}
}
