package diffusion

// Residual is the preconditioning of a network that returns the noise in its input: D = u - F, score -F/r^2. The
// label is the noise level r.
type Residual struct{}

// Coefs returns the coefficients of D = u - F and of the score -F/r^2 at noise level r.
func (Residual) Coefs(r float64) Coefs {
	return Coefs{In: 1, Label: r, DSkip: 1, DOut: -1, SOut: -1 / (r * r)}
}
