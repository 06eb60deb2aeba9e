package infer

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// foldScore computes |s|^2 - w^T (I + U U^T)^-1 w, w = U s, which is s^T (I + U^T U)^-1 s, for the centred clean
// measurements U [k',m] of some draws over sqrt(k'-1), from inner products alone.
type foldScore struct {
	inner *mat.Dense
	in    []int
	mean  []float64 // <clean_i, mean of the fold>
	sq    float64   // |mean of the fold|^2
	chol  mat.Cholesky
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
	f.chol.Factorize(g)
	return f
}

// of returns the score of the measurement in column j of the inner products.
func (f *foldScore) of(j int, s []float64) float64 {
	k := len(f.in)
	w, mean := mat.NewVecDense(k, nil), 0.0
	for a, i := range f.in {
		w.SetVec(a, f.inner.At(i, j))
		mean += f.inner.At(i, j) / float64(k)
	}
	for a := range f.in {
		w.SetVec(a, (w.AtVec(a)-mean-f.mean[a]+f.sq)/math.Sqrt(float64(k-1)))
	}
	var solved mat.VecDense
	if f.chol.SolveVecTo(&solved, w) != nil {
		return math.NaN()
	}
	return floats.Dot(s, s) - 2*mean + f.sq - mat.Dot(w, &solved)
}
