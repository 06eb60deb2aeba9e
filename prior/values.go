package prior

import (
	"tweedie/autodiff"
	"tweedie/diffusion"
)

// Model returns the denoiser and the element type in which a problem evaluates it: float64 for a closed form, float32
// for a network.
func (p *Prior) Model() (diffusion.Denoiser, autodiff.DType) {
	if p.Exact != nil {
		return p.Denoiser, autodiff.F64
	}
	return p.Denoiser, autodiff.F32
}

// Values returns the map from the prior's values to the pixels of its images, the range of these pixels, and their mean
// and standard deviation over the training images.
func (p *Prior) Values() (a diffusion.Affine, span [2]float64, mean, std float64) {
	return p.Spec.Affine, p.Spec.Range, p.Spec.Mean, p.Spec.Std
}
