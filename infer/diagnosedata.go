package infer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tweedie/eval"
	"tweedie/inverse"
)

// mostListed bounds the data that a verdict lists.
const mostListed = 4

// judgeData judges how far each datum is off the mean of A x over the samples, in units of its sigma, or, where the noise is
// not Gaussian, as the normal deviate with the tail that the noise gives the datum. For a right posterior it varies less than
// the noise.
func (r *Result) judgeData(p *Problem, f fit) {
	noise, ok := p.Likelihood.Noise.(inverse.Standardiser)
	if !ok {
		return
	}
	m := len(f.clean)
	limit := eval.UnexplainedLimit(m * int(.01/rare)) // that of package eval is for .01
	if r.Spread != PosteriorSpread {
		limit *= math.Sqrt(mostChi2)
	}
	size := make([]float64, m)
	noise.Standardised(size, p.Likelihood.Y, f.clean)
	var far []int
	for i, z := range size {
		if size[i] = math.Abs(z); !(size[i] <= limit) {
			far = append(far, i)
		}
	}
	v := Verdict{Name: "largest residual, in sigmas", Value: slices.Max(size), Limits: AtMost(limit)}
	failed := ""
	if len(far) > 0 {
		slices.SortStableFunc(far, func(i, j int) int { return cmp.Compare(size[j], size[i]) })
		failed = fmt.Sprintf("not explained: %d of %d data, %s", len(far), m, listed(p, far, size))
		v.Causes = []string{"bad data there", "a sigma that is too small there", "the operator", "an image unlike those of the prior"}
	}
	r.Judge(v, "no single datum is left unexplained", failed)
}

// listed names the first of the data by their places in the measurement.
func listed(p *Problem, far []int, size []float64) string {
	place := places(p.Likelihood.Op)
	var words []string
	for _, i := range far[:min(mostListed, len(far))] {
		words = append(words, fmt.Sprintf("%s (%.1f sigma)", place(i), size[i]))
	}
	if len(far) > mostListed {
		words = append(words, "...")
	}
	return strings.Join(words, ", ")
}

// places returns what names the place of a datum: its indices in the measurement's shape, before entries were left out
// of it as missing.
func places(op inverse.Operator) func(i int) string {
	shape, keep := op.OutShape(), []int(nil)
	if d, ok := op.(inverse.Described); ok {
		if c, ok := d.Config().(inverse.RestrictConfig); ok {
			if whole, err := c.Op.Build(op.InShape()); err == nil {
				shape, keep = whole.OutShape(), c.Keep
			}
		}
	}
	return func(i int) string {
		if keep != nil {
			i = keep[i]
		}
		if shape.Rank() == 1 {
			return fmt.Sprintf("entry %d", i)
		}
		at := make([]string, shape.Rank())
		for k := shape.Rank() - 1; k >= 0; k-- {
			at[k] = fmt.Sprint(i % shape.Dim(k))
			i /= shape.Dim(k)
		}
		return "[" + strings.Join(at, ",") + "]"
	}
}
