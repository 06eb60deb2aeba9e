package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// Ancestral samples a process in discrete time by its own Markov chain (Ho et al. 2020, algorithm 2). From x ~ N(0, I)
// it takes, for each step i from the last to the first,
//
//	x_(i-1) = CoefX0 D + CoefXt x_i + sqrt(var_i) n,   D = D(x_i/sqrt(abar_i), r_i),
//
// without noise on the last step, at one evaluation a step. With Variance LearnedRange the denoiser must be a
// VarianceDenoiser.
type Ancestral struct {
	Process DDPMConfig `json:"process"`
	Clip    float64    `json:"clip"` // clamp D to [-Clip, Clip]; 0 does not
}

// DefaultAncestral returns the sampler of the linear process of 1000 steps, without clipping.
func DefaultAncestral() Ancestral { return Ancestral{Process: DefaultDDPM()} }

// Kind returns "ancestral".
func (a Ancestral) Kind() string { return "ancestral" }

// Validate returns a *FieldError that names the first wrong field of the process, or a Clip that is negative.
func (a Ancestral) Validate() error { return validateDiscrete("ancestral", a.Process, a.Clip) }

// validateDiscrete checks the two fields that the samplers in discrete time share.
func validateDiscrete(kind string, p DDPMConfig, clip float64) error {
	c := config.Check(kind)
	c.Float("clip", clip, 0, config.Huge)
	c.Also(p.Validate())
	return c.Err()
}

// Evaluations returns the number of steps that the process keeps, 0 when its respacing is wrong.
func (a Ancestral) Evaluations() int { return steps(a.Process) }

// steps returns the number of steps that a process keeps, 0 when its respacing is wrong.
func steps(c DDPMConfig) int {
	keep, err := respace(c.Steps, c.Respacing)
	if err != nil {
		return 0
	}
	return len(keep)
}

// Sample draws one sample for each key of job.
func (a Ancestral) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	p, err := a.Process.Build()
	if err != nil {
		return Result{}, err
	}
	var v, z []float64
	return Run(ctx, a, d, job, func(b *Batch) error {
		b.Begin(1)
		v, z = resize(v, len(b.X)), resize(z, len(b.X))
		for i := p.Len() - 1; i >= 0; i-- {
			scale(b.D, b.X, 1/math.Sqrt(p.AlphaBar[i]))
			if err := a.denoise(b, p, i, v); err != nil {
				return err
			}
			clip(b.D, a.Clip)
			if i > 0 {
				b.Normal(z)
			}
			p.step(i, b.X, b.D, v, z)
		}
		return nil
	})
}

// denoise sets b.D = D(b.D, r_i) and, with a learned variance, v to its interpolation. It is one evaluation.
func (a Ancestral) denoise(b *Batch, p *DDPM, i int, v []float64) error {
	if p.Variance == LearnedRange {
		return b.DenoiseVariance(b.D, v, b.D, p.Ratio(i))
	}
	return b.Denoise(b.D, b.D, p.Ratio(i))
}

// step takes the ancestral step i: it sets x to the mean of x_(i-1) given x and the denoised d and, where i > 0, adds
// noise made of the normals z. v is read with a learned variance only.
func (p *DDPM) step(i int, x, d, v, z []float64) {
	c0, ct := p.CoefX0[i], p.CoefXt[i]
	std := math.Exp(p.LogVariance(i, 0) / 2)
	for k := range x {
		x[k] = c0*d[k] + ct*x[k]
		if i > 0 {
			if p.Variance == LearnedRange {
				std = math.Exp(p.LogVariance(i, v[k]) / 2)
			}
			x[k] += std * z[k]
		}
	}
}

// scale sets dst = m x.
func scale(dst, x []float64, m float64) {
	for i, v := range x {
		dst[i] = m * v
	}
}

// clip clamps x to [-c, c] in place, when c is not 0.
func clip(x []float64, c float64) {
	if c == 0 {
		return
	}
	for i, v := range x {
		x[i] = math.Max(-c, math.Min(c, v))
	}
}

// resize returns a slice of n numbers of undefined value, in the memory of x when they fit.
func resize(x []float64, n int) []float64 {
	if cap(x) < n {
		return make([]float64, n)
	}
	return x[:n]
}
