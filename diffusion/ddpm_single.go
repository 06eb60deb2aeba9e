package diffusion

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tweedie/internal/config"
)

// Kinds of betas as diffusers computes them, with tables in float32. beta_start and beta_end are the ends themselves,
// whatever the number of steps.
const (
	SingleLinear       = "single-linear"        // equal steps from beta_start to beta_end
	SingleScaledLinear = "single-scaled-linear" // equal steps of sqrt(beta)
	SingleCosine       = "single-cosine"        // the cosine schedule
	SingleGiven        = "single-given"         // the list given
)

// GivenBetas is the kind of betas that are a list of their own, with tables in float64.
const GivenBetas = "given"

var singleBetas = []string{SingleLinear, SingleScaledLinear, SingleCosine, SingleGiven}

// single reports whether the betas are made as diffusers makes them, in float32.
func (c *DDPMConfig) single() bool { return slices.Contains(singleBetas, c.Betas) }

// validateSingle returns a *FieldError about the first wrong field that float32 tables are made from.
func (c *DDPMConfig) validateSingle() error {
	switch {
	case c.Betas == SingleGiven:
		_, err := c.given(32)
		return err
	case c.Given != "":
		return config.Errorf("ddpm", "given", "betas are %q; only %q takes a list", c.Betas, SingleGiven)
	case c.Betas == SingleCosine:
		return nil
	case !(c.BetaStart > 0) || c.BetaStart >= 1:
		return config.Errorf("ddpm", "beta_start", "%g must lie in (0, 1)", c.BetaStart)
	case !(c.BetaEnd >= c.BetaStart) || c.BetaEnd >= 1:
		return config.Errorf("ddpm", "beta_end", "%g must be at least beta_start, and below 1", c.BetaEnd)
	}
	return nil
}

// validateGiven returns a *FieldError unless every one of GivenBetas lies in (0, 1).
func (c *DDPMConfig) validateGiven() error {
	betas, err := c.given(64)
	for i, b := range betas {
		if !(b > 0 && b < 1) && err == nil {
			err = config.Errorf("ddpm", "given", "beta %d is %g; want it in (0, 1)", i, b)
		}
	}
	return err
}

// given returns the betas listed in Given, rounded to so many bits. There must be one for every step.
func (c *DDPMConfig) given(bits int) (betas []float64, err error) {
	for text := range strings.SplitSeq(c.Given, ",") {
		if c.Given == "" || len(betas) > c.Steps {
			break
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(text), bits)
		if err != nil {
			return nil, config.Errorf("ddpm", "given", "%q is not a number", text)
		}
		betas = append(betas, v)
	}
	if len(betas) != c.Steps {
		return nil, config.Errorf("ddpm", "given", "there are %d betas and %d steps", len(betas), c.Steps)
	}
	return betas, nil
}

// singleTable returns betas in float64 from which NewDDPM makes the very products that a float32 table has: abar_i =
// prod_{j<=i} (1 - beta_j) with float32 factors, rounded to float32. A product that does not fall from step to step, or
// reaches 0, is an error.
func (c *DDPMConfig) singleTable() ([]float64, error) {
	single := make([]float32, c.Steps)
	if c.Betas == SingleGiven {
		given, err := c.given(32)
		if err != nil {
			return nil, err
		}
		for i, b := range given {
			single[i] = float32(b)
		}
	}
	n := float64(c.Steps)
	for i := range single {
		switch c.Betas {
		case SingleGiven:
		case SingleCosine:
			single[i] = float32(math.Min(1-cosineAlphaBar(float64(i+1)/n)/cosineAlphaBar(float64(i)/n), 0.999))
		case SingleScaledLinear:
			root := between(math.Sqrt(c.BetaStart), math.Sqrt(c.BetaEnd), i, c.Steps)
			single[i] = root * root
		default:
			single[i] = between(c.BetaStart, c.BetaEnd, i, c.Steps)
		}
	}
	betas := make([]float64, c.Steps)
	product, last := 1.0, 1.0
	for i, b := range single {
		product *= float64(1 - b)
		abar := float64(float32(product))
		if !(abar > 0 && abar < last) {
			return nil, fmt.Errorf("ddpm: beta %d is %g, and the product of 1 - beta up to it %g in float32; want it to fall from step to step and stay above 0", i, b, abar)
		}
		betas[i] = 1 - abar/last
		last = abar
	}
	return betas, nil
}

// between returns value i of n in equal float32 steps from lo to hi, counted from the nearer end as torch.linspace
// does.
func between(lo, hi float64, i, n int) float32 {
	a, b := float32(lo), float32(hi)
	step := (b - a) / float32(n-1)
	if i < n/2 {
		return a + float32(step*float32(i))
	}
	return b - float32(step*float32(n-1-i))
}
