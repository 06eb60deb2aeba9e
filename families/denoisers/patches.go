package denoisers

import (
	"fmt"
	"math"
	"tweedie/diffusion/exact"

	"gonum.org/v1/gonum/mat"
)

// PatchPrior is a Gaussian mixture over Rows x Cols patches in row-major order, p_sigma = sum_k w_k N(mu_k, C_k +
// sigma^2 I): denoiser, score, density and samples are exact at every sigma. It is a prior of patches, not of images,
// and of patches that were normalised as those that it was fitted to: published ones had their mean taken off.
type PatchPrior struct {
	*exact.Mixture
	Rows, Cols int
}

// NewPatchPrior returns the mixture with weights [K], means [K,D] and covariances [K,D,D] for D = rows cols. The error
// names what does not fit, or the component that is no covariance.
func NewPatchPrior(rows, cols int, weights, means, covariances []float64) (*PatchPrior, error) {
	k, d := len(weights), rows*cols
	if rows < 1 || cols < 1 || k == 0 || len(means) != k*d || len(covariances) != k*d*d {
		return nil, fmt.Errorf("denoisers: patches of %d x %d, %d weights, %d means and %d covariances: want [K], [K,%d] and [K,%d,%d]", rows, cols, k, len(means), len(covariances), d, d, d)
	}
	for i, v := range means {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("denoisers: component %d: element %d of the mean is %v", i/d, i%d, v)
		}
	}
	comps := make([]*exact.Gaussian, k)
	for i := range comps {
		c := mat.NewSymDense(d, nil)
		part := covariances[i*d*d : (i+1)*d*d]
		for r := range d {
			for q := r; q < d; q++ {
				c.SetSym(r, q, (part[r*d+q]+part[q*d+r])/2)
			}
		}
		g, err := exact.NewGaussian(means[i*d:(i+1)*d], c)
		if err != nil {
			return nil, fmt.Errorf("denoisers: component %d: %w", i, err)
		}
		comps[i] = g
	}
	m, err := exact.NewMixture(weights, comps...)
	if err != nil {
		return nil, err
	}
	return &PatchPrior{m, rows, cols}, nil
}
