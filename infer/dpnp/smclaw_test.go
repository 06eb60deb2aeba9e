package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// quantile returns the quantile (i+.5)/n of N(mean, deviation^2): n of them stand for its law without chance.
func quantile(i, n int, mean, deviation float64) float64 {
	return mean + deviation*distuv.UnitNormal.Quantile((float64(i)+.5)/float64(n))
}

// particlesAt returns one island of particles, of which levels keep half, at x, [n*d], with y = a x + N(0, sigma^2), a [m,d] in a row; l is 0.
func particlesAt(t testing.TB, x, a, y []float64, sigma float64) *smc {
	t.Helper()
	d := len(a) / len(y)
	op, err := inverse.DenseConfig{Rows: len(y), Data: a}.Build(autodiff.S(1, 1, d))
	if err != nil {
		t.Fatal(err)
	}
	p := cases.Problem(cases.Isotropic(0, 1), op, sigma, y)
	e, err := newEngine(context.Background(), Default(), p, infer.Run{Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	n := len(x) / d
	e.method.SMC.Particles, e.method.SMC.Keep = n, .5
	s := &smc{engine: e, x: x, ancestor: make([]int, n), ll: make([]float64, n), logZ: make([]float64, 1), most: mostLevels}
	if err := s.measure(); err != nil {
		t.Fatal(err)
	}
	return s
}

// line returns n quantiles of N(mean, deviation^2).
func line(n int, mean, deviation float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = quantile(i, n, mean, deviation)
	}
	return x
}

// given returns the law of x ~ N(0, s^2) under y = a x + N(0, noise).
func given(s, a, y, noise float64) (mean, deviation float64) {
	v := 1 / (1/(s*s) + a*a/noise)
	return v * a * y / noise, math.Sqrt(v)
}

func near(t testing.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %.9g, want %.9g within %.2g", what, got, want, within)
	}
}
