package exactfile

import (
	"errors"

	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// Part is a Gaussian: a mean, 0 when it is left out, and one way to say the covariance.
type Part struct {
	Mean *Array `json:"mean,omitempty"`
	// Variance is of each element, or one number for all. With Factor F [D,R] the covariance is F F^T + diag(variance).
	Variance *Array `json:"variance,omitempty"`
	Factor   *Array `json:"factor,omitempty"`
	// Covariance and Precision, its inverse, are [D,D].
	Covariance *Array `json:"covariance,omitempty"`
	Precision  *Array `json:"precision,omitempty"`
	// Kernel is a covariance that depends on the distance of two pixels.
	Kernel *exact.Kernel `json:"kernel,omitempty"`
}

// build makes the Gaussian.
func (p *Part) build(b *Builder) (*exact.Gaussian, error) {
	ways := 0
	for _, given := range []bool{p.Variance != nil, p.Covariance != nil, p.Precision != nil, p.Kernel != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return nil, config.Errorf("", "", "it must have one of variance, covariance, precision and kernel, and has %d of them", ways)
	}
	if p.Factor != nil && p.Variance == nil {
		return nil, config.Errorf("", "factor", "needs variance, of what the factor does not explain")
	}
	mean, err := b.Vector("mean", p.Mean, 0)
	if err != nil {
		return nil, err
	}
	g, err := p.withMean(b, mean)
	if e, ok := errors.AsType[*config.FieldError](err); ok && e.Field == "cov" {
		field := "covariance"
		if p.Kernel != nil {
			field = "kernel"
		}
		err = config.Errorf("", field, "%s; it must be positive semi-definite", e.Problem)
	}
	return g, err
}

func (p *Part) withMean(b *Builder, mean []float64) (*exact.Gaussian, error) {
	switch {
	case p.Covariance != nil:
		cov, err := b.Symmetric("covariance", p.Covariance)
		if err != nil {
			return nil, err
		}
		return exact.NewGaussian(mean, cov)
	case p.Precision != nil:
		precision, err := b.Symmetric("precision", p.Precision)
		if err != nil {
			return nil, err
		}
		return exact.NewGaussianFromPrecision(mean, precision)
	case p.Kernel != nil:
		g, err := exact.NewField(mean, *p.Kernel, b.Shape)
		if e, ok := errors.AsType[*config.FieldError](err); ok && e.Field != "cov" {
			err = config.Below("kernel", err)
		}
		return g, err
	}
	variance, err := b.Vector("variance", p.Variance, 0)
	if err != nil {
		return nil, err
	}
	if p.Factor == nil {
		return exact.NewDiagonalGaussian(mean, variance)
	}
	factor, err := b.Matrix("factor", p.Factor, 0)
	if err != nil {
		return nil, err
	}
	return exact.NewLowRankGaussian(mean, factor, variance)
}

// GaussianConfig is the normal law of a Part.
type GaussianConfig struct {
	Image
	Part
}

// Kind returns "gaussian".
func (GaussianConfig) Kind() string { return "gaussian" }

// Build makes an *exact.Gaussian.
func (c GaussianConfig) Build(b *Builder) (exact.Distribution, error) {
	g, err := c.Part.build(b)
	if err != nil {
		return nil, err
	}
	return g, nil
}
