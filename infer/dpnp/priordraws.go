package dpnp

import (
	"fmt"
	"math"
	"slices"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// exactPrior is a denoiser of a prior that draws from itself, as the closed forms of diffusion/exact do, in the prior's
// units.
type exactPrior interface {
	Sample(dst []float64, st *rng.Stream)
}

// closedForm reports whether the prior of the problem draws from itself.
func (e *engine) closedForm() bool {
	_, ok := e.p.Prior.(exactPrior)
	return ok
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
// evaluation, and otherwise by the two-step rule of second order for the probability flow (Lu et al. 2022, 2M),
//
//	x <- (s'/s) x + (1 - s'/s) (D + h'/2h (D - D_before)),   D = D(x, s),   h' = log s/s',   h = log s_before/s
//
// over levels s from far above the spread of the prior to 0, about priorSteps evaluations an image; training levels, where
// they are given, are kept to. Along directions of a Gaussian prior whose deviation is .02 to 3 of std the variance is within
// 2% of the prior's; ancestral draws of as many steps lack a fifth of it.
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
	clean, before := make([]float64, len(x)), make([]float64, len(x))
	for k, s := range levels {
		if err := e.Denoise(clean, x, s); err != nil {
			return err
		}
		if k+1 == len(levels) {
			break
		}
		q, ahead := levels[k+1]/s, 0.0
		if k > 0 {
			ahead = math.Log(s/levels[k+1]) / (2 * math.Log(levels[k-1]/s))
		}
		for i, c := range clean {
			x[i] = q*x[i] + (1-q)*(c+ahead*(c-before[i]))
		}
		clean, before = before, clean
	}
	copy(x, clean)
	return nonfinite.Check("the draws of the prior", x, 0, d)
}

// priorLevels returns the noise levels, descending, of a draw from a prior whose pixels have the deviation std: priorSteps
// levels that are equidistant in their seventh root (Karras et al. 2022), from 100 to 1/500 of std. A std of 0, which is not
// known, counts as 1. Of training levels it returns all, or where there are more, those next below such levels between the
// first and the last.
func priorLevels(training []float64, std float64) []float64 {
	if std == 0 {
		std = 1
	}
	const rho, most, least = 7, 100, 1. / 500
	top, bottom := most*std, least*std
	if n := len(training); n > 0 {
		top, bottom = training[n-1], training[0]
	}
	var out []float64
	hi, lo := math.Pow(top, 1./rho), math.Pow(bottom, 1./rho)
	for k := range priorSteps {
		out = append(out, math.Pow(hi+(lo-hi)*float64(k)/(priorSteps-1), rho))
	}
	if training == nil {
		return out
	}
	if len(training) > priorSteps {
		training = below(training, out)
	}
	out = slices.Clone(training)
	slices.Reverse(out)
	return out
}

// below returns the training levels, ascending, that are next below or equal to one of the wanted levels.
func below(training, wanted []float64) []float64 {
	const slack = 1 + 1e-9 // the wanted levels are rounded powers
	var out []float64
	for _, w := range slices.Backward(wanted) {
		i, _ := slices.BinarySearch(training, w*slack)
		if l := training[max(i-1, 0)]; len(out) == 0 || l > out[len(out)-1] {
			out = append(out, l)
		}
	}
	return out
}
