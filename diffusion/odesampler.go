package diffusion

import (
	"context"

	"tweedie/internal/config"
)

// ODESampler integrates the probability-flow ODE of a schedule, dx/dt = f x - g^2 s/2, from T back to T0 over Steps+1
// times, by Heun's method (Order 2) or by Euler's (Order 1). The times are even in t with Grid "uniform", in
// log(sigma/alpha) with "level", or a registered grid's. Final adds a Tweedie step, after which the sample is D at T0.
// It takes Order*Steps evaluations, and one for Final.
type ODESampler struct {
	Schedule AnySchedule `json:"schedule"`
	Steps    int         `json:"steps"`
	T0       float64     `json:"t0"`
	Order    int         `json:"order"`
	Grid     string      `json:"grid"` // "uniform" in t, "level" in log(sigma/alpha), or one of RegisterTimeGrid
	Final    bool        `json:"final"`
}

// DefaultODESampler returns the sampler with 100 Heun steps of VP down to 1e-3, even in log(sigma/alpha), and the final
// step.
func DefaultODESampler() ODESampler {
	return ODESampler{AnySchedule{DefaultVP()}, 100, 1e-3, 2, "level", true}
}

// Kind returns "flow".
func (f ODESampler) Kind() string { return "flow" }

// Validate returns a *FieldError that names the first field that is wrong.
func (f ODESampler) Validate() error {
	c := config.Check("flow")
	c.Int("order", f.Order, 1, 2)
	c.Name("grid", f.Grid, timeGrids.List()...)
	c.Also(validateContinuous("flow", f.Schedule, f.Steps, f.T0))
	return c.Err()
}

// Evaluations returns Order*Steps, and one more with Final.
func (f ODESampler) Evaluations() int { return withFinal(f.Order*f.Steps, f.Final) }

// Sample draws one sample for each key of job.
func (f ODESampler) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	var st stepper
	return Run(ctx, f, d, job, func(b *Batch) error {
		s := f.Schedule
		b.Begin(TerminalStd(s))
		times, _ := timeGrids.Get(f.Grid)
		grid := times(s, f.Steps+1, s.T(), f.T0)
		if err := checkGrid(f.Grid, grid, f.Steps+1); err != nil {
			return err
		}
		slope := func(t float64) error { return b.flow(s, t) }
		for i, t := range grid[:f.Steps] {
			if err := st.step(b, byOrder(f.Order), t, grid[i+1], slope); err != nil {
				return err
			}
		}
		return b.final(s, f.T0, f.Final)
	})
}

// flow sets D = dX/dt of the probability-flow ODE at time t. It is one evaluation.
func (b *Batch) flow(s Schedule, t float64) error {
	if err := b.scheduleScore(s, t); err != nil {
		return err
	}
	drift, g2 := s.Drift(t), s.G2(t)
	for k, x := range b.X {
		b.D[k] = drift*x - g2/2*b.D[k]
	}
	return nil
}
