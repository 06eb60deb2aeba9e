package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
	_ "tweedie/inverse/all"
)

// thirds returns the variances of samples along the eigenvectors of a covariance over its eigenvalues, averaged over the
// thirds of the smallest, the middle and the largest.
func thirds(samples [][]float64, mean []float64, cov *mat.SymDense) (out [3]float64) {
	var eig mat.EigenSym
	eig.Factorize(cov, true)
	var v mat.Dense
	eig.VectorsTo(&v)
	d := len(mean)
	for k, lambda := range eig.Values(nil) {
		sum := 0.0
		for _, x := range samples {
			c := 0.0
			for j := range d {
				c += (x[j] - mean[j]) * v.At(j, k)
			}
			sum += c * c / float64(len(samples))
		}
		third := 3 * k / d
		lo, hi := (third*d+2)/3, ((third+1)*d+2)/3
		out[third] += sum / lambda / float64(hi-lo)
	}
	return out
}

// On Gaussian priors chi^2 and the variances are those of the exact posterior: chi^2/m within .02, and the variances
// within 3% in each third of the spectrum, about the exact mean. N = 4,000 draws with -long; 150 otherwise, with 4
// standard errors more.
func TestGaussianLaw(t *testing.T) {
	n := 150
	if *long {
		n = 4000
	}
	for _, c := range cases.FieldLaws {
		p, post, err := c.Problem()
		if err != nil {
			t.Fatal(err)
		}
		want := cases.ExactMisfit(p.Likelihood, post)
		for _, mode := range []string{Auto, ChainsMode} {
			m := Default()
			m.Mode = mode
			res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: 5})
			if err != nil {
				t.Fatal(err)
			}
			var chi []float64
			for _, x := range res.Samples {
				chi = append(chi, p.Likelihood.ChiSquared(x))
			}
			got, se := infer.MeanAndError(chi)
			ratios := thirds(res.Samples, post.Mean(), post.Cov())
			t.Logf("%s, %s (%s): chi^2/m - exact %.4f +- %.4f of %.4f, variance ratios %.4f, %.1f evaluations a draw, %.1f s", c.Name, mode, res.Config.(DPnP).Mode, got-want, se, want, ratios, float64(res.Evaluations)/float64(n), res.Elapsed.Seconds())
			slack := 0.0
			if !*long {
				slack = 4 * math.Sqrt(2/float64(21*n))
				se *= 4
			} else {
				se = 0
			}
			if math.Abs(got-want) > .02+se {
				t.Errorf("%s, %s: chi^2/m is %.4f, exact %.4f", c.Name, mode, got, want)
			}
			for k, r := range ratios {
				if math.Abs(r-1) > .03+slack {
					t.Errorf("%s, %s: the variances of %s third are %.4f of the exact ones", c.Name, mode, []string{"the lowest", "the middle", "the highest"}[k], r)
				}
			}
		}
	}
}
