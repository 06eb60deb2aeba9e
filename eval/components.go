package eval

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// whitenedScores returns the leading principal components, at most c, of every draw [n][d], each with mean 0 and
// variance 1; no components for draws that are all equal. The components are those of at most 2,000 draws, by orthogonal
// iteration from a start that st draws.
func whitenedScores(draws [][]float64, c int, st *rng.Stream) [][]float64 {
	const most, extra, sweeps = 2000, 5, 40
	n, d := len(draws), len(draws[0])
	mean := Mean(draws)
	x := mat.NewDense(min(n, most), d, nil)
	for i, at := range st.Perm(n)[:min(n, most)] {
		for j, v := range draws[at] {
			x.Set(i, j, v-mean[j])
		}
	}
	k := min(c+extra, d, x.RawMatrix().Rows)
	start := make([]float64, d*k)
	st.FillNorm(start)
	v := mat.NewDense(d, k, start)
	var t mat.Dense
	for range sweeps {
		var next mat.Dense
		t.Reset()
		t.Mul(x, v)
		next.Mul(x.T(), &t)
		if scale := mat.Norm(&next, math.Inf(1)); !(scale > 0) {
			return make([][]float64, n)
		}
		var qr mat.QR
		qr.Factorize(&next)
		var q mat.Dense
		qr.QTo(&q)
		v.Copy(q.Slice(0, d, 0, k))
	}
	t.Reset()
	t.Mul(x, v)
	var svd mat.SVD
	if !svd.Factorize(&t, mat.SVDThin) {
		return make([][]float64, n)
	}
	var turn, axes mat.Dense
	svd.VTo(&turn)
	axes.Mul(v, &turn)
	values := svd.Values(nil)
	kept := 0
	for kept < min(c, len(values)) && values[kept] > 1e-9*values[0] {
		kept++
	}
	scores := make([][]float64, n)
	for i, draw := range draws {
		scores[i] = make([]float64, kept)
		for a := range kept {
			sum := 0.0
			for j, value := range draw {
				sum += (value - mean[j]) * axes.At(j, a)
			}
			scores[i][a] = sum * math.Sqrt(float64(x.RawMatrix().Rows)) / values[a]
		}
	}
	return scores
}
