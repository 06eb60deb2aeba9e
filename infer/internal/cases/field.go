package cases

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// Field8 returns the Gaussian prior of 8x8 pixels with covariance .25 exp(-distance/2) + .0025 I.
func Field8() (*exact.Gaussian, error) {
	return exact.NewField(make([]float64, 64), exact.Kernel{Name: "exponential", Variance: .25, Length: 2, Nugget: .0025}, []int{1, 8, 8})
}

// FieldLaw is a linear measurement of a draw of Field8 with Gaussian noise.
type FieldLaw struct {
	Name, Op string
	Each     bool // a sigma for each datum, from .05 to .4, in place of .05
	Full     bool // covariance .05^2 .7^|i-j|
}

// FieldLaws are the measurements by which methods are compared with the exact posterior.
var FieldLaws = []FieldLaw{
	{"superresolution", `{"kind":"block-average","rows":2,"cols":2}`, false, false},
	{"inpainting", `{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`, false, false},
	{"blur", `{"kind":"blur","boundary":"circular","gaussian":{"size":5,"std":1}}`, false, false},
	{"mask with a sigma per datum", `{"kind":"inpaint","random":{"keep":0.3,"seed":2}}`, true, false},
	{"superresolution with a covariance", `{"kind":"block-average","rows":2,"cols":2}`, false, true},
}

// noise returns the noise of m data, and its covariance.
func (l FieldLaw) noise(m int) (inverse.Gaussian, *mat.SymDense) {
	noise, cov := inverse.Gaussian{Sigma: .05}, mat.NewSymDense(m, nil)
	if l.Each {
		noise.Sigma = 0
		for i := range m {
			noise.Sigmas = append(noise.Sigmas, .05*math.Pow(8, float64(i)/float64(m-1)))
		}
	}
	for i := range m {
		cov.SetSym(i, i, noise.At(i)*noise.At(i))
	}
	if l.Full {
		data := make([]float64, m*m)
		for i := range m {
			for j := range m {
				data[i*m+j] = .05 * .05 * math.Pow(.7, math.Abs(float64(i-j)))
			}
		}
		cov = mat.NewSymDense(m, data)
		noise = inverse.Gaussian{Covariance: inverse.NewCovariance(m, data)}
	}
	return noise, cov
}

// Problem returns the problem, with data that the prior made, and its exact posterior.
func (l FieldLaw) Problem() (*infer.Problem, *exact.Gaussian, error) {
	prior, err := Field8()
	if err != nil {
		return nil, nil, err
	}
	op, err := inverse.Decode([]byte(l.Op), autodiff.S(1, 8, 8))
	if err != nil {
		return nil, nil, err
	}
	noise, cov := l.noise(op.OutShape().Size())
	truth, y := make([]float64, 64), make([]float64, op.OutShape().Size())
	st := rng.New(41).Stream()
	prior.Sample(truth, st)
	op.Apply(y, truth)
	noise.Sample(y, y, st)
	post, _, err := prior.Posterior(exact.Measurement{A: exact.DenseMatrix(op.(inverse.Linear)), Y: y, Noise: cov})
	if err != nil {
		return nil, nil, err
	}
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		return nil, nil, err
	}
	return &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1, 8, 8), DType: autodiff.F64}, post, nil
}

// ExactMisfit returns the mean of chi^2/m over the posterior of a likelihood with Gaussian noise of independent data.
func ExactMisfit(lik *inverse.Likelihood, post *exact.Gaussian) float64 {
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
