package denoisers

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/diffusion"
)

// Cascade is a prior of images by scales (Kadkhodaie, Guth, Mallat and Simoncelli 2023, "Learning multi-scale local
// conditional probability models of images"): p(x) = p(low) prod_j p(details_j | what lies below), with a denoiser of
// the low-pass image and a network of the details of every scale given the image below, coarse to fine.
type Cascade struct {
	Low     diffusion.Denoiser // of images Shape
	Shape   autodiff.Shape     // of the low-pass image, [C,h,w]
	Details []*CNN             // Given C and Channels 3C
}

// Validate returns an error about the first network that does not fit the low-pass image.
func (c *Cascade) Validate() error {
	if c.Shape.Rank() != 3 || c.Shape.Size() == 0 {
		return fmt.Errorf("denoisers: cascade: the low-pass image is %v; want [C,h,w]", c.Shape)
	}
	ch := c.Shape.Dim(0)
	for i, n := range c.Details {
		if n.cfg.Given != ch || n.cfg.Channels != 3*ch {
			return fmt.Errorf("denoisers: cascade: network %d of details has %d channels given %d; want %d given %d", i, n.cfg.Channels, n.cfg.Given, 3*ch, ch)
		}
	}
	return nil
}

// ImageShape returns the shape of a finished image: [C, 2^k h, 2^k w] for k networks of details.
func (c *Cascade) ImageShape() autodiff.Shape {
	k := len(c.Details)
	return autodiff.S(c.Shape.Dim(0), c.Shape.Dim(1)<<k, c.Shape.Dim(2)<<k)
}

// Sample draws one image [ImageShape] for each key of job by ascent: first the low-pass image, unless job.Start gives
// those, then the details of every scale, around zero. job.Shape has no effect.
func (c *Cascade) Sample(ctx context.Context, a Ascent, job diffusion.Job) (res Draw, err error) {
	if err := c.Validate(); err != nil {
		return Draw{}, err
	}
	if job.Start != nil && len(job.Start) != c.Shape.Size()*len(job.Keys) {
		return Draw{}, fmt.Errorf("denoisers: cascade: %d values were given for %d low-pass images %v", len(job.Start), len(job.Keys), c.Shape)
	}
	defer autodiff.Catch(&err)
	keys, low := job.Keys, job.Start
	job.Start = nil
	for i, key := range keys {
		var x []float64
		evaluations := 0
		if low != nil {
			x = low[i*c.Shape.Size() : (i+1)*c.Shape.Size()]
		} else {
			job.Shape, job.Keys = c.Shape, append(job.Keys[:0:0], key.Split("low", 0))
			d, err := a.Sample(ctx, c.Low, job, nil)
			if err != nil {
				return res, err
			}
			x, evaluations = d.X, d.Evaluations[0]
		}
		shape := c.Shape
		for k, n := range c.Details {
			details := a
			details.Mean = 0
			job.Shape, job.Keys = shape.With(0, 3*shape.Dim(0)), append(job.Keys[:0:0], key.Split("details", k))
			d, err := details.Sample(ctx, diffusion.Preconditioned{Net: Conditioned{n, x}, Prec: diffusion.Residual{}}, job, nil)
			if err != nil {
				return res, err
			}
			evaluations += d.Evaluations[0]
			x = assemble(x, d.X, shape)
			shape = shape.With(1, 2*shape.Dim(1)).With(2, 2*shape.Dim(2))
		}
		res.X = append(res.X, x...)
		res.Evaluations = append(res.Evaluations, evaluations)
		res.Done++
	}
	return res, nil
}

// assemble is the image of a low-pass image [C,h,w] and its details [3C,h,w], three for every channel.
func assemble(low, details []float64, shape autodiff.Shape) []float64 {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	ch, h, w := shape.Dim(0), shape.Dim(1), shape.Dim(2)
	y := s.Concat(1, s.Const64(autodiff.S(ch, 1, h, w), low), s.Const64(autodiff.S(ch, 3, h, w), details))
	x := make([]float64, 4*len(low))
	HaarInverse(s, s.Reshape(y, autodiff.S(1, 4*ch, h, w))).CopyTo64(x)
	return x
}
