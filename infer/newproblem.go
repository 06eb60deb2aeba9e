package infer

import (
	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/inverse"
)

// Source describes a prior that knows what its values mean, as *prior.Prior does.
type Source interface {
	// Shape returns the shape [C,H,W] of one image.
	Shape() autodiff.Shape
	// Model returns the denoiser, in the prior's own units, and the element type in which it is evaluated.
	Model() (diffusion.Denoiser, autodiff.DType)
	// Values returns the map from the prior's values to the pixels x of its images, their range, and their mean and
	// standard deviation. An unknown range is zeros, and an unknown deviation is 0.
	Values() (a diffusion.Affine, span [2]float64, mean, std float64)
}

// NewProblem returns the problem of a prior and a likelihood, with all that the defaults of the methods follow from. It
// sets no PriorID, which only a run with a State file needs.
func NewProblem(prior Source, lik *inverse.Likelihood) *Problem {
	p := &Problem{Likelihood: lik, Shape: prior.Shape()}
	p.Prior, p.DType = prior.Model()
	p.Affine, p.Range, p.Mean, p.Std = prior.Values()
	return p
}
