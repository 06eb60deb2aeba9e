package exact_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// laws has each marginal with its formula.
func laws() map[string]law {
	laplace := func(p float64) func(float64) float64 {
		return func(x float64) float64 { return math.Log(p/2) - math.Abs(x) }
	}
	student := func(nu float64) law {
		a, _ := math.Lgamma((nu + 1) / 2)
		b, _ := math.Lgamma(nu / 2)
		return law{m: numtest.Must(exact.StudentT(nu)), log: func(x float64) float64 {
			return a - b - math.Log(nu*math.Pi)/2 - (nu+1)/2*math.Log1p(x*x/nu)
		}}
	}
	x, l := []float64{-2, -1.5, 0, .25, 3}, []float64{-3, 1, 0, 2, -4}
	total := 0.0 // the integral of e^l
	for i := range l[1:] {
		total += (x[i+1] - x[i]) * (math.Exp(l[i+1]) - math.Exp(l[i])) / (l[i+1] - l[i])
	}
	table := func(v float64) float64 {
		i := min(max(1, slices.IndexFunc(x, func(a float64) bool { return a >= v })), len(x)-1)
		return l[i-1] + (l[i]-l[i-1])*(v-x[i-1])/(x[i]-x[i-1]) - math.Log(total)
	}
	inside := func(l func(float64) float64, lo, hi float64) func(float64) float64 {
		return func(x float64) float64 {
			if x < lo || x > hi {
				return math.Inf(-1)
			}
			return l(x)
		}
	}
	return map[string]law{
		"laplace":           {m: exact.Laplace(), log: laplace(1), kinks: []float64{0}},
		"bernoulli-laplace": {m: numtest.Must(exact.BernoulliLaplace(.2)), log: laplace(.2), kinks: []float64{0}, atom: .8},
		"uniform":           {m: exact.Uniform(), log: inside(func(float64) float64 { return 0 }, 0, 1), kinks: []float64{0, 1}},
		"tabulated":         {m: numtest.Must(exact.NewTabulated(x, l)), log: inside(table, -2, 3), kinks: x},
		"student 0.5":       student(.5), "student 1": student(1), "student 3": student(3), "student 40": student(40), "student 5000": student(5000),
	}
}

// TestMarginalsAgainstQuadrature compares density, mean, score and derivatives with adaptive quadrature over noise levels
// from 1e-4 to 1000 scales, relative to 1e-8.
func TestMarginalsAgainstQuadrature(t *testing.T) {
	for name, l := range laws() {
		for _, r := range []float64{1e-4, 1e-2, .3, 1, 8, 1e3} {
			for _, u := range []float64{0, .5, -1.7, .9998, 7, -20 * r} {
				m := l.m.Blurred(u, r)
				if m.LogDensity < -600 {
					continue // the oracle's formula underflows there
				}
				top := m.LogDensity + math.Log(r) + math.Log(2*math.Pi)/2
				mu := l.oracle(u, r, top, m.Mean)
				what := fmt.Sprintf("%s, u %g, sigma %g", name, u, r)
				numtest.Within(t, what+": log p", math.Log(mu[0]), 0, 1e-8)
				for k := range mu[1:] {
					mu[k+1] /= mu[0]
				}
				v := r * r
				numtest.Within(t, what+": mean", mu[1], 0, 1e-8*math.Max(math.Abs(m.Mean), math.Min(math.Sqrt(mu[2]), 1)))
				numtest.Within(t, what+": score", m.Score, mu[5]/v, 1e-8*math.Max(1, math.Abs(mu[5]/v)))
				numtest.Within(t, what+": D'", m.Slopes[0], mu[2]/v, 1e-8*mu[2]/v)
				numtest.Within(t, what+": D''", m.Slopes[1], mu[3]/(v*v), 2e-8*math.Sqrt(mu[4]*mu[2])/(v*v))
				numtest.Within(t, what+": D'''", m.Slopes[2], (mu[4]-3*mu[2]*mu[2])/(v*v*v), 2e-8*mu[4]/(v*v*v))
			}
		}
	}
}

// TestMarginalCurvatures compares the derivatives of the score with differences of it.
func TestMarginalCurvatures(t *testing.T) {
	for name, l := range laws() {
		for _, r := range []float64{.1, 1, 20} {
			for _, u := range []float64{-.7, .3, 2 * r} {
				h := .02 * r
				at := func(e float64) [4]float64 {
					n := l.m.Blurred(u+e, r)
					return [4]float64{n.Score, n.Curvatures[0], n.Curvatures[1], n.Curvatures[2]}
				}
				p, q, c := [3][4]float64{at(h), at(2 * h), at(3 * h)}, [3][4]float64{at(-h), at(-2 * h), at(-3 * h)}, at(0)
				for k := range 3 {
					fd := (45*(p[0][k]-q[0][k]) - 9*(p[1][k]-q[1][k]) + p[2][k] - q[2][k]) / (60 * h)
					numtest.Within(t, fmt.Sprintf("%s, u %g, sigma %g: derivative %d of the score", name, u, r, k+1), c[k+1], fd, 1e-6*(math.Abs(fd)+math.Pow(r, -float64(k+2))))
				}
			}
		}
	}
}

// TestMarginalSamples compares N = 40000 draws with mean and variance, and their share in (0, 1) with the integral, at 4
// standard errors, and the density with the formula.
func TestMarginalSamples(t *testing.T) {
	const n = 40000
	for name, l := range laws() {
		st := rng.New(3).Split(name, 0).Stream()
		var sum, square, fourth, within float64
		mean := l.m.Mean()
		for range n {
			x := l.m.Sample(st)
			d := x - mean
			sum, square, fourth = sum+d, square+d*d, fourth+d*d*d*d
			if x > 0 && x < 1 {
				within++
			}
		}
		if v := l.m.Variance(); !math.IsInf(v, 0) && name != "student 3" {
			numtest.Within(t, name+": mean", sum/n, 0, 4*math.Sqrt(v/n))
			numtest.Within(t, name+": variance", square/n, v, 4*math.Sqrt(fourth/n/n))
		}
		share := 0.0
		for i := range 2000 {
			share += math.Exp(l.log((float64(i)+.5)/2000)) / 2000
		}
		numtest.Within(t, name+": share in (0, 1)", within/n, share, 4*math.Sqrt(.25/n))
		numtest.Within(t, name+": log p", l.m.Blurred(.3, 0).LogDensity, l.log(.3), 1e-12)
	}
}
