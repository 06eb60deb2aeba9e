package infer

import (
	"context"
	"fmt"
	"time"

	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// EachSample solves p for a method that makes one sample at a time. For each sample it calls draw, which writes the
// sample, in the units of x, into dst [C*H*W]; d holds the sample's own random numbers and evaluates the denoiser. The
// Result carries m, the given spread title, the mean and standard deviation of the samples, and a count of the
// evaluations that went through d.
//
// A sample depends on the seed and its index alone. Progress is reported after every sample, or at every step when draw
// calls Draw.Step. When ctx ends, the next evaluation fails, and EachSample returns the finished samples with the
// context's error. A sample that is not finite is an error. Nothing is saved, so a Run that names a state file is
// refused.
func EachSample(ctx context.Context, m Method, p *Problem, run Run, spread string, draw func(dst []float64, d *Draw) error) (res *Result, err error) {
	defer inverse.CatchOperator(&err)
	if err := Check(ctx, m, p, run); err != nil {
		return nil, err
	}
	if err := Stateless(m, run); err != nil {
		return nil, err
	}
	start := time.Now()
	res = &Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: spread}
	d := &Draw{eval: NewEvaluator(ctx, p), run: &run}
	key := rng.New(run.Seed)
	for i := range run.Samples {
		d.Index, d.eval.First, d.Stream = i, i, key.Split(m.Name()+".sample", i).Stream()
		x := make([]float64, p.Shape.Size())
		if err = one(ctx, x, d, draw); err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
				break
			}
			return nil, fmt.Errorf("%s: sample %d: %w", m.Name(), i, err)
		}
		res.Samples = append(res.Samples, x)
		if !d.stepped {
			run.Report(Progress{Stage: "sample", Done: i + 1, Total: run.Samples, Evaluations: d.eval.Evaluations})
		}
	}
	res.Summarise()
	res.Evaluations, res.Elapsed = d.eval.Evaluations, time.Since(start)
	if err != nil {
		return res, err
	}
	if err := res.Examine(p, 0); err != nil {
		return nil, err
	}
	return res, nil
}

// one draws a sample into x unless ctx has ended, and checks that it is finite.
func one(ctx context.Context, x []float64, d *Draw, draw func(dst []float64, d *Draw) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := draw(x, d); err != nil {
		return err
	}
	return nonfinite.Check("the image that the method made", x, d.Index, len(x))
}

// Draw gives a method what one sample needs: the sample's own random numbers, and evaluations of the denoiser. It is valid
// until draw returns, for one goroutine.
type Draw struct {
	Index  int         // of the sample, from 0
	Stream *rng.Stream // random numbers of this sample alone

	eval    *Evaluator
	run     *Run
	stepped bool
}

// Denoise sets dst = D(u, sigma) = E[x | u = x + sigma n]. The images u and dst, one or several in a row, and the noise
// level sigma are in the units of x; dst may be u. It costs one evaluation per image. It returns an error once the
// context has ended, when sigma is not positive or the element type cannot hold sigma or u, and when the denoiser's
// answer is not finite.
func (d *Draw) Denoise(dst, u []float64, sigma float64) error {
	return d.eval.Denoise(dst, u, sigma)
}

// DenoiseVJP sets dst = D(u, sigma) as Denoise does, and grad = J^T ct with the Jacobian J = dD/du. Between the two it
// calls cotangent, which writes ct into a zeroed slice and may read D(u, sigma) from x. It counts two evaluations per
// image: the denoiser and the sweep back through it. dst, grad and u must not overlap.
func (d *Draw) DenoiseVJP(dst, grad, u []float64, sigma float64, cotangent func(ct, x []float64)) error {
	return d.eval.DenoiseVJP(dst, grad, u, sigma, cotangent)
}

// Step reports that done of total steps of the current sample are done; every sample takes the same total.
func (d *Draw) Step(done, total int) {
	d.stepped = true
	d.run.Report(Progress{Stage: "step", Done: d.Index*total + done, Total: d.run.Samples * total, Evaluations: d.eval.Evaluations})
}
