package inverse_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/rng"
)

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
			for _, factor := range []float64{.5, .95, 1.1, 3, 20, 1e6} {
				eta := factor / first.Top()
				if method == "cg" && factor > 50 {
					continue // above what Residual promises
				}
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
