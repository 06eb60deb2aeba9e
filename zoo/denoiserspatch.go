package zoo

import (
	"fmt"
	"math"

	"tweedie/checkpoints"
	"tweedie/denoisers"
	"tweedie/diffusion"
)

// readPatches reads a Gaussian mixture over square patches: means [K,D], covariances [K,D,D], weights [K].
func readPatches(f, _ *checkpoints.File) (*description, error) {
	shape, err := dims(f, "means", 2)
	if err != nil {
		return nil, err
	}
	side := int(math.Sqrt(float64(shape[1])) + .5)
	if side*side != shape[1] || side < 1 {
		return nil, fmt.Errorf("means are %v; want square patches", shape)
	}
	if err := only(f, 3); err != nil {
		return nil, err
	}
	return &description{exact: func() (*Prior, error) {
		var parts [3][]float64
		for i, name := range []string{"weights", "means", "covariances"} {
			t, err := f.Tensor(name)
			if err != nil {
				return nil, err
			}
			if parts[i], err = t.Float64s(); err != nil {
				return nil, err
			}
		}
		p, err := denoisers.NewPatchPrior(side, side, parts[0], parts[1], parts[2])
		if err != nil {
			return nil, err
		}
		std := 0.0
		for i, cov := 0, p.Cov(); i < p.Dim(); i++ {
			std += cov.At(i, i) / float64(p.Dim())
		}
		std = math.Sqrt(std)
		return &Prior{Denoiser: p.Mixture, Exact: p.Mixture, Spec: Spec{Shape: []int{1, side, side}, SigmaData: std,
			Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-4 * std, 4 * std}, Std: std}}, nil
	}}, nil
}
