// Package cases holds small problems with known answers, for the tests of the methods.
package cases

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/optics"
)

// Isotropic returns the exact denoiser of N(mean, variance I): D = mean + c/(c+s^2) (u - mean).
func Isotropic(mean, variance float64) diffusion.Denoiser { return isotropic{mean, variance} }

type isotropic struct{ mean, variance float64 }

func (g isotropic) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	gain := g.variance / (g.variance + sigma[0]*sigma[0])
	return s.Affine(u, gain, g.mean*(1-gain))
}

// Problem returns the problem of a prior whose image y is measured by op with Gaussian noise, in float64.
func Problem(prior diffusion.Denoiser, op inverse.Operator, sigma float64, y []float64) *infer.Problem {
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: sigma}, y)
	if err != nil {
		panic(err)
	}
	return &infer.Problem{Prior: prior, Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}
}

// PixelMoments returns the mean and the variance (n-1) of x with the standard error of each under normality.
func PixelMoments(x []float64) (mean, meanSE, variance, varSE float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / (n - 1)
	}
	return mean, math.Sqrt(variance / n), variance, variance * math.Sqrt(2/(n-1))
}

// Ring returns the denoising of y = 0.5 at sigma = 0.2, with its exact posterior and log p(y).
func Ring(t testing.TB) (*infer.Problem, *exact.Gaussian, float64) {
	t.Helper()
	y := make([]float64, 16)
	for i := range y {
		y[i] = .5
	}
	g := exact.Ring16()
	p := Problem(g, inverse.NewIdentity(autodiff.S(16)), .2, y)
	post, evidence, err := g.Posterior(exact.Measure(exact.DenseMatrix(inverse.NewIdentity(autodiff.S(16))), y, .2))
	if err != nil {
		t.Fatal(err)
	}
	return p, post, evidence
}

// Small returns a problem of 4x6 pixels, seen as averages over 2x2.
func Small() *infer.Problem {
	sh := autodiff.S(1, 4, 6)
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 2}.Build(sh)
	if err != nil {
		panic(err)
	}
	y := make([]float64, op.OutShape().Size())
	for i := range y {
		y[i] = float64(i%3) / 2
	}
	return Problem(Isotropic(.5, .2), op, .1, y)
}

// Find returns the diagnostic of a name.
func Find(t testing.TB, res *infer.Result, name string) infer.Diagnostic {
	t.Helper()
	for _, d := range res.Diagnostics {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("there is no diagnostic %q", name)
	return infer.Diagnostic{}
}

// TwoModes returns the demonstration of Feng et al. in the plane.
func TwoModes(t testing.TB) (prior, post *exact.Mixture, evidence float64, p *infer.Problem) {
	t.Helper()
	prior = exact.Toy2D()
	op, err := inverse.DenseConfig{Rows: 1, Data: []float64{-2, 1.7}}.Build(autodiff.S(1, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	post, evidence, err = prior.Posterior(exact.Measure(mat.NewDense(1, 2, []float64{-2, 1.7}), []float64{.3}, .2))
	if err != nil {
		t.Fatal(err)
	}
	return prior, post, evidence, Problem(prior, op, .2, []float64{.3})
}

// ModeStats returns the fraction of samples in the lower mode, that in the middle third between the modes, and the
// distance of each mode's mean from the exact one. Samples between the modes belong to neither mean.
func ModeStats(res *infer.Result, post *exact.Mixture) (weight, between, m0, m1 float64) {
	n := float64(len(res.Samples))
	var sum [2][2]float64
	var count [2]float64
	a, b := post.Components()[0].Mean(), post.Components()[1].Mean()
	for _, s := range res.Samples {
		along := ((s[0]-a[0])*(b[0]-a[0]) + (s[1]-a[1])*(b[1]-a[1])) / ((b[0]-a[0])*(b[0]-a[0]) + (b[1]-a[1])*(b[1]-a[1]))
		k := 1
		if along < .5 {
			k = 0
		}
		weight += float64(1-k) / n
		if along > 1./3 && along < 2./3 {
			between += 1 / n
			continue
		}
		count[k]++
		sum[k][0] += s[0]
		sum[k][1] += s[1]
	}
	dist := func(k int, m []float64) float64 {
		return math.Hypot(sum[k][0]/count[k]-m[0], sum[k][1]/count[k]-m[1])
	}
	return weight, between, dist(0, a), dist(1, b)
}
