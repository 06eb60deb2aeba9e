package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// EulerMaruyama samples the reverse SDE of a schedule, dx = (f x - g^2 s) dt + g dw, from T back to T0 in Steps equal
// steps, the last of them without noise. Final adds a Tweedie step, after which the sample is D at T0. It takes one
// evaluation a step, and one for Final.
type EulerMaruyama struct {
	Schedule AnySchedule `json:"schedule"`
	Steps    int         `json:"steps"`
	T0       float64     `json:"t0"`
	Final    bool        `json:"final"`
}

// DefaultEulerMaruyama returns the sampler with 1000 steps of VP down to 1e-3 and the final step.
func DefaultEulerMaruyama() EulerMaruyama {
	return EulerMaruyama{AnySchedule{DefaultVP()}, 1000, 1e-3, true}
}

// Kind returns "euler-maruyama".
func (e EulerMaruyama) Kind() string { return "euler-maruyama" }

// Validate returns a *FieldError that names the first field that is wrong.
func (e EulerMaruyama) Validate() error {
	return validateContinuous("euler-maruyama", e.Schedule, e.Steps, e.T0)
}

// validateContinuous checks the three fields that the samplers on a schedule share.
func validateContinuous(kind string, s AnySchedule, n int, t0 float64) error {
	if s.Schedule == nil {
		return config.Errorf(kind, "schedule", "is missing")
	}
	c := config.Check(kind)
	c.Also(s.Validate())
	c.Int("steps", n, 1, config.MostSteps)
	c.Float("t0", t0, leastTime, s.T())
	c.That(t0 != s.T(), "t0", t0, "be less, for it is the end of time")
	return c.Err()
}

// leastTime is the least time that a process may be followed down to. Noise at it is still told from none.
const leastTime = 1e-12

// Evaluations returns Steps, and one more with Final.
func (e EulerMaruyama) Evaluations() int { return withFinal(e.Steps, e.Final) }

// withFinal returns n, and one more when the final Tweedie step is on.
func withFinal(n int, final bool) int {
	if final {
		n++
	}
	return n
}

// Sample draws one sample for each key of job.
func (e EulerMaruyama) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	var z []float64
	return Run(ctx, e, d, job, func(b *Batch) error {
		s := e.Schedule
		b.Begin(TerminalStd(s))
		z = resize(z, len(b.X))
		grid := UniformGrid(e.Steps+1, s.T(), e.T0)
		for i, t := range grid[:e.Steps] {
			if err := b.scheduleScore(s, t); err != nil {
				return err
			}
			h := t - grid[i+1]
			drift, g2 := s.Drift(t), s.G2(t)
			noise := math.Sqrt(g2 * h)
			if i+1 < e.Steps {
				b.Normal(z)
			} else {
				noise = 0
			}
			for k, x := range b.X {
				b.X[k] = x - h*(drift*x-g2*b.D[k])
				if noise > 0 {
					b.X[k] += noise * z[k]
				}
			}
		}
		return b.final(s, e.T0, e.Final)
	})
}

// scheduleScore sets D = grad_x log p_t(X). It is one evaluation.
func (b *Batch) scheduleScore(s Schedule, t float64) error {
	a := s.Alpha(t)
	scale(b.D, b.X, 1/a)
	if err := b.Score(b.D, b.D, s.Ratio(t)); err != nil {
		return err
	}
	scale(b.D, b.D, 1/a)
	return nil
}

// final replaces X by the denoised X/alpha at time t when on, at one evaluation.
func (b *Batch) final(s Schedule, t float64, on bool) error {
	if !on {
		return nil
	}
	scale(b.X, b.X, 1/s.Alpha(t))
	return b.Denoise(b.X, b.X, s.Ratio(t))
}
