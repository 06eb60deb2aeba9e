package denoisers

import (
	"fmt"
	"math"

	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/families"
)

// patches is the family of Gaussian mixtures over square patches: means [K,D], covariances [K,D,D], weights [K].
type patches struct{}

func init() { families.Register(patches{}) }

// Name returns "patches".
func (patches) Name() string { return "patches" }

// Architectures returns nothing: a mixture is no network.
func (patches) Architectures() []families.Architecture { return nil }

// Marks are the names of a mixture's parts.
func (patches) Marks() [][]string { return [][]string{{"means", "covariances", "weights"}} }

// ClosedForm returns the mixture as a prior of patches.
func (patches) ClosedForm(f *checkpoints.File) (exact.Distribution, families.Spec, error) {
	var spec families.Spec
	shape, err := dims(f, "means", 2)
	if err != nil {
		return nil, spec, err
	}
	side := int(math.Sqrt(float64(shape[1])) + .5)
	if side*side != shape[1] || side < 1 {
		return nil, spec, fmt.Errorf("means are %v; want square patches", shape)
	}
	if err := only(f, 3); err != nil {
		return nil, spec, err
	}
	var parts [3][]float64
	for i, name := range []string{"weights", "means", "covariances"} {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, spec, err
		}
		if parts[i], err = t.Float64s(); err != nil {
			return nil, spec, err
		}
	}
	p, err := NewPatchPrior(side, side, parts[0], parts[1], parts[2])
	if err != nil {
		return nil, spec, err
	}
	std := 0.0
	for i, cov := 0, p.Cov(); i < p.Dim(); i++ {
		std += cov.At(i, i) / float64(p.Dim())
	}
	std = math.Sqrt(std)
	return p.Mixture, families.Spec{Shape: []int{1, side, side}, SigmaData: std,
		Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-4 * std, 4 * std}, Std: std}, nil
}
