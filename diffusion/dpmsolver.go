package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// DPMSolver is the multistep sampler DPM-Solver++ of Lu et al. (2022, arXiv 2211.01095) in the variance-exploding
// parameterization. With the log-SNR lambda = -log sigma, a step h = lambda' - lambda of the probability flow is
//
//	x' = (sigma'/sigma) x + int_0^h e^(u-h) D(lambda + u) du,
//
// in which D is replaced by the polynomial through its last Order values. Order 2 takes the integral of the slope as (1 -
// e^-h) h/2, as the paper's 2M does; order 3 is integrated exactly. The first steps, and those before the last one, to
// sigma = 0, have a lower order where values are missing or few steps are left. The levels are those of Heun, followed by
// 0. A step takes one evaluation, half of Heun's.
type DPMSolver struct {
	Steps    int     `json:"steps"`
	SigmaMin float64 `json:"sigma_min"`
	SigmaMax float64 `json:"sigma_max"`
	Rho      float64 `json:"rho"`
	Order    int     `json:"order"`          // 1 is DDIM
	Grid     string  `json:"grid,omitempty"` // "" is KarrasGrid with Rho; "log", or one of RegisterNoiseGrid
}

// DefaultDPMSolver returns order 2 with 20 steps on EDM's levels.
func DefaultDPMSolver() DPMSolver {
	return DPMSolver{Steps: 20, SigmaMin: 0.002, SigmaMax: 80, Rho: 7, Order: 2}
}

// Kind returns "dpm-solver++".
func (s DPMSolver) Kind() string { return "dpm-solver++" }

// Validate returns a *FieldError that names the first field that is wrong.
func (s DPMSolver) Validate() error {
	c := config.Check(s.Kind())
	checkLevels(c, s.Steps, s.SigmaMin, s.SigmaMax, s.Rho, s.Grid)
	c.Int("order", s.Order, 1, 3)
	return c.Err()
}

// Evaluations returns Steps.
func (s DPMSolver) Evaluations() int { return s.Steps }

// Sample draws one sample for each key of job.
func (s DPMSolver) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	var past history
	return Run(ctx, s, d, job, func(b *Batch) error {
		grid, err := levelsToZero(s.Grid, s.Steps, s.SigmaMin, s.SigmaMax, s.Rho)
		if err != nil {
			return err
		}
		b.Begin(grid[0])
		for i, from := range grid[:s.Steps] {
			if err := b.Denoise(b.D, b.X, from); err != nil {
				return err
			}
			past.push(b.D, from)
			var w [4]float64
			k := stepOrder(s.Order, i, s.Steps)
			past.advance(b.X, b.X, grid[i+1]/from, dpmWeights(w[:k], &past, math.Log(from/grid[i+1])))
		}
		return nil
	})
}

// stepOrder returns the order of step i of n: at most order, and no more than there are answers or steps left.
func stepOrder(order, i, n int) int { return min(order, i+1, n-i) }

// dpmWeights returns, in w, the weights of the newest len(w) answers in a step of log-SNR h, which is infinite in the step
// to sigma = 0, of order 1.
func dpmWeights(w []float64, past *history, h float64) []float64 {
	switch len(w) {
	case 1:
		w[0] = -math.Expm1(-h)
	case 2:
		w[0], w[1] = twoStep(-math.Expm1(-h), -math.Expm1(-h), h, past)
	default:
		at := past.offsets(len(w), past.lambda[0])
		exponentialWeights(w, at[:len(w)], h)
	}
	return w
}

// twoStep returns the weights of the two newest answers when D counts with the weight whole and half of the slope times h
// with the weight b.
func twoStep(whole, b, h float64, past *history) (w0, w1 float64) {
	half := b / 2 * h / (past.lambda[0] - past.lambda[1])
	return whole + half, -half
}
