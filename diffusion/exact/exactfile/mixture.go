package exactfile

import (
	"fmt"
	"slices"

	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// MaxParts bounds the components of a mixture.
const MaxParts = 1 << 14

// MixtureConfig is a mixture of Gaussians: of Parts, or with isotropic components, of Means with Variance.
type MixtureConfig struct {
	Image
	// Weights are one number for each component, normalised to sum 1; equal when they are left out.
	Weights *Array `json:"weights,omitempty"`
	Parts   []Part `json:"parts,omitempty"`
	// Means are [K,D] or [K,C,H,W], and Variance is one number, or one for each of the K components.
	Means    *Array `json:"means,omitempty"`
	Variance *Array `json:"variance,omitempty"`
}

// Kind returns "mixture".
func (MixtureConfig) Kind() string { return "mixture" }

// Build makes an *exact.Mixture.
func (c MixtureConfig) Build(b *Builder) (exact.Distribution, error) {
	if (c.Means == nil) == (len(c.Parts) == 0) || (c.Means == nil) != (c.Variance == nil) {
		return nil, config.Errorf("", "parts", "must be given, or else means with variance")
	}
	comps, err := c.components(b)
	if err != nil {
		return nil, err
	}
	weights, err := b.weights(c.Weights, len(comps))
	if err != nil {
		return nil, err
	}
	m, err := exact.NewMixture(weights, comps...)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// weights reads n weights, nil where there is no array.
func (b *Builder) weights(a *Array, n int) ([]float64, error) {
	if a == nil {
		return nil, nil
	}
	shape, w, err := b.Values("weights", a, max(n, 1))
	if err == nil && !slices.Equal(shape, []int{n}) {
		err = config.Errorf("", "weights", "holds an array of shape %v; there are %d components", shape, n)
	}
	return w, err
}

func (c *MixtureConfig) components(b *Builder) (comps []*exact.Gaussian, err error) {
	if c.Means != nil {
		return c.isotropic(b)
	}
	if len(c.Parts) > MaxParts {
		return nil, config.Errorf("", "parts", "are %d; there may be %d at most", len(c.Parts), MaxParts)
	}
	for i := range c.Parts {
		p := &c.Parts[i]
		if dense := p.Covariance != nil || p.Precision != nil || p.Kernel != nil; dense && len(c.Parts) > max(1, MaxNumbers/b.Elements/b.Elements) {
			return nil, config.Errorf("", fmt.Sprintf("parts[%d]", i), "is one of %d components of %d^2 numbers; together they may have %d", len(c.Parts), b.Elements, MaxNumbers)
		}
		g, err := p.build(b)
		if err != nil {
			return nil, config.Below(fmt.Sprintf("parts[%d]", i), err)
		}
		comps = append(comps, g)
	}
	return comps, nil
}

// isotropic makes the components N(means_k, variance_k).
func (c *MixtureConfig) isotropic(b *Builder) (comps []*exact.Gaussian, err error) {
	means, k, err := b.images("means", c.Means, MaxParts)
	if err != nil {
		return nil, err
	}
	shape, variance, err := b.Values("variance", c.Variance, k)
	switch {
	case err != nil:
		return nil, err
	case len(shape) == 0:
		variance = slices.Repeat(variance, k)
	case !slices.Equal(shape, []int{k}):
		return nil, config.Errorf("", "variance", "holds an array of shape %v; it must be one number or a list of %d", shape, k)
	}
	for i, m := range means {
		g, err := exact.NewDiagonalGaussian(m, slices.Repeat(variance[i:i+1], b.Elements))
		if err != nil {
			return nil, config.Errorf("", "variance", "holds %g as entry %d; it must not be negative", variance[i], i)
		}
		comps = append(comps, g)
	}
	return comps, nil
}

// images reads at most most images, [N,D] or [N] and the shape of one.
func (b *Builder) images(field string, a *Array, most int) (list [][]float64, n int, err error) {
	shape, data, err := b.Values(field, a, b.most(most))
	if err != nil {
		return nil, 0, err
	}
	if len(shape) < 1 || len(data) != shape[0]*b.Elements || len(shape) != 2 && !slices.Equal(squeeze(shape[1:]), squeeze(b.Shape)) {
		return nil, 0, config.Errorf("", field, "holds an array of shape %v; it must be [N,%d], or [N] and the shape %v of an image", shape, b.Elements, b.Shape)
	}
	for i := range shape[0] {
		list = append(list, data[i*b.Elements:(i+1)*b.Elements])
	}
	return list, shape[0], nil
}
