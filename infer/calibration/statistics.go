package calibration

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tweedie/diffusion/exact"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// Statistic is a number of an image in a problem, by which the truth is ranked among the draws.
type Statistic struct {
	Name string
	Of   func(p *infer.Problem, x []float64) float64
}

// Numbers of statistics of each sort, and the draws of the prior by which they are chosen.
const (
	pixels      = 4
	projections = 4
	components  = 3
	pilots      = 64
)

// LogLikelihood is the statistic without which draws from the prior would pass.
func LogLikelihood() Statistic {
	return Statistic{nameLikelihood, func(p *infer.Problem, x []float64) float64 { return -p.Likelihood.NegLog(x) }}
}

const (
	nameLikelihood = "log-likelihood"
	namePrior      = "log-prior"
)

// statisticsOf returns the statistics of a calibration, which do not depend on its truths: pixels from the one that varies most in the
// prior to one that varies little, random projections, leading components, log-likelihood, and the log-prior of a closed form with a
// density.
func statisticsOf(ctx context.Context, p *infer.Problem, truths source, key rng.Key) ([]Statistic, error) {
	keys := make([]rng.Key, pilots)
	for i := range keys {
		keys[i] = key.Split("calibration.pilot", i)
	}
	draws, err := truths.draw(ctx, keys)
	if err != nil {
		return nil, err
	}
	d := len(draws[0])
	var out []Statistic
	for _, j := range chosenPixels(draws) {
		out = append(out, Statistic{"pixel " + place(p, j), func(_ *infer.Problem, x []float64) float64 { return x[j] }})
	}
	along := func(name string, u []float64) {
		out = append(out, Statistic{name, func(_ *infer.Problem, x []float64) float64 { return floats.Dot(u, x) }})
	}
	if d > 1 {
		for k := range projections {
			u := make([]float64, d)
			key.Split("calibration.projection", k).Stream().FillNorm(u)
			along(fmt.Sprintf("random projection %d", k+1), u)
		}
		for k, u := range axesOf(draws) {
			along(fmt.Sprintf("principal component %d", k+1), u)
		}
	}
	out = append(out, LogLikelihood())
	if s, ok := logPrior(p, draws); ok {
		out = append(out, s)
	}
	return out, nil
}

// chosenPixels returns places of pixels that vary among the draws, spread evenly over the order of their variances.
func chosenPixels(draws [][]float64) []int {
	v := eval.Variance(draws)
	var order []int
	for j := range v {
		if v[j] > 0 {
			order = append(order, j)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v[b], v[a]) })
	n := min(pixels, len(order))
	out := make([]int, n)
	for k := range out {
		out[k] = order[k*len(order)/n]
	}
	return out
}

// place names a pixel by its indices in the image.
func place(p *infer.Problem, j int) string {
	dims := p.Shape.Dims(nil)
	at := make([]int, len(dims))
	for k := len(dims) - 1; k >= 0; k-- {
		at[k], j = j%dims[k], j/dims[k]
	}
	return fmt.Sprint(at)
}

// logPrior is the statistic of a closed form, if its density is finite at its draws.
func logPrior(p *infer.Problem, draws [][]float64) (Statistic, bool) {
	closed, ok := p.Prior.(exact.Distribution)
	if !ok || closed.Dim() != p.Shape.Size() {
		return Statistic{}, false
	}
	s := Statistic{namePrior, func(p *infer.Problem, x []float64) float64 {
		m := make([]float64, len(x))
		for i, v := range x {
			m[i] = p.Affine.ToPrior(v)
		}
		return closed.LogDensity(m, 0)
	}}
	for _, x := range draws {
		if v := s.Of(p, x); math.IsNaN(v) || math.IsInf(v, 1) {
			return Statistic{}, false
		}
	}
	return s, true
}

// check returns an error where a statistic of an image is not a number; -Inf, as of a density outside of its support, is one.
func (s Statistic) check(v float64, what string, i int) error {
	if math.IsInf(v, -1) {
		return nil
	}
	return nonfinite.Check(fmt.Sprintf("calibrate: the %s of %s", s.Name, what), []float64{v}, i, 1)
}
