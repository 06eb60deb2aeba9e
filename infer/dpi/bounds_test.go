package dpi

import (
	"context"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// Uniform noise whose bounds hold every draw at the start is refused before the prior is evaluated, by name. Counts whose family leaves
// their bounds in mid-run end it with the names of noise and remedy. Rounded data of a small sigma, whose loss is flat within a step and
// finite beyond it, are fitted.
func TestBoundsAreRefusedByName(t *testing.T) {
	for _, c := range []struct {
		noise inverse.Noise
		mean  float64
		steps int
		want  []string
	}{
		{noises.Uniform{HalfWidth: 50}, 1, 200, []string{"dpi", "uniform", "has no gradient", "rounded or student"}},
		{noises.Poisson{Gain: 1, Link: "identity"}, 1, 400, []string{"dpi", "step", "poisson", "does not allow an image that the family draws by now", "family.head"}},
		{noises.Rounded{Step: 1, Sigma: .01}, 1, 50, nil},
	} {
		prior, err := exact.NewDiagonalGaussian([]float64{c.mean, c.mean}, []float64{1, 1})
		if err != nil {
			t.Fatal(err)
		}
		p := &infer.Problem{Prior: prior, Shape: autodiff.S(1, 1, 2), DType: autodiff.F64}
		lik, err := inverse.NewLikelihood(inverse.NewIdentity(p.Shape), c.noise, []float64{0, 1})
		if err != nil {
			t.Fatal(err)
		}
		p.Likelihood = lik
		m := Default()
		m.Family.Kind, m.Family.Mean, m.Family.Std, m.Prior.Kind, m.Steps, m.Batch, m.LR = "diagonal", c.mean, .1, "exact", c.steps, 16, 3e-2
		stepped := 0
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1, Progress: func(infer.Progress) { stepped++ }})
		if c.want == nil {
			if err != nil || stepped == 0 {
				t.Errorf("%s: %d steps, %v", c.noise.Kind(), stepped, err)
			}
			continue
		}
		if err == nil || res != nil {
			t.Errorf("%s: a result %v and the error %v", c.noise.Kind(), res != nil, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", c.noise.Kind(), err, w)
			}
		}
		if c.noise.Kind() == "uniform" && stepped > 0 {
			t.Errorf("uniform: refused after %d steps", stepped)
		}
		t.Log(err)
	}
}
