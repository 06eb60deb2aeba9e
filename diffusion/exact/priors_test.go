package exact_test

import (
	"fmt"
	"maps"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// lowRank returns a prior of factor analysis in five dimensions.
func lowRank(seed uint64) *exact.Gaussian {
	k := rng.New(seed)
	f := mat.NewDense(5, 2, numtest.Vector(k.Split("factor", 0), 10))
	return numtest.Must(exact.NewLowRankGaussian(numtest.Vector(k.Split("mean", 0), 5), f, []float64{.1, .5, 1, .2, .3}))
}

// separable returns a prior with one of each smooth-enough marginal.
func separable() *exact.Separable {
	l := laws()
	return numtest.Must(exact.NewSeparable([]float64{.1, 0, -.3, .2, 0}, []float64{.5, 1, 2, .7, 1.5},
		l["laplace"].m, l["student 40"].m, l["uniform"].m, l["tabulated"].m, l["bernoulli-laplace"].m))
}

// priors returns the priors of difftest and those that this package has besides, all in five dimensions.
func priors() map[string]exact.Distribution {
	key := rng.New(31)
	q := orthonormal(key, 5)
	low := lowRank(1)
	all := map[string]exact.Distribution{
		"low rank":         low,
		"low-rank mixture": numtest.Must(exact.NewMixture([]float64{.3, .7}, low, lowRank(2))),
		"precision":        numtest.Must(exact.NewGaussianFromPrecision(make([]float64, 5), difftest.Covariance(key, 5))),
		"separable":        separable(),
		"field":            numtest.Must(exact.NewField(numtest.Repeat(.2, 5), exact.Kernel{Name: "squared-exponential", Variance: 1, Length: 1.5, Nugget: .1}, []int{1, 5})),
		"box":              numtest.Must(exact.NewBox([]float64{-1, 0, 1, -3, .2}, []float64{1, .5, 2, 3, 1.2})),
		"rotated":          numtest.Must(exact.NewRotated(separable(), numtest.Must(exact.NewBasis(q)))),
		"rotated mixture":  numtest.Must(exact.NewRotated(difftest.Priors()["mixture"], numtest.Must(exact.DCT([]int{1, 1, 5})))),
		"linear mixture":   numtest.Must(difftest.Priors()["mixture"].(*exact.Mixture).Linear(numtest.Must(exact.Increments([]int{1, 5}, 1)), numtest.Repeat(.1, 5))),
	}
	// Its components share one covariance.
	all["linear blurred"] = numtest.Must(difftest.Priors()["blurred mixture"].(*exact.Mixture).Linear(mat.DenseCopyOf(difftest.Covariance(key, 5)), nil))
	maps.Copy(all, difftest.Priors())
	return all
}

// orthonormal returns a random orthonormal matrix.
func orthonormal(key rng.Key, d int) *mat.Dense {
	var qr mat.QR
	var q mat.Dense
	qr.Factorize(mat.NewDense(d, d, numtest.Vector(key.Split("q", 0), d*d)))
	qr.QTo(&q)
	return &q
}

// TestDenoiserIsPosteriorMean compares D and the density with averages over N = 100000 draws of the prior, weighted by
// the noise, at 4 standard errors: D = E[x w]/E[w], p(u) = E[w], w = N(u; x, sigma^2).
func TestDenoiserIsPosteriorMean(t *testing.T) {
	const n = 100000
	for name, p := range priors() {
		d := p.Dim()
		st := rng.New(41).Split(name, 0).Stream()
		u, x, sigma := make([]float64, d), make([]float64, d), 1.3
		p.Sample(u, st)
		for i := range u {
			u[i] += sigma * st.Norm()
		}
		xs, ws := make([]float64, 0, n*d), make([]float64, 0, n)
		sum, square := 0.0, 0.0
		mean := make([]float64, d)
		for range n {
			p.Sample(x, st)
			q := 0.0
			for i, v := range x {
				q += (u[i] - v) * (u[i] - v)
			}
			w := math.Exp(-q / (2 * sigma * sigma))
			sum, square = sum+w, square+w*w
			for i, v := range x {
				mean[i] += w * v
			}
			xs, ws = append(xs, x...), append(ws, w)
		}
		norm := float64(d) / 2 * math.Log(2*math.Pi*sigma*sigma)
		numtest.Within(t, name+": log p", p.LogDensity(u, sigma), math.Log(sum/n)-norm, 4*math.Sqrt(square/(sum*sum)))
		for i, got := range numtest.Apply(p.Denoise, u, sigma) {
			mean[i] /= sum
			variance := 0.0
			for k, w := range ws {
				e := w * (xs[k*d+i] - mean[i])
				variance += e * e
			}
			numtest.Within(t, fmt.Sprintf("%s: D[%d]", name, i), got, mean[i], 4*math.Sqrt(variance)/sum)
		}
	}
}

// TestLowRankIsFull compares factor analysis with the Gaussian of the same covariance.
func TestLowRankIsFull(t *testing.T) {
	low := lowRank(1)
	full := numtest.Must(exact.NewGaussian(low.Mean(), low.Cov()))
	x := numtest.Vector(rng.New(6), 15)
	for _, r := range []float64{1e-3, .5, 50} {
		sigma := []float64{r, r, 2 * r}
		numtest.NearAll(t, "D", numtest.Apply(low.Denoise, x, sigma...), numtest.Apply(full.Denoise, x, sigma...), 1e-9)
		numtest.NearAll(t, "score", numtest.Apply(low.Score, x, sigma...), numtest.Apply(full.Score, x, sigma...), 1e-9)
		numtest.Near(t, "log p", low.LogDensity(x[:5], r), full.LogDensity(x[:5], r), 1e-10)
	}
	numtest.NearAll(t, "eigenvalues", low.Eigenvalues(), full.Eigenvalues(), 1e-10)
	m := exact.Measure(mat.NewDense(1, 5, []float64{1, 2, 3, 4, 5}), []float64{.4}, .2)
	a, la, err := low.Posterior(m)
	b, lb, err2 := full.Posterior(m)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	numtest.Near(t, "evidence", la, lb, 1e-10)
	numtest.NearAll(t, "posterior mean", a.Mean(), b.Mean(), 1e-9)
}

// TestPrecisionAndLinear compares with inverses and products of matrices.
func TestPrecisionAndLinear(t *testing.T) {
	p := difftest.Covariance(rng.New(12), 4)
	g := numtest.Must(exact.NewGaussianFromPrecision(make([]float64, 4), p))
	var id mat.Dense
	id.Mul(p, g.Cov())
	for i := range 4 {
		for j := range 4 {
			want := 0.0
			if i == j {
				want = 1
			}
			numtest.Within(t, "P S", id.At(i, j), want, 1e-10)
		}
	}
	// A random walk from 2: cov(x_i, x_j) = .3 min(i, j) + .7 with independent steps of variance .3 and a start of .7.
	l := numtest.Must(exact.Increments([]int{1, 1, 3}, 2))
	walk := numtest.Must(numtest.Must(exact.NewDiagonalGaussian([]float64{2, .5, .5}, []float64{.7, .3, .3})).Linear(l, nil))
	numtest.NearAll(t, "mean of the walk", walk.Mean(), []float64{2, 2.5, 3}, 1e-12)
	for i := range 3 {
		for j := range 3 {
			numtest.Within(t, "cov of the walk", walk.Cov().At(i, j), .7+.3*float64(min(i, j)), 1e-12)
		}
	}
	for _, c := range priors()["linear blurred"].(*exact.Mixture).Components() {
		m := difftest.Covariance(rng.New(31), 5) // the map, of covariance .04 I
		var want mat.Dense
		want.Mul(m, m)
		numtest.Within(t, "cov of a component", c.Cov().At(1, 2), .04*want.At(1, 2), 1e-12)
	}
	down := numtest.Must(exact.Increments([]int{1, 2, 2}, 1))
	if want := mat.NewDense(4, 4, []float64{1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1}); !mat.Equal(down, want) {
		t.Errorf("increments down the columns are %v", mat.Formatted(down))
	}
}

// TestKernels compares the covariance of pixels (0,0) and (1,2), at distance sqrt 5, with the formulas' values.
func TestKernels(t *testing.T) {
	for name, want := range map[string]float64{ // at h/l = sqrt(5)/2, computed in Python
		"squared-exponential": .25 * 0.535261428519, "exponential": .25 * 0.326921895352,
		"matern-1/2": .25 * 0.326921895352, "matern-3/2": .25 * 0.423468514839, "matern-5/2": .25 * 0.458307908983,
	} {
		k := exact.Kernel{Name: name, Variance: .25, Length: 2, Nugget: .0025}
		cov := numtest.Must(k.Cov([]int{2, 2, 3}))
		numtest.Within(t, name, cov.At(0, 5), want, 1e-7)
		numtest.Within(t, name+", other channel", cov.At(6, 11), want, 1e-7)
		numtest.Within(t, name+", between channels", cov.At(0, 11), 0, 0)
		numtest.Within(t, name+", variance", cov.At(3, 3), .2525, 1e-15)
	}
	for field, k := range map[string]exact.Kernel{"kind": {"gauss", 1, 1, 0}, "variance": {"exponential", -1, 1, 0}, "length": {"exponential", 1, math.NaN(), 0}, "nugget": {"exponential", 1, 1, -1}} {
		if _, err := k.Cov([]int{1, 2, 2}); err == nil {
			t.Errorf("a wrong %s was accepted", field)
		}
	}
}

// TestField compares the decomposition by symmetry with the covariance, for odd and even extents.
func TestField(t *testing.T) {
	k := exact.Kernel{Name: "matern-3/2", Variance: .7, Length: 1.3, Nugget: .01}
	for _, shape := range [][]int{{1, 4, 6}, {2, 3, 4}, {1, 5, 3}, {3, 1, 1}, {2, 7}, {1, 1, 8}} {
		cov := numtest.Must(k.Cov(shape))
		d := cov.SymmetricDim()
		mean := numtest.Vector(rng.New(1), d)
		g := numtest.Must(exact.NewField(mean, k, shape))
		numtest.NearAll(t, "mean", g.Mean(), mean, 0)
		for i := range d {
			for j := range d {
				numtest.Within(t, fmt.Sprint(shape), g.Cov().At(i, j), cov.At(i, j), 1e-12)
			}
		}
	}
	if _, err := exact.NewField(make([]float64, 3), k, []int{1, 2, 2}); err == nil {
		t.Error("a mean of three entries was accepted for four pixels")
	}
}

// TestBases checks that bases are orthonormal and that the wavelet of a step is where it should be.
func TestBases(t *testing.T) {
	for name, b := range map[string]*exact.Basis{"dct": numtest.Must(exact.DCT([]int{2, 3, 4})), "haar": numtest.Must(exact.Haar([]int{3, 4, 2}))} {
		white := numtest.Must(exact.NewDiagonalGaussian(make([]float64, 24), numtest.Repeat(1, 24)))
		cov := numtest.Must(exact.NewRotated(white, b)).Cov()
		for i := range 24 {
			for j := range 24 {
				want := 0.0
				if i == j {
					want = 1
				}
				numtest.Within(t, name, cov.At(i, j), want, 1e-12)
			}
		}
	}
	first := numtest.Must(exact.NewDiagonalGaussian([]float64{0, 2, 0, 1}, make([]float64, 4)))
	mean := numtest.Must(exact.NewRotated(first, numtest.Must(exact.Haar([]int{4})))).Mean()
	s := math.Sqrt(.5)
	numtest.NearAll(t, "Haar", mean, []float64{1, 1, -1 + s, -1 - s}, 1e-12)
	cosine := numtest.Must(exact.NewRotated(first, numtest.Must(exact.DCT([]int{4})))).Mean()
	numtest.Within(t, "DCT", cosine[0], 2*s*math.Cos(math.Pi/8)+s*math.Cos(3*math.Pi/8), 1e-12)
	if _, err := exact.Haar([]int{1, 3, 4}); err == nil {
		t.Error("Haar wavelets of three rows were accepted")
	}
	if _, err := exact.NewBasis(mat.NewDense(2, 2, []float64{1, 0, 1, 1})); err == nil {
		t.Error("a basis that is not orthonormal was accepted")
	}
}
