package difftest

import (
	"math"

	"tweedie/diffusion"
	"tweedie/diffusion/internal/numeric"
)

// Schedule fails t unless s is valid, alpha(0) = 1, and alpha, sigma, f and g^2 belong to one process: d log alpha/dt =
// f and d sigma^2/dt = 2 f sigma^2 + g^2 (to 1e-7). It also asks that Ratio is sigma/alpha and increases and that Time
// is its inverse, and that Weight is the integral of g^2/sigma^2 (by quadrature, to 1e-8) and TimeAt its inverse.
func Schedule(t TB, s diffusion.Schedule) {
	t.Helper()
	if err := s.Validate(); err != nil {
		t.Errorf("%s: Validate: %v", s.Kind(), err)
		return
	}
	if a := s.Alpha(0); a != 1 {
		t.Errorf("%s: alpha(0) = %g, want 1", s.Kind(), a)
	}
	check := func(what string, at, got, want, tol float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tol) {
			t.Errorf("%s at t = %g: %s = %.10g, want %.10g within %.1g", s.Kind(), at, what, got, want, tol)
		}
	}
	last := 0.0
	for _, x := range []float64{.01, .1, .35, .6, .95} {
		x *= s.T()
		f, g2, v := s.Drift(x), s.G2(x), s.Sigma(x)*s.Sigma(x)
		h := 2e-3 * x
		check("d log alpha/dt", x, slope(func(t float64) float64 { return math.Log(s.Alpha(t)) }, x, h), f, 1e-7*(1+math.Abs(f)))
		check("d sigma^2/dt", x, slope(func(t float64) float64 { return s.Sigma(t) * s.Sigma(t) }, x, h), 2*f*v+g2, 1e-7*g2)
		r := s.Ratio(x)
		check("Ratio", x, r, s.Sigma(x)/s.Alpha(x), 1e-12*r)
		check("Time of Ratio", x, s.Time(r), x, 1e-10*s.T())
		if r <= last {
			t.Errorf("%s at t = %g: Ratio does not increase", s.Kind(), x)
		}
		last = r
		t0 := 1e-3 * s.T()
		z := s.Weight(t0, x)
		check("Weight", x, z, numeric.LogSimpson(func(t float64) float64 { return s.G2(t) / (s.Sigma(t) * s.Sigma(t)) }, t0, x, 4000), 1e-8*(1+z))
		check("TimeAt of Weight", x, s.TimeAt(t0, z), x, 1e-10*s.T())
	}
}

// slope returns f'(x) by central differences of sixth order and step h.
func slope(f func(float64) float64, x, h float64) float64 {
	d := func(k float64) float64 { return f(x+k*h) - f(x-k*h) }
	return (45*d(1) - 9*d(2) + d(3)) / (60 * h)
}
