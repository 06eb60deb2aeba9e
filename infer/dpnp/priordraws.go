package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// exactPrior is a denoiser of a prior that draws from itself, as the closed forms of diffusion/exact do, in the prior's
// units.
type exactPrior interface {
	Sample(dst []float64, st *rng.Stream)
}

// priorSteps is the number of evaluations of a draw from a prior that is not known in closed form.
const priorSteps = 64

// drawsOfPrior returns n draws of the prior of the problem, [n*d]. The draws are numbered: it makes those that were not made
// before.
func (e *engine) drawsOfPrior(n int) ([]float64, error) {
	have := len(e.pool) / e.d
	if n > have {
		x := make([]float64, (n-have)*e.d)
		if err := drawPrior(e.eval, e.p, e.method.Levels, x, e.streams("prior", 0, n)[have:]); err != nil {
			return nil, fmt.Errorf("a draw of the prior: %w", err)
		}
		e.pool = append(e.pool, x...)
	}
	return e.pool[:n*e.d], nil
}

// drawPrior fills each of the images of x, [B*d], in a row with a draw of the prior: exactly where the prior can, at no
// evaluation, and otherwise by the ancestral sampler
//
//	x <- D + (s'/s)^2 (x - D) + s' sqrt(1 - (s'/s)^2) w,   D = D(x, s),   w ~ N(0, I)
//
// over levels s from far above the spread of the prior to 0, priorSteps evaluations an image; training levels, where they
// are given, are kept to. It is the law to which the denoising halves of later rounds belong.
func drawPrior(e *infer.Evaluator, p *infer.Problem, training []float64, x []float64, streams []*rng.Stream) error {
	d := p.Shape.Size()
	if s, ok := p.Prior.(exactPrior); ok {
		for i, st := range streams {
			s.Sample(x[i*d:(i+1)*d], st)
		}
		for i, v := range x {
			x[i] = p.Affine.ToPhysical(v)
		}
		return nonfinite.Check("the draws of the prior", x, 0, d)
	}
	levels := priorLevels(training, p.Std)
	infer.FillNorms(x, streams)
	first := math.Hypot(levels[0], p.Std)
	for i, v := range x {
		x[i] = p.Mean + first*v
	}
	clean, w := make([]float64, len(x)), make([]float64, len(x))
	for k, s := range levels {
		if err := e.Denoise(clean, x, s); err != nil {
			return err
		}
		if k+1 == len(levels) {
			break
		}
		q := levels[k+1] / s
		infer.FillNorms(w, streams)
		for i, c := range clean {
			x[i] = c + q*q*(x[i]-c) + levels[k+1]*math.Sqrt(1-q*q)*w[i]
		}
	}
	copy(x, clean)
	return nonfinite.Check("the draws of the prior", x, 0, d)
}

// priorLevels returns the noise levels, descending, of a draw from a prior whose pixels have the deviation std: training
// levels where there are some, at most priorSteps, and otherwise levels that are equidistant in their seventh root (Karras
// et al. 2022) from 100 to 1/500 of std. A std of 0, which is not known, counts as 1.
func priorLevels(training []float64, std float64) []float64 {
	var out []float64
	if training != nil {
		n := min(len(training), priorSteps)
		for k := range n {
			out = append(out, training[(len(training)-1)*(n-1-k)/max(n-1, 1)])
		}
		return out
	}
	if std == 0 {
		std = 1
	}
	const rho, most, least = 7, 100, 1. / 500
	hi, lo := math.Pow(most*std, 1./rho), math.Pow(least*std, 1./rho)
	for k := range priorSteps {
		out = append(out, math.Pow(hi+(lo-hi)*float64(k)/(priorSteps-1), rho))
	}
	return out
}
