// Package priors holds what the command and its rooms do alike with a prior: draw images from it, pose an inverse problem
// with it, and show its images.
package priors

import (
	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/report"
	"tweedie/zoo"
)

// Problem poses the inverse problem of a prior and a likelihood. Closed forms are evaluated in float64.
func Problem(prior *zoo.Prior, lik *inverse.Likelihood) *infer.Problem {
	dt := autodiff.F32
	if prior.Exact != nil {
		dt = autodiff.F64
	}
	return &infer.Problem{Prior: prior.Denoiser, Likelihood: lik, Shape: prior.Shape(), DType: dt, Affine: prior.Spec.Affine, Range: prior.Spec.Range}
}

// Subject says what a report shows about images of the prior; lik and truth may be nil.
func Subject(prior *zoo.Prior, lik *inverse.Likelihood, truth []float64) report.Subject {
	sh := prior.Spec.Shape
	c, h, w := sh[0], 1, sh[len(sh)-1]
	if len(sh) > 2 {
		h = sh[len(sh)-2]
	}
	return report.Subject{C: c, H: h, W: w, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1], Lik: lik, Truth: truth}
}

// Pictures turns images of the prior, in their own values, into pictures without captions.
func Pictures(prior *zoo.Prior, images [][]float64) (pics []report.Picture, err error) {
	s := Subject(prior, nil, nil)
	for _, x := range images {
		p, err := report.NewPicture("", s.C, s.H, s.W, x, s.Lo, s.Hi)
		if err != nil {
			return nil, err
		}
		pics = append(pics, p)
	}
	return pics, nil
}
