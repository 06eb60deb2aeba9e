package inverse

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TestChebyshevRoot compares the errors of interpolants of sqrt(1-t) with numbers from an independent computation, and
// the degrees that are chosen.
func TestChebyshevRoot(t *testing.T) {
	for _, c := range []struct {
		c      float64
		degree int
		want   float64
	}{{.5, 8, 3e-9}, {.5, 16, 1e-14}, {.81, 8, 6.6e-6}, {.81, 16, 1.5e-9}, {.81, 24, 4.8e-13}, {.95, 8, 6e-4}, {.95, 16, 6.7e-6}, {.95, 24, 1e-7}} {
		r := chebyshevRoot{c: c.c}
		r.coef = r.interpolate(c.degree)
		worst := 0.0
		for i := range 5001 {
			u := -1 + 2*float64(i)/5000
			worst = max(worst, math.Abs(r.at(u)-math.Sqrt(1-c.c*(1+u)/2)))
		}
		if !(worst <= 1.3*c.want && (worst >= .3*c.want || c.want < 1e-13)) {
			t.Errorf("degree %d on [0,%v]: error %.3g, where %.3g belongs", c.degree, c.c, worst, c.want)
		}
		if e := r.error(); !(e <= worst*1.01+1e-15 && e >= .5*worst) {
			t.Errorf("degree %d on [0,%v]: the error is taken for %.3g, and is %.3g", c.degree, c.c, e, worst)
		}
	}
	for c, want := range map[float64]int{0: 8, .25: 8, .81: 16, .9: 24, .98: 56, .99: 72} {
		r := rootOf(c)
		if len(r.coef)-1 != want || !(r.error() <= rootError) {
			t.Errorf("on [0,%v]: degree %d with error %.3g, not %d", c, len(r.coef)-1, r.error(), want)
		}
		// A diagonal M: the product by Clenshaw's rule is the interpolant at each eigenvalue.
		v, got := make([]float64, 101), make([]float64, 101)
		floats.AddConst(2, v)
		r.apply(got, v, func(dst, x []float64) {
			for i := range dst {
				dst[i] = c * float64(i) / 100 * x[i]
			}
		})
		for i, g := range got {
			if want := 2 * math.Sqrt(1-c*float64(i)/100); !(math.Abs(g-want) <= 3*rootError) {
				t.Errorf("root of 1 - %v is %v, where %v belongs", c*float64(i)/100, g, want)
			}
		}
	}
}

// TestTopFromAbove: for spectra that make it hard, clustered below the top or with the top alone, from 200 starts, the
// bound is never below the top, and at most 1/(1 - topError) above it.
func TestTopFromAbove(t *testing.T) {
	const n = 2000
	for name, eigenvalue := range map[string]func(i int) float64{
		"dense top": func(i int) float64 { return 1 - math.Pow(float64(i)/n, 3) },
		"alone":     func(i int) float64 { return math.Exp(-float64(i)) },
		"uniform":   func(i int) float64 { return 1 - float64(i)/n },
		"two":       func(i int) float64 { return 1 - .01*float64(min(i, 1)) },
	} {
		least, most := math.Inf(1), 0.0
		for i := range 200 {
			start := make([]float64, n)
			rng.New(uint64(i)).Stream().FillNorm(start)
			tri := lanczos(func(dst, v []float64) {
				for i := range dst {
					dst[i] = eigenvalue(i) * v[i]
				}
			}, start, topSteps, func(*tridiagonal) bool { return false })
			bound := tri.largest() / (1 - topError)
			least, most = min(least, bound), max(most, bound)
		}
		t.Logf("%s: bounds between %.4f and %.4f of the largest eigenvalue", name, least, most)
		if !(least >= 1 && most <= 1/(1-topError)+1e-12) {
			t.Errorf("%s: bounds between %v and %v of the largest eigenvalue", name, least, most)
		}
	}
}

// TestLanczosResidual: on 48 data of 96 pixels the quadratic form agrees with a factor to 1e-8 up to eta = 50/g0, and 10
// steps give 1e-6 at 2.7/g0.
func TestLanczosResidual(t *testing.T) {
	const m, n = 48, 96
	st := rng.New(5).Stream()
	data, y, x := make([]float64, m*n), make([]float64, m), make([]float64, n)
	st.FillNorm(data)
	st.FillNorm(y)
	st.FillNorm(x)
	op, err := DenseConfig{Rows: m, Data: data}.Build(autodiff.S(n))
	if err != nil {
		t.Fatal(err)
	}
	lik, err := NewLikelihood(op, Gaussian{Sigma: .3}, y)
	if err != nil {
		t.Fatal(err)
	}
	l, err := newLinearGaussian(lik, "test", false)
	if err != nil {
		t.Fatal(err)
	}
	exact, err := newFactor(l)
	if err != nil {
		t.Fatal(err)
	}
	free, err := newMatrixFree(lik, DefaultCG())
	if err != nil {
		t.Fatal(err)
	}
	r, err := free.Residual(x)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := exact.Residual(x)
	lz, basis := r.(lanczosResidual), want.(basisResidual)
	for _, factor := range []float64{.1, 1, 2.7, 10, 50} {
		eta, form := factor/exact.Top(), 0.0
		for i, v := range basis.square {
			form += v / (1 + eta*eta*exact.g[i]*exact.g[i])
		}
		if got := lz.size * lz.t.resolvent(eta*eta); !(math.Abs(got/form-1) <= 1e-8) {
			t.Errorf("at %v/g0 the form is %v, where %v belongs", factor, got, form)
		}
		if factor == 2.7 {
			ten := tridiagonal{diag: lz.t.diag[:10], off: lz.t.off[:9]}
			if e := math.Abs(lz.size*ten.resolvent(eta*eta)/form - 1); !(e <= 1e-6) {
				t.Errorf("10 steps are off by %.3g", e)
			}
		}
	}
	if top := free.Top() / exact.Top(); !(top >= 1 && top <= 1.0103) {
		t.Errorf("the top is taken for %v of itself", top)
	}
}
