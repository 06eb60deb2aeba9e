package inverse_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

func init() {
	inverse.RegisterProximal("own", func(lik *inverse.Likelihood, c inverse.ProximalConfig) (inverse.ProximalSampler, error) {
		c.Method = "mask"
		return inverse.NewCoupled(lik, c)
	})
}

// uneven is noise with a sigma of its own for each of m data, from .1 to .4.
func uneven(m int) inverse.Gaussian {
	s := make([]float64, m)
	for i := range s {
		s[i] = .1 + .3*float64(i*7%m)/float64(m)
	}
	return inverse.Gaussian{Sigmas: s}
}

// coupledRows has a row for every structure that NewCoupled knows, with one sigma and with one for each datum.
var coupledRows = []struct {
	name, method, want string
	in                 autodiff.Shape
	json               string
	each               bool
}{
	{"identity", "auto", "mask", autodiff.S(5), `{"kind":"identity"}`, true},
	{"mask", "auto", "mask", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, false},
	{"mask/sigmas", "auto", "mask", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, true},
	{"mask/image", "auto", "mask", autodiff.S(2, 3, 2), `{"kind":"inpaint","multiply":true,"box":{"top":0,"left":0,"height":2,"width":2}}`, true},
	{"registered", "own", "mask", autodiff.S(4), `{"kind":"identity"}`, true},
	{"fourier", "auto", "fourier", autodiff.S(2, 3, 4), `{"kind":"blur","motion":{"size":3,"intensity":0.5,"seed":2}}`, false},
	{"fourier/sigmas", "auto", "factor", autodiff.S(2, 3, 4), `{"kind":"blur","motion":{"size":3,"intensity":0.5,"seed":2}}`, true},
	{"svd", "auto", "svd", autodiff.S(2, 2, 6), `{"kind":"block-average","rows":2,"cols":3}`, false},
	{"svd/dft", "auto", "svd", autodiff.S(1, 4, 3), `{"kind":"dft","random":{"keep":0.5,"centre":0,"seed":1}}`, false},
	{"svd/sigmas", "svd", "rows", autodiff.S(2, 2, 6), `{"kind":"block-average","rows":2,"cols":3}`, true},
	{"rows/restrict", "auto", "rows", autodiff.S(1, 4, 4), `{"kind":"restrict","keep":[0,1,3],"op":{"kind":"block-average","rows":2,"cols":2}}`, true},
	{"factor/square", "auto", "factor", autodiff.S(1, 3, 5), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`, true},
	{"factor/wide", "auto", "factor", autodiff.S(1, 1, 3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`, true},
	{"factor/tall", "auto", "factor", autodiff.S(2), `{"kind":"dense","rows":3,"data":[1,2,3,4,5,7]}`, true},
	{"factor/rank-deficient", "dense", "factor", autodiff.S(3), `{"kind":"dense","rows":4,"data":[1,2,3,2,4,6,1,0,1,0,2,2]}`, true},
	{"factor/stack", "auto", "factor", autodiff.S(2, 4, 3), `{"kind":"stack","ops":[{"kind":"inpaint","random":{"keep":0.5,"seed":1}},{"kind":"dft","low":{"rows":1,"cols":1}}]}`, true},
	{"factor/mask", "dense", "factor", autodiff.S(2, 3, 3), `{"kind":"inpaint","random":{"keep":0.5,"seed":3}}`, true},
	{"cg/square", "cg", "cg", autodiff.S(1, 2, 2), `{"kind":"dense","rows":4,"data":[4,1,0,1,1,5,1,0,0,1,3,2,1,0,2,4]}`, false},
	{"cg/wide", "cg", "cg", autodiff.S(5), `{"kind":"dense","rows":3,"data":[1,2,0,-1,0,2,1,1,0,3,0,1,-1,2,1]}`, true},
	{"cg/tall", "cg", "cg", autodiff.S(2), `{"kind":"dense","rows":3,"data":[1,2,3,4,5,7]}`, true},
}

func TestCoupled(t *testing.T) {
	for _, r := range coupledRows {
		t.Run(r.name, func(t *testing.T) {
			op := optest.Build(t, r.in, r.json)
			noise := inverse.Gaussian{Sigma: .2}
			if r.each {
				noise = uneven(op.OutShape().Size())
			}
			lik := problem(t, op, noise)
			c := inverse.DefaultProximal()
			c.Method = r.method
			s, err := inverse.NewCoupled(lik, c)
			if err != nil || s.Name() != r.want {
				t.Fatalf("%v (%v), not %s", s, err, r.want)
			}
			inversetest.Coupled(t, lik, s)
		})
	}
}

