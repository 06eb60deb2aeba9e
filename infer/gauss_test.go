package infer

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/inverse"
)

// isotropic is the exact denoiser of N(mean, variance I): D = mean + c/(c+s^2) (u - mean).
type isotropic struct{ mean, variance float64 }

func (g isotropic) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	gain := g.variance / (g.variance + sigma[0]*sigma[0])
	return s.Affine(u, gain, g.mean*(1-gain))
}

var _ diffusion.Denoiser = isotropic{}

func problem(prior diffusion.Denoiser, op inverse.Operator, sigma float64, y []float64) *Problem {
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: sigma}, y)
	if err != nil {
		panic(err)
	}
	return &Problem{Prior: prior, Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}
}

// pixelMoments is the mean and the variance (n-1) of x with the standard error of each under normality.
func pixelMoments(x []float64) (mean, meanSE, variance, varSE float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / (n - 1)
	}
	return mean, math.Sqrt(variance / n), variance, variance * math.Sqrt(2/(n-1))
}
