package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/rng"
)

// field8 is the Gaussian prior of the laws below: 8x8 pixels with covariance .25 exp(-distance/2) + .0025 I.
func field8(t testing.TB) *exact.Gaussian {
	t.Helper()
	g, err := exact.NewField(make([]float64, 64), exact.Kernel{Name: "exponential", Variance: .25, Length: 2, Nugget: .0025}, []int{1, 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// fieldCases are the operators of the laws, each with its noise.
var fieldCases = []struct {
	name, op string
	sigmas   bool // one for each datum, from .05 to .4
}{
	{"superresolution", `{"kind":"block-average","rows":2,"cols":2}`, false},
	{"inpainting", `{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`, false},
	{"blur", `{"kind":"blur","boundary":"circular","gaussian":{"size":5,"std":1}}`, false},
	{"mask with a sigma per datum", `{"kind":"inpaint","random":{"keep":0.3,"seed":2}}`, true},
}

// fieldProblem returns one of the cases, with data that the prior made, and its exact posterior.
func fieldProblem(t testing.TB, text string, sigmas bool) (*infer.Problem, *exact.Gaussian) {
	t.Helper()
	prior := field8(t)
	op, err := inverse.Decode([]byte(text), autodiff.S(1, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	m := op.OutShape().Size()
	noise := inverse.Gaussian{Sigma: .05}
	if sigmas {
		noise.Sigma = 0
		for i := range m {
			noise.Sigmas = append(noise.Sigmas, .05*math.Pow(8, float64(i)/float64(m-1)))
		}
	}
	cov := mat.NewSymDense(m, nil)
	for i := range m {
		cov.SetSym(i, i, noise.At(i)*noise.At(i))
	}
	truth, y := make([]float64, 64), make([]float64, m)
	st := rng.New(41).Stream()
	prior.Sample(truth, st)
	op.Apply(y, truth)
	noise.Sample(y, y, st)
	post, _, err := prior.Posterior(exact.Measurement{A: exact.DenseMatrix(op.(inverse.Linear)), Y: y, Noise: cov})
	if err != nil {
		t.Fatal(err)
	}
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1, 8, 8), DType: autodiff.F64}, post
}

// exactMisfit returns the mean of chi^2/m over the posterior.
func exactMisfit(lik *inverse.Likelihood, post *exact.Gaussian) float64 {
	m := len(lik.Y)
	noise := lik.Noise.(inverse.Gaussian)
	a := exact.DenseMatrix(lik.Op.(inverse.Linear))
	var at mat.Dense
	at.Mul(a, post.Cov())
	sum := lik.ChiSquared(post.Mean())
	for i := range m {
		sum += mat.Dot(at.RowView(i), a.RowView(i)) / (noise.At(i) * noise.At(i)) / float64(m)
	}
	return sum
}

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
	for _, c := range fieldCases {
		p, post := fieldProblem(t, c.op, c.sigmas)
		want := exactMisfit(p.Likelihood, post)
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
			t.Logf("%s, %s (%s): chi^2/m - exact %.4f +- %.4f of %.4f, variance ratios %.4f, %.1f evaluations a draw, %.1f s", c.name, mode, res.Config.(DPnP).Mode, got-want, se, want, ratios, float64(res.Evaluations)/float64(n), res.Elapsed.Seconds())
			slack := 0.0
			if !*long {
				slack = 4 * math.Sqrt(2/float64(21*n))
				se *= 4
			} else {
				se = 0
			}
			if math.Abs(got-want) > .02+se {
				t.Errorf("%s, %s: chi^2/m is %.4f, exact %.4f", c.name, mode, got, want)
			}
			for k, r := range ratios {
				if math.Abs(r-1) > .03+slack {
					t.Errorf("%s, %s: the variances of %s third are %.4f of the exact ones", c.name, mode, []string{"the lowest", "the middle", "the highest"}[k], r)
				}
			}
		}
	}
}
