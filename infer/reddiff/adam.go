package reddiff

import "math"

// adam64 runs Adam on a host vector (Kingma and Ba 2015) with the exponential means m and v of g and g^2:
//
//	x -= lr * (m/(1-b1^k)) / (sqrt(v/(1-b2^k)) + eps).
type adam64 struct {
	lr, b1, b2, eps float64
	m, v            []float64
	k               int
}

func (a *adam64) step(x, g []float64) {
	if a.m == nil {
		a.m, a.v = make([]float64, len(x)), make([]float64, len(x))
	}
	a.k++
	c1 := 1 - math.Pow(a.b1, float64(a.k))
	c2 := 1 - math.Pow(a.b2, float64(a.k))
	for i, gi := range g {
		a.m[i] = a.b1*a.m[i] + (1-a.b1)*gi
		a.v[i] = a.b2*a.v[i] + (1-a.b2)*gi*gi
		x[i] -= a.lr * (a.m[i] / c1) / (math.Sqrt(a.v[i]/c2) + a.eps)
	}
}
