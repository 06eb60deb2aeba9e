package inverse_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

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

// response returns F of z = F x + h + noise [n,n]: draws from one stream are affine in x.
func response(t *testing.T, s inverse.Coupled, n int, eta float64) *mat.Dense {
	t.Helper()
	draw := func(x []float64) []float64 {
		z := make([]float64, n)
		if err := s.SampleDeflated(z, x, eta, rng.New(1).Stream()); err != nil {
			t.Fatal(err)
		}
		return z
	}
	f, x := mat.NewDense(n, n, nil), make([]float64, n)
	zero := draw(x)
	for j := range n {
		x[j] = 1
		z := draw(x)
		floats.Sub(z, zero)
		f.SetCol(j, z)
		x[j] = 0
	}
	return f
}

// TestCoupledWays: a circular blur and a mask by every structure that serves them. Responses of deflated draws to x agree
// to 1e-8 (Chebyshev interpolants have 2e-9), and LogLik agrees to 1e-10, or to 1e-8 in differences.
func TestCoupledWays(t *testing.T) {
	blur := optest.Build(t, autodiff.S(1, 5, 6), `{"kind":"blur","gaussian":{"size":5,"std":0.8}}`)
	mask := optest.Build(t, autodiff.S(1, 5, 6), `{"kind":"inpaint","random":{"keep":0.6,"seed":3}}`)
	for _, c := range []struct {
		op      inverse.Linear
		noise   inverse.Gaussian
		methods []string
	}{
		{blur, inverse.Gaussian{Sigma: .1}, []string{"fourier", "svd", "dense", "cg"}},
		{mask, inverse.Gaussian{Sigma: .1}, []string{"mask", "svd", "dense", "cg"}},
		{mask, uneven(mask.OutShape().Size()), []string{"mask", "svd", "dense", "cg"}},
	} {
		lik := problem(t, c.op, c.noise)
		x, x2 := optest.Normals(lik.Size(), 3), optest.Normals(lik.Size(), 4)
		first := couple(t, lik, c.methods[0])
		for _, method := range c.methods[1:] {
			s := couple(t, lik, method)
			for _, factor := range []float64{.5, .95, 1.1, 3, 20} {
				eta := factor / first.Top()
				for _, deflated := range []bool{false, true} {
					if deflated && eta > s.MostDeflated() {
						continue
					}
					score := func(s inverse.Coupled) (float64, float64) {
						r, err := s.Residual(x)
						r2, err2 := s.Residual(x2)
						if err != nil || err2 != nil {
							t.Fatal(err, err2)
						}
						return r.LogLik(eta, deflated), r.LogLik(eta, deflated) - r2.LogLik(eta, deflated)
					}
					want, wantDiff := score(first)
					got, diff := score(s)
					if s.Complete(eta, deflated) && !(math.Abs(got-want) <= 1e-10*math.Abs(want)) || !(math.Abs(diff-wantDiff) <= 1e-8*math.Abs(want)) {
						t.Errorf("%s at %v/g0: LogLik(%t) by %s is %.12g and differs by %.12g, by %s %.12g and %.12g",
							c.op.Name(), factor, deflated, method, got, diff, first.Name(), want, wantDiff)
					}
				}
				if eta > s.MostDeflated() {
					continue
				}
				want, got := response(t, first, len(x), eta), response(t, s, len(x), eta)
				if got.Sub(got, want); !(mat.Norm(got, math.Inf(1)) <= 1e-8) {
					t.Errorf("%s at %v/g0: the response by %s is %.3g away from that by %s", c.op.Name(), factor, method, mat.Norm(got, math.Inf(1)), first.Name())
				}
			}
		}
	}
}

