package zoo

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion"
)

// closedForm is the prior with a known density called name, nil when there is none.
//
//	toy2d   half N((-.5,-.5), .01 I), half N((.5,.5), .01 I): the two-mode prior of Feng et al.'s demonstration
//	ring16  N(0, C) on 16 pixels in a ring, C_ij = exp(-min(k, 16-k)/2)/4 + .01 [k=0], k = |i-j|
func closedForm(name string) *Prior {
	var d diffusion.Exact
	var dim int
	var std float64
	switch name {
	case "toy2d":
		d, dim, std = toy2d(), 2, math.Sqrt(.26)
	case "ring16":
		d, dim, std = ring16(), 16, math.Sqrt(.26)
	default:
		return nil
	}
	return &Prior{Name: name, Denoiser: d, Exact: d, Spec: Spec{
		Shape: []int{1, 1, dim}, SigmaData: std, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-1, 1}, Std: std,
	}}
}

func toy2d() *diffusion.Mixture {
	var comps []*diffusion.Gaussian
	for _, m := range []float64{-.5, .5} {
		g, err := diffusion.NewDiagonalGaussian([]float64{m, m}, []float64{.01, .01})
		if err != nil {
			panic(err) // the numbers are constants
		}
		comps = append(comps, g)
	}
	m, err := diffusion.NewMixture([]float64{.5, .5}, comps...)
	if err != nil {
		panic(err)
	}
	return m
}

func ring16() *diffusion.Gaussian {
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
	g, err := diffusion.NewGaussian(make([]float64, n), c)
	if err != nil {
		panic(err)
	}
	return g
}
