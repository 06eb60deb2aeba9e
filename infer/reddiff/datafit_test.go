package reddiff

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// problem is cases.Problem with a noise of any kind.
func problem(t *testing.T, prior diffusion.Denoiser, op inverse.Operator, noise inverse.Noise, y []float64) *infer.Problem {
	t.Helper()
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return &infer.Problem{Prior: prior, Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}
}

func dense(t *testing.T, rows int, data ...float64) inverse.Linear {
	t.Helper()
	op, err := inverse.DenseConfig{Rows: rows, Data: data}.Build(autodiff.S(len(data) / rows))
	if err != nil {
		t.Fatal(err)
	}
	return op.(inverse.Linear)
}

// With one sigma the data term is obs/m A'(x)^T (A(x) - y) to the last bit, whatever sigma is; the general formula, which
// equal sigmas up to 1e-15 take, agrees with it to 1e-12.
func TestOneSigmaIsTheOldFormula(t *testing.T) {
	linear := dense(t, 3, 1, -2, .5, .25, 3, 1)
	curved := exponential{mat.NewDense(3, 2, []float64{.5, -1, .25, .25, 1, .5})}
	y, x := []float64{.3, -1, 2}, []float64{.7, -.4}
	for _, op := range []inverse.Operator{linear, curved} {
		r, want := make([]float64, 3), make([]float64, 2)
		op.Apply(r, x)
		for i := range r {
			r[i] -= y[i]
		}
		if op == inverse.Operator(linear) {
			linear.Adjoint(want, r)
		} else {
			curved.VJP(want, x, r)
		}
		for _, sigma := range []float64{1e-90, .01, 1, 30} {
			near := []float64{sigma, sigma, sigma * (1 + 1e-15)}
			for _, noise := range []inverse.Gaussian{{Sigma: sigma}, {Sigmas: []float64{sigma, sigma, sigma}}, {Sigmas: near}} {
				m := Default()
				m.Lambda = 0
				st, err := newREDState(context.Background(), m, problem(t, cases.Isotropic(0, 1), op, noise, y), infer.Run{Samples: 1})
				if err != nil {
					t.Fatal(err)
				}
				copy(st.x, x)
				if err := st.gradient(m, 1, 1); err != nil {
					t.Fatal(err)
				}
				tol := 0.
				if slices.Equal(noise.Sigmas, near) {
					tol = 1e-12
				}
				for j, g := range st.g {
					if old := want[j] * (m.Obs / 3); !(math.Abs(g-old) <= tol*math.Abs(old)) {
						t.Errorf("%s, %v: gradient %d is %.17g, the formula gives %.17g", op.Name(), noise, j, g, old)
					}
				}
			}
		}
	}
}

// With a sigma for each datum the expected gradient vanishes where (s/m) A^T S^-1 (A mu - y) + (lambda/d) p (mu - mean) = 0
// with p = mean_t W(r_t) r_t/(c + r_t^2) for each pixel of variance c.
func TestExpectedGradientFixedPointWithSigmas(t *testing.T) {
	levels := ddpmLevels(t)
	mean, variance := []float64{.2, -.5, 1}, []float64{.25, 1, 4}
	prior, err := exact.NewDiagonalGaussian(mean, variance)
	if err != nil {
		t.Fatal(err)
	}
	op := dense(t, 2, 1, .5, -1, .3, 2, .7)
	y, sigmas := []float64{1.5, -.7}, []float64{.1, .8}
	m := Default()
	m.Lambda, m.Obs = .6, 1.7

	s := 2 / (1/(.1*.1) + 1/(.8*.8))
	a := exact.DenseMatrix(op)
	var ata mat.Dense
	w := mat.NewDiagDense(2, []float64{m.Obs / 2 * s / (.1 * .1), m.Obs / 2 * s / (.8 * .8)})
	ata.Product(a.T(), w, a)
	var weighed, right mat.VecDense
	weighed.MulVec(w, mat.NewVecDense(2, y))
	right.MulVec(a.T(), &weighed)
	for j, c := range variance {
		p := 0.
		for _, r := range levels {
			p += r * r / (c + r*r) / float64(len(levels))
		}
		p *= m.Lambda / 3
		ata.Set(j, j, ata.At(j, j)+p)
		right.SetVec(j, right.AtVec(j)+p*mean[j])
	}
	var mu mat.VecDense
	if err := mu.SolveVec(&ata, &right); err != nil {
		t.Fatal(err)
	}

	st, err := newREDState(context.Background(), m, problem(t, prior, op, inverse.Gaussian{Sigmas: sigmas}, y), infer.Run{Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	copy(st.x, mu.RawVector().Data)
	g, most := make([]float64, 3), 0.
	for _, r := range levels {
		if err := st.gradient(m, r, 1); err != nil { // linear in the noise, whose mean is zero
			t.Fatal(err)
		}
		for j, v := range st.g {
			g[j] += v / float64(len(levels))
			most = max(most, math.Abs(v))
		}
	}
	for j, v := range g {
		if !(math.Abs(v) <= 1e-10*most) {
			t.Errorf("at the closed form's %.4f the expected gradient of pixel %d is %.3g, of terms up to %.3g", mu.AtVec(j), j, v, most)
		}
	}
}

// Of two like pixels with one datum each, that of the larger sigma stays nearer to the prior's mean, and the other nearer to
// its datum, than both do with one sigma.
func TestLargerSigmaPullsLess(t *testing.T) {
	op := inverse.NewIdentity(autodiff.S(2))
	m := Default()
	m.Steps, m.Order, m.LR, m.Lambda = 1000, Random, .01, 1
	solve := func(noise inverse.Noise) []float64 {
		res, err := m.Solve(context.Background(), problem(t, cases.Isotropic(0, 1), op, noise, []float64{1, 1}), infer.Run{Samples: 20, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		return res.Mean
	}
	one, each := solve(inverse.Gaussian{Sigma: .3}), solve(inverse.Gaussian{Sigmas: []float64{.3, .9}})
	// weights 2 (1/.09, 1/.81)/(1/.09 + 1/.81) = (1.8, .2), p(1) = .7245: w/(w + p)
	for i, want := range []float64{1.8 / (1.8 + .7245), .2 / (.2 + .7245)} {
		if math.Abs(each[i]-want) > .04 {
			t.Errorf("pixel %d ends at %.3f, theory %.3f", i, each[i], want)
		}
	}
	if !(each[0] > one[0]+.05 && each[1] < one[1]-.05) {
		t.Errorf("sigmas .3 and .9 lead to %.3f and %.3f, one sigma to %.3f and %.3f", each[0], each[1], one[0], one[1])
	}
}
