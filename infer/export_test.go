package infer

import (
	"gonum.org/v1/gonum/mat"
)

// Maker names what computes here, as a state stores it.
var Maker = maker

// What the tests of the checks compare with simulations and with direct computations.
var (
	SpreadLimit    = spreadLimit
	ShortLimit     = shortLimit
	WeightedLimits = weightedLimits
	LimitsOf       = limitsOf
	TailLimit      = tailLimit
	Places         = places
)

// FoldScore returns s^T (I + C)^-1 s and |(I + C)^-1 s|^2 for s less the mean of rows, and their covariance C.
func FoldScore(rows [][]float64, s []float64) (form, square float64) {
	k := len(rows)
	inner, in := mat.NewDense(k, k+1, nil), make([]int, k)
	dot := func(a, b []float64) (sum float64) {
		for i, x := range a {
			sum += x * b[i]
		}
		return sum
	}
	for i, r := range rows {
		in[i] = i
		for j, q := range rows {
			inner.Set(i, j, dot(r, q))
		}
		inner.Set(i, k, dot(r, s))
	}
	form, q2 := newFoldScore(inner, in).score(k, dot(s, s))
	return distance(form, q2), misfit(form, q2)
}
