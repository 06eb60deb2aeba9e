package infer_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
)

// faults are one row each: what is wrong, and the check that must say so.
var faults = []fault{
	{"sigma claimed 3 times too small, prior in closed form", []string{chi2, predictive, noise}, claims(2, 1./3, closedForm)},
	{"sigma claimed 3 times too small, draws of the prior", []string{chi2, predictive, noise}, claims(2, 1./3, priorDraws)},
	{"sigma claimed 3 times too small, range of the prior", []string{chi2}, claims(3, 1./3, rangeOnly)},
	{"sigma claimed 3 times too large, prior in closed form", []string{chi2, predictive, noise}, claims(.7, 3, closedForm)},
	{"sigma claimed 3 times too large, draws of the prior", []string{chi2, predictive, noise}, claims(.7, 3, priorDraws)},
	{"sigma claimed 3 times too large, range of the prior", []string{chi2}, claims(.7, 3, rangeOnly)},
	{"sigma claimed 3 times too small where chi² is blind", []string{noise}, blind},
	{"units of bytes, prior in closed form", []string{predictive}, units(closedForm)},
	{"units of bytes, draws of the prior", []string{predictive}, units(priorDraws)},
	{"units of bytes, range of the prior", []string{size}, units(rangeOnly)},
	{"units of bytes, range of the prior", []string{pixels}, units(rangeOnly)},
	{"transposed, prior in closed form", []string{predictive, noise}, reorders(transpose, closedForm)},
	{"transposed, draws of the prior", []string{predictive, noise}, reorders(transpose, priorDraws)},
	{"mirrored, prior in closed form", []string{predictive}, reorders(mirror, closedForm)},
	{"mirrored, draws of the prior", []string{predictive}, reorders(mirror, priorDraws)},
	{"transposed where only correlations tell, prior in closed form", []string{predictive}, turned(closedForm, 0)},
	{"transposed where only correlations tell, draws of the prior", []string{predictive}, turned(priorDraws, 128)},
	{"one datum far off", []string{datum}, badDatum},
	{"chains stuck at their starts, one draw each", []string{chi2}, stuckStarts},
	{"chains stuck at their starts, tracks", []string{rhat}, stuckTracks},
	{"chains that drift", []string{ess}, drift},
	{"some chains stuck in a mode that the data contradict", []string{spread}, stuckInWrongMode},
	{"chains stuck in a mode each", []string{modes}, stuckInModes},
	{"one mode missed", []string{reweighted}, missed},
	{"modes of equal weight that have others", []string{reweighted}, misweighed},
}

// claims has noise of so many deviations of A x, and claims so many times its sigma.
func claims(noise, times float64, known knowledge) func(*testing.T, int) (*scene, *infer.Result) {
	return func(t *testing.T, seed int) (*scene, *infer.Result) {
		s := sees(t, seed, 0, known)
		cov, a := s.law.Cov(), exact.DenseMatrix(s.op)
		var half, c mat.Dense
		half.Mul(a, cov)
		c.Mul(&half, a.T())
		m, _ := c.Dims()
		s.sigma = noise * math.Sqrt(mat.Trace(&c)/float64(m))
		s.claimed = times * s.sigma
		return s, s.solve(t)
	}
}

// blind claims a third of sigma where the prior is broader than the noise: chi^2 is 1.1, and the prior makes no such noise.
func blind(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .09, closedForm)
	s.law = gaussianLaw{smooth(t, 12, 0, 30, 1)}
	s.op, s.claimed = inverse.NewIdentity(autodiff.S(1, 12, 12)), .03
	r := s.solve(t)
	if chi := s.p.Likelihood.ChiSquared(r.Samples[0]); chi > 1.6 {
		t.Errorf("chi^2 is %.3f and not blind", chi)
	}
	return s, r
}

func units(known knowledge) func(*testing.T, int) (*scene, *infer.Result) {
	return func(t *testing.T, seed int) (*scene, *infer.Result) {
		s := sees(t, seed, .05, known)
		s.disturb = func(y []float64) {
			for i := range y {
				y[i] *= 255
			}
		}
		return s, s.solve(t)
	}
}

// reorders measures the pixels, in other places. The prior is smoother and darker in one direction than in the other.
func reorders(place func(i, h int) int, known knowledge) func(*testing.T, int) (*scene, *infer.Result) {
	return func(t *testing.T, seed int) (*scene, *infer.Result) {
		s := sees(t, seed, .05, known)
		s.law = gaussianLaw{striped(t, 12)}
		s.op = inverse.NewIdentity(autodiff.S(1, 12, 12))
		s.disturb = func(y []float64) {
			was := slices.Clone(y)
			for i := range y {
				y[i] = was[place(i, 12)]
			}
		}
		return s, s.solve(t)
	}
}

// striped returns images that are dark on the left and bright on the right, as every picture of an object in its place, with
// details across.
func striped(t *testing.T, h int) *exact.Gaussian {
	g := smooth(t, h, 0, 4, 4)
	mean := g.Mean()
	for i := range mean {
		mean[i] += 1.5 * float64(i%h) / float64(h)
	}
	striped, err := exact.NewGaussian(mean, g.Cov())
	if err != nil {
		t.Fatal(err)
	}
	return striped
}

// turned measures the transpose of images without a mean, which are smooth along rows and rough along columns.
func turned(known knowledge, draws int) func(*testing.T, int) (*scene, *infer.Result) {
	return func(t *testing.T, seed int) (*scene, *infer.Result) {
		s, _ := reorders(transpose, known)(t, seed)
		g, err := exact.NewGaussian(make([]float64, 144), smooth(t, 12, 0, 8, 16).Cov())
		if err != nil {
			t.Fatal(err)
		}
		s.law, s.nPrior = gaussianLaw{g}, draws
		return s, s.solve(t)
	}
}

func transpose(i, h int) int { return i%h*h + i/h }
func mirror(i, h int) int    { return i/h*h + h - 1 - i%h }

func badDatum(t *testing.T, seed int) (*scene, *infer.Result) {
	s := sees(t, seed, .1, rangeOnly)
	s.law = gaussianLaw{smooth(t, 12, 0, 30, 1)}
	s.op = inverse.NewIdentity(autodiff.S(1, 12, 12))
	s.disturb = func(y []float64) { y[len(y)/2] += 2 }
	return s, s.solve(t)
}
