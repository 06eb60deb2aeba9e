package exact_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// TestTweedie checks by differences that the score is grad log p(u; sigma), and that D = u + sigma^2 score.
func TestTweedie(t *testing.T) {
	for name, p := range priors() {
		for i, sigma := range []float64{.2, .9, 3} {
			x := numtest.Vector(rng.New(7).Split(name, i), p.Dim())
			score, d := numtest.Apply(p.Score, x, sigma), numtest.Apply(p.Denoise, x, sigma)
			for j := range x {
				const h = 1e-4
				at := func(e float64) float64 {
					y := append([]float64(nil), x...)
					y[j] += e
					return p.LogDensity(y, sigma)
				}
				fd := (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
				numtest.Within(t, name+" score", score[j], fd, 1e-7*(1+math.Abs(fd)))
				numtest.Within(t, name+" D", d[j], x[j]+sigma*sigma*score[j], 1e-12*(1+math.Abs(d[j])))
			}
		}
	}
}

// TestExactDerivatives checks that D and the score can be differentiated twice, in float32, and in Plan mode.
func TestExactDerivatives(t *testing.T) {
	for name, p := range priors() {
		for kind, f := range map[string]func(*autodiff.Scope, autodiff.Var, []float64) autodiff.Var{"denoise": p.Denoise, "score": p.Score} {
			gradtest.Check(t, gradtest.Case{Name: name + " " + kind, In: []autodiff.Shape{autodiff.S(2, 5)}, Tol32: 1e-3,
				F: func(s *autodiff.Scope, x []autodiff.Var) autodiff.Var { return f(s, x[0], []float64{.5, 1.5}) }})
		}
	}
}

// TestExactBatch checks that a sample's values are the same bytes alone and among others, and that images keep their
// shape.
func TestExactBatch(t *testing.T) {
	for name, p := range priors() {
		x := numtest.Vector(rng.New(8), 9*p.Dim())
		sigma := []float64{.1, .2, .3, .4, .5, 1, 2, 3, 4}
		all := numtest.Apply(p.Denoise, x, sigma...)
		for b, r := range sigma {
			one := numtest.Apply(p.Denoise, x[b*p.Dim():(b+1)*p.Dim()], r)
			for j, v := range one {
				if v != all[b*p.Dim()+j] {
					t.Fatalf("%s: sample %d alone differs by %g", name, b, v-all[b*p.Dim()+j])
				}
			}
		}
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	g := numtest.Must(exact.NewDiagonalGaussian(make([]float64, 12), make([]float64, 12)))
	if y := g.Denoise(s, s.Zeros(autodiff.S(2, 3, 2, 2)), []float64{1, 1}); y.Shape() != autodiff.S(2, 3, 2, 2) {
		t.Errorf("shape %v", y.Shape())
	}
	for _, sigma := range [][]float64{{1}, {1, 1}} {
		var err error
		func() {
			defer autodiff.Catch(&err)
			g.Denoise(s, s.Zeros(autodiff.S(2, 5)), sigma)
		}()
		if _, ok := err.(*autodiff.ShapeError); !ok {
			t.Errorf("misuse gave %v", err)
		}
	}
}

// TestExactMoments checks that 20,000 samples have the stated mean and covariance within 4 standard errors.
func TestExactMoments(t *testing.T) {
	const n = 20000
	for name, p := range priors() {
		d := p.Dim()
		mean, cov := p.Mean(), p.Cov()
		m1, m2, m4 := make([]float64, d), make([]float64, d*d), make([]float64, d*d)
		st := rng.New(9).Split(name, 0).Stream()
		x := make([]float64, d)
		for range n {
			p.Sample(x, st)
			for i := range x {
				m1[i] += (x[i] - mean[i]) / n
				for j := range x {
					v := (x[i] - mean[i]) * (x[j] - mean[j])
					m2[i*d+j] += v / n
					m4[i*d+j] += v * v / n
				}
			}
		}
		for i := range x {
			numtest.Within(t, name+" mean", m1[i], 0, 4*math.Sqrt(cov.At(i, i)/n))
			for j := range x {
				c := cov.At(i, j)
				numtest.Within(t, name+" cov", m2[i*d+j], c, 4*math.Sqrt((m4[i*d+j]-c*c)/n))
			}
		}
	}
}

// TestExactMass checks that the density of two-dimensional mixtures integrates to one at every noise level.
func TestExactMass(t *testing.T) {
	m := exact.Toy2D()
	e := numtest.Must(exact.NewEmpirical([][]float64{{0, 0}, {.5, .2}, {-.3, .8}}, nil, 0))
	for _, sigma := range []float64{.1, .3} {
		for name, p := range map[string]exact.Distribution{"toy": m, "empirical": e} {
			const h, half = .02, 3.0
			sum := 0.0
			for a := -half; a < half; a += h {
				for b := -half; b < half; b += h {
					sum += h * h * math.Exp(p.LogDensity([]float64{a, b}, sigma))
				}
			}
			numtest.Within(t, name+" mass", sum, 1, 1e-9)
		}
	}
}

// TestExactOracles compares the two reference priors with independent values.
func TestExactOracles(t *testing.T) {
	ring := exact.Ring16()
	e := ring.Eigenvalues()
	for i, want := range []float64{.070108, .074665, .074665, .079704, .079704, .097836, .097836, .123413, .123413, .188081, .188081, .314119, .314119, .661103, .661103, 1.012051} {
		numtest.Within(t, "eigenvalue", e[i], want, 5.1e-7)
	}
	vp := diffusion.DefaultVP()
	at := func(p exact.Distribution, x []float64, t float64) float64 {
		a := vp.Alpha(t)
		u := make([]float64, len(x))
		for i := range x {
			u[i] = x[i] / a
		}
		return p.LogDensity(u, vp.Ratio(t)) - float64(len(x))*math.Log(a)
	}
	numtest.Within(t, "RING16 log p_0(0)", at(ring, numtest.Repeat(0, 16), 0), -.59657036, 5.1e-9)
	numtest.Within(t, "RING16 log p_0(1/2)", at(ring, numtest.Repeat(.5, 16), 0), -2.57275456, 5.1e-9)
	numtest.Within(t, "RING16 log p_1e-3(0)", at(ring, numtest.Repeat(0, 16), 1e-3), -.60249340, 5.1e-9)
	numtest.Within(t, "RING16 log p_1e-3(1/2)", at(ring, numtest.Repeat(.5, 16), 1e-3), -2.57868019, 5.1e-9)
	toy := exact.Toy2D()
	for _, r := range []struct{ x, y, want float64 }{{.5, .5, 2.074146}, {-.3, -.45, -.050854}, {0, 0, -22.232707}, {.1, -.1, -23.232707}, {.8, .2, -6.925854}} {
		numtest.Within(t, "TOY2D log p_0", toy.LogDensity([]float64{r.x, r.y}, 0), r.want, 5.1e-7)
	}
}
