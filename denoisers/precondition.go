package denoisers

import "tweedie/diffusion"

// Residual is the preconditioning of a network that returns the noise in its input: D = u - F, score -F/r^2. The
// label is the noise level r.
type Residual struct{}

// Coefs are those of D = u - F.
func (Residual) Coefs(r float64) diffusion.Coefs {
	return diffusion.Coefs{In: 1, Label: r, DSkip: 1, DOut: -1, SOut: -1 / (r * r)}
}

// Direct is the preconditioning of a network that returns the denoised image: D = F, score (F - u)/r^2. The label is
// the noise level r.
type Direct struct{}

// Coefs are those of D = F.
func (Direct) Coefs(r float64) diffusion.Coefs {
	return diffusion.Coefs{In: 1, Label: r, DOut: 1, SSkip: -1 / (r * r), SOut: 1 / (r * r)}
}
