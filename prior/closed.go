package prior

import (
	"math"

	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/families"
)

// closedForm is the prior with a known density called name, nil when there is none.
//
//	toy2d   half N((-.5,-.5), .01 I), half N((.5,.5), .01 I): the two-mode prior of Feng et al.'s demonstration
//	ring16  N(0, C) on 16 pixels in a ring, C_ij = exp(-min(k, 16-k)/2)/4 + .01 [k=0], k = |i-j|
func closedForm(name string) *Prior {
	var d exact.Distribution
	var dim int
	var std float64
	switch name {
	case "toy2d":
		d, dim, std = exact.Toy2D(), 2, math.Sqrt(.26)
	case "ring16":
		d, dim, std = exact.Ring16(), 16, math.Sqrt(.26)
	default:
		return nil
	}
	return &Prior{Name: name, Denoiser: d, Exact: d, Spec: families.Spec{
		Shape: []int{1, 1, dim}, SigmaData: std, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-1, 1}, Std: std,
	}}
}