// TestInvariance: with a Gaussian prior N(0, C), drawing z by the coupled likelihood and x by the exact denoising
// posterior leaves the law invariant that LogLik scores. All in closed form: F comes from the sampler, the covariance of
// its noise from F, eta^2 s'/D = eta^2 F, and S_E from the singular values.
func TestInvariance(t *testing.T) {
	op := optest.Build(t, autodiff.S(1, 3, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`)
	lik := problem(t, op, uneven(12))
	n := 12
	a, err := inverse.Matrix(op)
	if err != nil {
		t.Fatal(err)
	}
	prior := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			prior.SetSym(i, j, .25*math.Exp(-math.Abs(float64(i-j))/2))
		}
	}
	s := couple(t, lik, "dense")
	for _, factor := range []float64{.5, 2, 1e3} {
		eta := factor / s.Top()
		// V solves V = C - C A^T (A C A^T + S_E)^-1 A C.
		law := mat.NewDense(n, n, nil)
		law.CloneFrom(prior)
		var ca, aca, gain, drop mat.Dense
		ca.Mul(prior, a.T())
		aca.Mul(a, &ca)
		aca.Add(&aca, widened(t, a, lik.Noise.(inverse.Gaussian), eta))
		if err := gain.Inverse(&aca); err != nil {
			t.Fatal(err)
		}
		drop.Product(&ca, &gain, ca.T())
		law.Sub(law, &drop)
		// One round: z = F x + N(0, eta^2 F), x = G z + N(0, eta^2 G), G = C (C + eta^2 I)^-1.
		f := response(t, s, n, eta)
		g := mat.NewDense(n, n, nil)
		g.CloneFrom(prior)
		for i := range n {
			g.Set(i, i, g.At(i, i)+eta*eta)
		}
		if err := g.Inverse(g); err != nil {
			t.Fatal(err)
		}
		g.Mul(prior, g)
		var z, after, noise mat.Dense
		z.Product(f, law, f.T())
		noise.Scale(eta*eta, f)
		z.Add(&z, &noise)
		after.Product(g, &z, g.T())
		noise.Scale(eta*eta, g)
		after.Add(&after, &noise)
		after.Sub(&after, law)
		if d := mat.Norm(&after, math.Inf(1)) / mat.Norm(law, math.Inf(1)); !(d <= 1e-9) {
			t.Errorf("a round at %v/g0 changes the covariance by %.3g of it", factor, d)
		}
	}
}

// widened returns S^1/2 max(1, eta^2 B B^T) S^1/2 by the eigenvalues of B B^T.
func widened(t *testing.T, a *mat.Dense, noise inverse.Gaussian, eta float64) *mat.Dense {
	t.Helper()
	m, _ := a.Dims()
	var b mat.Dense
	b.Apply(func(i, _ int, v float64) float64 { return v / noise.At(i) }, a)
	k := mat.NewSymDense(m, nil)
	k.SymOuterK(1, &b)
	var e mat.EigenSym
	if !e.Factorize(k, true) {
		t.Fatal("no eigenvalues")
	}
	var u, scaled, out mat.Dense
	e.VectorsTo(&u)
	scaled.Apply(func(_, j int, v float64) float64 { return v * max(1, eta*eta*e.Values(nil)[j]) }, &u)
	out.Mul(&scaled, u.T())
	out.Apply(func(i, j int, v float64) float64 { return v * noise.At(i) * noise.At(j) }, &out)
	return &out
}

// TestCoupledOracle compares response and offset of one direction with numbers from an independent derivation.
func TestCoupledOracle(t *testing.T) {
	for _, c := range []struct{ a, sigma, eta, f, b float64 }{
		{1, .2, .16, .36, .64}, {1, .2, .4, 0, 1}, {.25, .05, .18, .19, 3.24}, {.02, .05, .4, .9744, 1.28},
	} {
		op := optest.Build(t, autodiff.S(1), fmt.Sprintf(`{"kind":"dense","rows":1,"data":[%v]}`, c.a))
		draw := func(x, y float64) float64 {
			lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: c.sigma}, []float64{y})
			if err != nil {
				t.Fatal(err)
			}
			z := []float64{0}
			if err := couple(t, lik, "dense").SampleDeflated(z, []float64{x}, c.eta, rng.New(2).Stream()); err != nil {
				t.Fatal(err)
			}
			return z[0]
		}
		zero := draw(0, 0)
		if f, b := draw(1, 0)-zero, draw(0, 1)-zero; math.Abs(f-c.f) > 1e-12 || math.Abs(b-c.b) > 1e-12 {
			t.Errorf("a = %v, sigma = %v, eta = %v: z = %v x + %v y, where %v and %v belong", c.a, c.sigma, c.eta, f, b, c.f, c.b)
		}
	}
}

func TestCoupledErrors(t *testing.T) {
	one := inverse.Gaussian{Sigma: .1}
	zero := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`), one)
	each := problem(t, optest.Build(t, autodiff.S(1, 4, 4), `{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.8}}`), uneven(16))
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
