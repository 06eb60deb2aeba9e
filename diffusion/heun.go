package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// Heun is the sampler of Karras et al. (2022, algorithm 2) in the variance-exploding parameterization. It integrates
// dx/dsigma = (x - D)/sigma over the noise levels of KarrasGrid(Steps, SigmaMin, SigmaMax, Rho), or of another Grid,
// followed by 0: by Heun's method (Order 2) or by Euler's (Order 1). With Churn > 0, noise is put back before each step
// whose sigma lies in [ChurnMin, ChurnMax]: sigma grows by the factor 1 + min(Churn/Steps, sqrt 2 - 1), and the noise
// added has the matching standard deviation times ChurnNoise. It takes Order*Steps - (Order - 1) evaluations.
type Heun struct {
	Steps      int     `json:"steps"`
	SigmaMin   float64 `json:"sigma_min"`
	SigmaMax   float64 `json:"sigma_max"`
	Rho        float64 `json:"rho"`
	Order      int     `json:"order"`
	Churn      float64 `json:"churn"`
	ChurnMin   float64 `json:"churn_min"`
	ChurnMax   float64 `json:"churn_max"` // 0 is no limit
	ChurnNoise float64 `json:"churn_noise"`

	Grid string `json:"grid,omitempty"` // "" is KarrasGrid with Rho; "log", or one of RegisterNoiseGrid
}

// DefaultHeun returns EDM's deterministic sampler with 18 steps and 35 evaluations.
func DefaultHeun() Heun {
	return Heun{Steps: 18, SigmaMin: 0.002, SigmaMax: 80, Rho: 7, Order: 2, ChurnNoise: 1}
}

// Kind returns "heun".
func (h Heun) Kind() string { return "heun" }

// Validate returns a *FieldError that names the first field that is wrong.
func (h Heun) Validate() error {
	c := config.Check("heun")
	checkLevels(c, h.Steps, h.SigmaMin, h.SigmaMax, h.Rho, h.Grid)
	c.Int("order", h.Order, 1, 2)
	c.Float("churn", h.Churn, 0, config.Huge)
	c.Float("churn_min", h.ChurnMin, 0, config.Huge)
	c.Float("churn_max", h.ChurnMax, 0, config.Huge)
	c.Float("churn_noise", h.ChurnNoise, 0, config.Huge)
	c.That(h.Churn == 0 || h.ChurnNoise > 0, "churn_noise", h.ChurnNoise, "be positive, with churn")
	return c.Err()
}

// Evaluations returns Order*Steps - (Order - 1): the last step, to sigma = 0, is always Euler's.
func (h Heun) Evaluations() int { return h.Order*h.Steps - (h.Order - 1) }

// Sample draws one sample for each key of job.
func (h Heun) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	var st stepper
	return Run(ctx, h, d, job, func(b *Batch) error {
		grid, err := levelsToZero(h.Grid, h.Steps, h.SigmaMin, h.SigmaMax, h.Rho)
		if err != nil {
			return err
		}
		b.Begin(grid[0])
		for i, from := range grid[:h.Steps] {
			from, to := h.churn(b, from), grid[i+1]
			m := byOrder(h.Order)
			if to == 0 {
				m = euler // the slope at sigma = 0 is not defined
			}
			if err := st.step(b, m, from, to, b.pull); err != nil {
				return err
			}
		}
		return nil
	})
}

// pull sets D = (X - D(X, sigma))/sigma, the slope dX/dsigma of the probability flow in the variance-exploding
// parameterization. It is one evaluation.
func (b *Batch) pull(sigma float64) error {
	if err := b.Denoise(b.D, b.X, sigma); err != nil {
		return err
	}
	for k, x := range b.X {
		b.D[k] = (x - b.D[k]) / sigma
	}
	return nil
}

// churn adds noise to the batch at level sigma, where Churn asks for it, and returns the level that the state then has.
func (h Heun) churn(b *Batch, sigma float64) float64 {
	if h.Churn == 0 || sigma < h.ChurnMin || (h.ChurnMax > 0 && sigma > h.ChurnMax) {
		return sigma
	}
	up := sigma * (1 + math.Min(h.Churn/float64(h.Steps), math.Sqrt2-1))
	add := h.ChurnNoise * math.Sqrt(up*up-sigma*sigma)
	b.Normal(b.D)
	for k, n := range b.D {
		b.X[k] += add * n
	}
	return up
}