// couple builds a coupled likelihood by a method.
func couple(t *testing.T, lik *inverse.Likelihood, method string) inverse.Coupled {
	t.Helper()
	c := inverse.DefaultProximal()
	c.Method, c.CG.Tol = method, 1e-12
	s, err := inverse.NewCoupled(lik, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCoupledErrors(t *testing.T) {
	one := inverse.Gaussian{Sigma: .1}
	zero := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`), one)
	each := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","line":{"length":2,"angle":20}}`), uneven(16))
	identity := problem(t, optest.Build(t, autodiff.S(5), `{"kind":"identity"}`), one)
	steep := problem(t, optest.Build(t, autodiff.S(2), `{"kind":"dense","rows":2,"data":[1e99,0,0,1]}`), inverse.Gaussian{Sigma: 1e-99})
	for _, c := range []struct {
		lik          *inverse.Likelihood
		method, want string
	}{
		{problem(t, squares{}, one), "auto", "linear"}, {problem(t, squares{}, one), "cg", "linear"},
		{zero, "svd", "DenseSVD"}, {each, "svd", "DenseSVD"}, {zero, "fourier", "circular"}, {each, "fourier", "circular"},
		{zero, "mask", "diagonal"}, {zero, "mala", "singular values"}, {identity, "denoising", "singular values"}, {zero, "guess", "method"},
		{steep, "dense", "too large"}, {steep, "cg", "too large"},
	} {
		conf := inverse.DefaultProximal()
		conf.Method = c.method
		if s, err := inverse.NewCoupled(c.lik, conf); err == nil || !strings.Contains(err.Error(), c.want) || s != nil {
			t.Errorf("%s on %s: %v, error %v, which does not speak of %q", c.method, c.lik.Op.Name(), s, err, c.want)
		}
	}
	if _, err := inverse.NewCoupled(nil, inverse.DefaultProximal()); err == nil {
		t.Error("no likelihood is coupled")
	}
}

// TestProximalForASigmaEach: fourier and svd draw where each datum has a sigma of its own, by other means.
func TestProximalForASigmaEach(t *testing.T) {
	for _, c := range []struct{ method, want, json string }{
		{"fourier", "factor", `{"kind":"blur","gaussian":{"size":3,"std":0.8}}`},
		{"svd", "factor", `{"kind":"blur","gaussian":{"size":3,"std":0.8}}`},
		{"svd", "rows", `{"kind":"block-average","rows":2,"cols":2}`},
	} {
		op := optest.Build(t, autodiff.S(1, 4, 4), c.json)
		s, err := inverse.NewProximal(problem(t, op, uneven(op.OutShape().Size())), config(c.method))
		if err != nil || s.Name() != c.want {
			t.Errorf("%s for %s: %v (%v), not %s", c.method, c.json, s, err, c.want)
		}
	}
	op := optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","gaussian":{"size":3,"std":0.8}}`)
	conf := config("fourier")
	conf.Dense = 4
	if s, err := inverse.NewProximal(problem(t, op, uneven(16)), conf); err != nil || s.Name() != "cg" {
		t.Errorf("fourier for more data than a factor is made for: %v (%v), not cg", s, err)
	}
}

// pairs is y_i = x_i + x_{i+1} for the first m of n pixels.
type pairs struct{ inverse.Base }

func (o *pairs) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for i := range dst {
		dst[i] = x[i] + x[i+1]
	}
}

func (o *pairs) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	for i, v := range y {
		dst[i] += v
		dst[i+1] += v
	}
}

// TestCoupledTooLargeForAFactor: a matrix of 0.5 GiB is not made, and without one the top is 2/sigma from above.
func TestCoupledTooLargeForAFactor(t *testing.T) {
	op := &pairs{inverse.NewBase("pairs", autodiff.S(70000), autodiff.S(1000))}
	s, err := inverse.NewCoupled(problem(t, op, inverse.Gaussian{Sigma: .1}), inverse.DefaultProximal())
	if err != nil || s.Name() != "cg" {
		t.Fatalf("%v (%v), not cg", s, err)
	}
	if top := s.Top() / 20; !(top >= 1 && top < 1.02) || s.Unseen() != 69000 {
		t.Errorf("the top is %v of 2/sigma, and %d directions are not seen", top, s.Unseen())
	}
}

// TestCoupledDeterminism: the same draw and score on one processor and on two.
func TestCoupledDeterminism(t *testing.T) {
	run := func(method string) []float64 {
		lik := problem(t, optest.Build(t, autodiff.S(2, 12, 10), `{"kind":"blur","gaussian":{"size":5,"std":1}}`), inverse.Gaussian{Sigma: .1})
		s := couple(t, lik, method)
		z, w, x := make([]float64, lik.Size()), make([]float64, lik.Size()), optest.Normals(lik.Size(), 1)
		r, err := s.Residual(x)
		for _, err := range []error{err, s.Sample(z, x, .3, rng.New(2).Stream()), s.SampleDeflated(w, x, .9/s.Top(), rng.New(2).Stream())} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return append(append(z, w...), r.LogLik(.3, false), s.Top())
	}
	for _, method := range []string{"dense", "svd", "fourier", "cg"} {
		before := runtime.GOMAXPROCS(1)
		one := run(method)
		runtime.GOMAXPROCS(2)
		two := run(method)
		runtime.GOMAXPROCS(before)
		if !slices.Equal(one, two) {
			t.Errorf("%s draws or scores otherwise with two processors", method)
		}
	}
}
