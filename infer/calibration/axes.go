package calibration

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/eval"
)

// axesOf returns the directions, of length 1, in which draws vary most, at most as many as components, from the eigenvectors of the
// draws' inner products.
func axesOf(draws [][]float64) [][]float64 {
	n, mean := len(draws), eval.Mean(draws)
	off := make([][]float64, n)
	for i, x := range draws {
		off[i] = make([]float64, len(x))
		floats.SubTo(off[i], x, mean)
	}
	gram := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range i + 1 {
			gram.SetSym(i, j, floats.Dot(off[i], off[j]))
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		return nil
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	var out [][]float64
	for k := range min(components, len(mean), n-1) {
		at := n - 1 - k // eigenvalues ascend
		if !(values[at] > 1e-9*values[n-1]) {
			break
		}
		u := make([]float64, len(mean))
		for i := range n {
			floats.AddScaled(u, vectors.At(i, at)/math.Sqrt(values[at]), off[i])
		}
		out = append(out, u)
	}
	return out
}
