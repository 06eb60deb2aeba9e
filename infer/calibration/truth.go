package calibration

import (
	"context"
	"fmt"
	"math"

	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// source draws images of a prior.
type source struct {
	p      *infer.Problem
	steps  int
	lo, hi float64 // noise levels of a draw, in the units of x
}

func newSource(p *infer.Problem, c Config) source {
	std := p.Std
	if std == 0 {
		std = 1
	}
	s := source{p, c.Steps, c.Levels[0], c.Levels[1]}
	if s.hi == 0 {
		s.hi = 100 * std
	}
	if s.lo == 0 {
		s.lo = min(std/500, s.hi)
	}
	return s
}

// draw returns an image for each key: exactly of a prior in closed form, and otherwise by the reverse SDE, whose law the denoiser's is,
// in steps of second order (Lu et al. 2022, SDE-DPM-Solver++(2M)),
//
//	x <- q^2 x + (1 - q^2) (D + h/2h' (D - D_before)) + s' sqrt(1 - q^2) n,   q = s'/s,   h = log s/s',   h' = log s_before/s
//
// over levels s that are equidistant in their seventh root, and D itself at the last. An image is the same alone and among others.
func (s source) draw(ctx context.Context, keys []rng.Key) (images [][]float64, err error) {
	d := s.p.Shape.Size()
	x, streams := make([]float64, len(keys)*d), make([]*rng.Stream, len(keys))
	for i, k := range keys {
		streams[i] = k.Stream()
	}
	if closed, ok := s.p.Prior.(exact.Distribution); ok && closed.Dim() == d {
		for i, st := range streams {
			closed.Sample(x[i*d:(i+1)*d], st)
		}
		for i, v := range x {
			x[i] = s.p.Affine.ToPhysical(v)
		}
	} else if err := s.reverse(infer.NewEvaluator(ctx, s.p), x, streams); err != nil {
		return nil, fmt.Errorf("a draw of the prior: %w", err)
	}
	return infer.Split(x, d), nonfinite.Check("a draw of the prior", x, 0, d)
}

// reverse runs the reverse SDE on the images of x.
func (s source) reverse(e *infer.Evaluator, x []float64, streams []*rng.Stream) error {
	levels := s.levels()
	infer.FillNorms(x, streams)
	for i, v := range x {
		x[i] = s.p.Mean + math.Hypot(levels[0], s.p.Std)*v
	}
	clean, before, noise := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	for k, level := range levels {
		if err := e.Denoise(clean, x, level); err != nil {
			return err
		}
		if k+1 == len(levels) {
			break
		}
		q2, ahead := levels[k+1]/level, 0.0
		if k > 0 {
			ahead = -math.Log(q2) / (2 * math.Log(levels[k-1]/level))
		}
		q2 *= q2
		sd := levels[k+1] * math.Sqrt(1-q2)
		infer.FillNorms(noise, streams)
		for i, c := range clean {
			x[i] = q2*x[i] + (1-q2)*(c+ahead*(c-before[i])) + sd*noise[i]
		}
		clean, before = before, clean
	}
	copy(x, clean)
	return nil
}

// levels returns the noise levels of a draw, descending.
func (s source) levels() []float64 {
	const rho = 7
	hi, lo := math.Pow(s.hi, 1./rho), math.Pow(s.lo, 1./rho)
	out := make([]float64, s.steps)
	for k := range out {
		out[k] = math.Pow(hi+(lo-hi)*float64(k)/float64(s.steps-1), rho)
	}
	return out
}
