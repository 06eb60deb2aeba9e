package dpnp

import (
	"fmt"
	"math"
	"testing"
)

// curves are the samplers of the tables in docs/methods.md, by the number of evaluations.
var curves = []struct {
	name string
	of   func(evaluations int) DenoisingSampler
}{
	{"unipc", func(n int) DenoisingSampler { return DDSMultistep{Steps: n, Correct: true} }},
	{"dpm++", func(n int) DenoisingSampler { return DDSMultistep{Steps: n} }},
	{"ddim, Heun", func(n int) DenoisingSampler { return DDSDDIM{Steps: (n + 1) / 2, Heun: true} }},
	{"ddim", func(n int) DenoisingSampler { return DDSDDIM{Steps: n} }},
	{"ddpm", func(n int) DenoisingSampler { return DDSDDPM{Steps: n} }},
}

var curveEvaluations = []int{6, 8, 10, 12, 16, 24, 32}

// Gaussian directions of deviations from .02 to 1: the largest error over them against evaluations, and the evaluations
// that errors of 5, 2 and 1 per cent take. UniPC must have a fifth of the error of ddim and ddpm from 24 evaluations on,
// and from 10 on where eta is at most 5 times the least deviation.
func TestCurvesOnGaussians(t *testing.T) {
	spreads := []float64{.02, .03, .05, .1, .2, .4, .7, 1}
	for _, eta := range []float64{.02, .1, .4, 1, 2} {
		least := map[string][]float64{}
		for _, c := range curves {
			row := fmt.Sprintf("| %g | %s |", eta, c.name)
			for _, n := range curveEvaluations {
				r, err := Responses(c.of(n), eta, spreads)
				if err != nil {
					t.Fatal(err)
				}
				worst := 0.0
				for i, s := range spreads {
					worst = math.Max(worst, r[i].Error(eta, s))
				}
				least[c.name] = append(least[c.name], worst)
				row += fmt.Sprintf(" %s |", percent(worst))
			}
			for _, tol := range []float64{.05, .02, .01} {
				m := Default()
				m.Sampler, m.Heun = c.name, c.name == "ddim, Heun"
				if m.Heun {
					m.Sampler = "ddim"
				}
				f, err := StepsWithin(m, eta, tol, spreads)
				if err != nil {
					t.Fatal(err)
				}
				if f.Error > tol {
					row += " - |"
				} else {
					row += fmt.Sprintf(" %d |", f.Evaluations)
				}
			}
			t.Log(row)
		}
		for i, n := range curveEvaluations {
			for _, other := range []string{"ddim, Heun", "ddim", "ddpm"} {
				if u, o := least["unipc"][i], least[other][i]; (n >= 24 || eta <= .1 && n >= 10) && u > o/5 {
					t.Errorf("eta %g, %d evaluations: unipc %.4f, %s %.4f", eta, n, u, other, o)
				}
			}
		}
	}
}

// percent returns a relative error in per cent, with two digits.
func percent(e float64) string {
	switch {
	case e > 2:
		return "> 200"
	case e > .095:
		return fmt.Sprintf("%.0f", 100*e)
	}
	return fmt.Sprintf("%.2g", 100*e)
}
