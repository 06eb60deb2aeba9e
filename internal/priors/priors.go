// Package priors holds what the command and its rooms do alike with a prior: draw images from it, and show images of it.
package priors

import (
	"context"

	"tweedie/diffusion"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// Watch begins to show how far work of a total number of steps is. The work calls set with the steps that are done, and
// end when it ends. A nil Watch shows nothing.
type Watch func(what string, total int) (set func(done int), end func())

// Begin calls w, or returns functions that do nothing when w is nil.
func (w Watch) Begin(what string, total int) (set func(done int), end func()) {
	if w == nil {
		return func(int) {}, func() {}
	}
	return w(what, total)
}

// Draw draws n images in their own values: exactly from a closed form, otherwise with a sampler, batch images at a time.
// When ctx is cancelled it returns the images that are complete, beside the error.
func Draw(ctx context.Context, prior *prior.Prior, how diffusion.Sampler, seed uint64, n, batch int, watch Watch) ([][]float64, error) {
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(seed).Split("sample", i)
	}
	if prior.Exact != nil {
		x := make([]float64, n*prior.Shape().Size())
		for i, k := range keys {
			d := len(x) / n
			prior.Exact.Sample(x[i*d:(i+1)*d], k.Stream())
		}
		return physical(prior, x), nil
	}
	var set func(int)
	end := func() {}
	res, err := how.Sample(ctx, prior.Denoiser, diffusion.Job{Shape: prior.Shape(), Keys: keys, Batch: batch,
		Progress: func(done, total int) {
			if set == nil {
				set, end = watch.Begin("sampling", total)
			}
			set(done)
		}})
	end()
	return physical(prior, res.X), err
}

// physical cuts values of the prior into images of their own values.
func physical(prior *prior.Prior, m []float64) (images [][]float64) {
	d := prior.Shape().Size()
	for lo := 0; lo < len(m); lo += d {
		x := make([]float64, d)
		for i := range x {
			x[i] = prior.Spec.Affine.ToPhysical(m[lo+i])
		}
		images = append(images, x)
	}
	return images
}

// Subject says what a report shows about images of the prior; lik and truth may be nil.
func Subject(prior *prior.Prior, lik *inverse.Likelihood, truth []float64) report.Subject {
	sh := prior.Spec.Shape
	c, h, w := sh[0], 1, sh[len(sh)-1]
	if len(sh) > 2 {
		h = sh[len(sh)-2]
	}
	return report.Subject{C: c, H: h, W: w, Lo: prior.Spec.Range[0], Hi: prior.Spec.Range[1], Lik: lik, Truth: truth}
}

// Pictures turns images of the prior, in their own values, into pictures without captions.
func Pictures(prior *prior.Prior, images [][]float64) (pics []report.Picture, err error) {
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
