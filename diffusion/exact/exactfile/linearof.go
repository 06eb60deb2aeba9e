package exactfile

import (
	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// linear returns the law of L z where it is known in closed form.
func linear(z exact.Distribution, l *mat.Dense) (exact.Distribution, error) {
	switch z := z.(type) {
	case *exact.Gaussian:
		return z.Linear(l, nil)
	case *exact.Mixture:
		return z.Linear(l, nil)
	}
	basis, err := exact.NewBasis(l)
	if err != nil {
		return nil, config.Errorf("", "kind", "is of a change of variables that is not orthonormal; with it only Gaussians and mixtures have a denoiser in closed form. Of this kind take dct, haar or an orthonormal matrix, or a mixture that is close")
	}
	return exact.NewRotated(z, basis)
}
