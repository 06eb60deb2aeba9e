package dpnp

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// effective returns the effective sample size (sum w)^2 / sum w^2 of the weights w = exp(logw).
func effective(logw []float64) float64 {
	top := math.Inf(-1)
	for _, v := range logw {
		top = max(top, v)
	}
	var sum, squares float64
	for _, v := range logw {
		w := math.Exp(v - top)
		sum, squares = sum+w, squares+w*w
	}
	return sum * sum / squares
}

// systematic draws n indices with probabilities in proportion to exp(logw), by the points (u+i)/n of the cumulative
// weights, with u in [0,1). An index of weight w out of the sum of all is drawn n w times, rounded up or down.
func systematic(logw []float64, n int, u float64) []int {
	total := floats.LogSumExp(logw)
	out := make([]int, n)
	k, sum := 0, math.Exp(logw[0]-total)
	for i := range out {
		at := (u + float64(i)) / float64(n)
		for at >= sum && k+1 < len(logw) {
			k++
			sum += math.Exp(logw[k] - total)
		}
		out[i] = k
	}
	return out
}
