package exact

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Toy2D returns the two-mode prior of the demonstration of Feng et al. (2023),
// N((-.5,-.5), .01 I)/2 + N((.5,.5), .01 I)/2.
func Toy2D() *Mixture {
	var comps []*Gaussian
	for _, m := range []float64{-.5, .5} {
		g, err := NewDiagonalGaussian([]float64{m, m}, []float64{.01, .01})
		if err != nil {
			panic(err) // the numbers are constants
		}
		comps = append(comps, g)
	}
	m, err := NewMixture(nil, comps...)
	if err != nil {
		panic(err)
	}
	return m
}

// Ring16 returns the prior N(0, C) on 16 pixels in a ring: C_ij = exp(-min(k, 16-k)/2)/4 + .01 [k = 0], k = |i-j|.
func Ring16() *Gaussian {
	const n = 16
	c := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			k := float64(min(j-i, n-j+i))
			v := .25 * math.Exp(-k/2)
			if i == j {
				v += .01
			}
			c.SetSym(i, j, v)
		}
	}
	g, err := NewGaussian(make([]float64, n), c)
	if err != nil {
		panic(err)
	}
	return g
}
