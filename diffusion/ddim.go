package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// DDIM samples a process in discrete time by a chain that is not Markovian (Song, Meng and Ermon 2021, eq. 12):
//
//	x_(i-1) = sqrt(abar') D + sqrt(1 - abar' - s^2) eps + s n,   eps = (x_i - sqrt(abar) D)/sqrt(1 - abar),
//	s = Eta sqrt((1 - abar')/(1 - abar)) sqrt(1 - abar/abar'),
//
// where abar belongs to step i and abar' to step i-1, with abar' = 1 at the last step. It is deterministic at Eta = 0,
// and at Eta = 1 it is the ancestral chain with the small variance. It takes one evaluation a step.
type DDIM struct {
	Process DDPMConfig `json:"process"`
	Eta     float64    `json:"eta"`
	Clip    float64    `json:"clip"` // clamp D to [-Clip, Clip]; 0 does not
}

// DefaultDDIM returns the deterministic sampler with 50 steps of the linear process, without clipping.
func DefaultDDIM() DDIM {
	p := DefaultDDPM()
	p.Respacing = "ddim50"
	return DDIM{Process: p}
}

// Kind returns "ddim".
func (s DDIM) Kind() string { return "ddim" }

// Validate returns a *FieldError that names the first wrong field: Eta outside [0, 1], a negative Clip, or one of the
// process.
func (s DDIM) Validate() error {
	c := config.Check("ddim")
	c.Float("eta", s.Eta, 0, 1)
	c.Also(validateDiscrete("ddim", s.Process, s.Clip))
	return c.Err()
}

// Evaluations returns the number of steps that the process keeps, 0 when its respacing is wrong.
func (s DDIM) Evaluations() int { return steps(s.Process) }

// Sample draws one sample for each key of job.
func (s DDIM) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	p, err := s.Process.Build()
	if err != nil {
		return Result{}, err
	}
	var z []float64
	return Run(ctx, s, d, job, func(b *Batch) error {
		b.Begin(1)
		z = resize(z, len(b.X))
		for i := p.Len() - 1; i >= 0; i-- {
			abar, prev := p.AlphaBar[i], p.AlphaBarPrev[i]
			scale(b.D, b.X, 1/math.Sqrt(abar))
			if err := b.Denoise(b.D, b.D, p.Ratio(i)); err != nil {
				return err
			}
			clip(b.D, s.Clip)
			std := s.Eta * math.Sqrt((1-prev)/(1-abar)) * math.Sqrt(1-abar/prev)
			noisy := std > 0 && i > 0
			if noisy {
				b.Normal(z)
			}
			eps := math.Sqrt(math.Max(1-prev-std*std, 0)) / math.Sqrt(1-abar)
			c0, ct := math.Sqrt(prev)-eps*math.Sqrt(abar), eps
			for k, x := range b.X {
				b.X[k] = c0*b.D[k] + ct*x
				if noisy {
					b.X[k] += std * z[k]
				}
			}
		}
		return nil
	})
}
