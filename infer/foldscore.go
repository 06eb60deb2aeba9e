package infer

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// mostFolds bounds the covariances that are computed.
const mostFolds = 8

// A statistic of a measurement s, from (I + C)^-1 for its covariance C in units of the scale: |s|^2 - w^T q and |q|^2.
type statistic func(form, square float64) float64

// distance is s^T (I + C)^-1 s, and misfit is |(I + C)^-1 s|^2: to first order, the change of the former with the variance
// that I stands for.
func distance(form, square float64) float64 { return form }
func misfit(form, square float64) float64   { return form - square }

// score returns the statistic of y in units of scale, the geometric mean of those that all folds give, and that of each
// simulated measurement by the moments of draws in other folds.
func (s simulations) score(scale []float64, of statistic) (own float64, ref []float64) {
	k := len(s.clean)
	row := func(x []float64) []float64 { return floats.DivTo(make([]float64, len(x)), x, scale) }
	clean, square := make([][]float64, k), make([]float64, k+1)
	for i, c := range s.clean {
		clean[i] = row(c)
	}
	inner := mat.NewDense(k, 2*k+1, nil) // <clean_i, clean_j>, <clean_i, scored_j>
	for i, c := range clean {
		for j := range i + 1 {
			d := floats.Dot(c, clean[j])
			inner.Set(i, j, d)
			inner.Set(j, i, d)
		}
	}
	for j, y := range s.scored {
		y = row(y)
		square[j] = floats.Dot(y, y)
		for i, c := range clean {
			inner.Set(i, k+j, floats.Dot(c, y))
		}
	}
	folds := min(k, mostFolds)
	for f := range folds {
		var in []int
		for i := range k {
			if i%folds != f {
				in = append(in, i)
			}
		}
		fold := newFoldScore(inner, in)
		for i := f; i < k; i += folds {
			ref = append(ref, of(fold.score(k+i, square[i])))
		}
		own += math.Log(of(fold.score(2*k, square[k]))) / float64(folds)
	}
	mean := stat.Mean(ref, nil)
	floats.Scale(1/mean, ref)
	return math.Exp(own) / mean, ref
}

// foldScore computes s^T (I + U^T U)^-1 s = |s|^2 - w^T q with w = U s and q = (I + U U^T)^-1 w, for the centred clean
// measurements U [k',m] of some draws over sqrt(k'-1), from inner products alone.
type foldScore struct {
	inner *mat.Dense
	in    []int
	mean  []float64 // <clean_i, mean of the fold>
	sq    float64   // |mean of the fold|^2
	chol  mat.Cholesky
	sound bool // whether chol is a factor; it is none where the noise is so small that rounding outweighs it
}

func newFoldScore(inner *mat.Dense, in []int) *foldScore {
	k := len(in)
	f := &foldScore{inner: inner, in: in, mean: make([]float64, k)}
	for a, i := range in {
		for _, j := range in {
			f.mean[a] += inner.At(i, j) / float64(k)
		}
		f.sq += f.mean[a] / float64(k)
	}
	g := mat.NewSymDense(k, nil)
	for a, i := range in {
		for b := a; b < k; b++ {
			g.SetSym(a, b, (inner.At(i, in[b])-f.mean[a]-f.mean[b]+f.sq)/float64(k-1))
		}
		g.SetSym(a, a, g.At(a, a)+1)
	}
	f.sound = f.chol.Factorize(g)
	return f
}

// score returns s^T (I + U^T U)^-1 s and |q|^2 of the measurement in column j of the inner products, NaN without a sound
// factor.
func (f *foldScore) score(j int, square float64) (form, q2 float64) {
	if !f.sound {
		return math.NaN(), math.NaN()
	}
	k := len(f.in)
	w, mean := mat.NewVecDense(k, nil), 0.0
	for a, i := range f.in {
		w.SetVec(a, f.inner.At(i, j))
		mean += f.inner.At(i, j) / float64(k)
	}
	for a := range f.in {
		w.SetVec(a, (w.AtVec(a)-mean-f.mean[a]+f.sq)/math.Sqrt(float64(k-1)))
	}
	var q mat.VecDense
	if f.chol.SolveVecTo(&q, w) != nil {
		return math.NaN(), math.NaN()
	}
	return square - 2*mean + f.sq - mat.Dot(w, &q), mat.Dot(&q, &q)
}
