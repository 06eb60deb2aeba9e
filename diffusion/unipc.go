package diffusion

import (
	"context"
	"math"

	"tweedie/internal/config"
)

// The functions B(h) of UniPC.
const (
	UniPCB1 = "b1" // h
	UniPCB2 = "b2" // e^h - 1, in data prediction 1 - e^-h
)

// UniPC is the multistep predictor-corrector of Zhao et al. (2023, arXiv 2302.04867) with data prediction, in the
// variance-exploding parameterization. Each step predicts x' with the polynomial through the last Order values of D, as
// DPMSolver does, evaluates D there, and corrects x' with the polynomial that goes through the new value, too. The value
// is kept and not computed again, so a step takes one evaluation, and the order of accuracy is Order + 1. Where one number
// is left free (the predictor of order 2, the corrector of order 1) it is 1/2 times B(h), as in the paper. The last step,
// to sigma = 0, and orders near the ends are as in DPMSolver.
type UniPC struct {
	Steps    int     `json:"steps"`
	SigmaMin float64 `json:"sigma_min"`
	SigmaMax float64 `json:"sigma_max"`
	Rho      float64 `json:"rho"`
	Order    int     `json:"order"`          // of the predictor
	Variant  string  `json:"variant"`        // "b1" or "b2"
	Grid     string  `json:"grid,omitempty"` // "" is KarrasGrid with Rho; "log", or one of RegisterNoiseGrid
}

// DefaultUniPC returns order 2 with B2 and 20 steps on EDM's levels.
func DefaultUniPC() UniPC {
	return UniPC{Steps: 20, SigmaMin: 0.002, SigmaMax: 80, Rho: 7, Order: 2, Variant: UniPCB2}
}

// Kind returns "unipc".
func (s UniPC) Kind() string { return "unipc" }

// Validate returns a *FieldError that names the first field that is wrong.
func (s UniPC) Validate() error {
	c := config.Check(s.Kind())
	checkLevels(c, s.Steps, s.SigmaMin, s.SigmaMax, s.Rho, s.Grid)
	c.Int("order", s.Order, 1, 3)
	c.Name("variant", s.Variant, UniPCB1, UniPCB2)
	return c.Err()
}

// Evaluations returns Steps.
func (s UniPC) Evaluations() int { return s.Steps }

// Sample draws one sample for each key of job.
func (s UniPC) Sample(ctx context.Context, d Denoiser, job Job) (Result, error) {
	var past history
	var start []float64
	return Run(ctx, s, d, job, func(b *Batch) error {
		grid, err := levelsToZero(s.Grid, s.Steps, s.SigmaMin, s.SigmaMax, s.Rho)
		if err != nil {
			return err
		}
		start = resize(start, len(b.X))
		b.Begin(grid[0])
		for i, from := range grid[:s.Steps] {
			if err := b.Denoise(b.D, b.X, from); err != nil {
				return err
			}
			past.push(b.D, from)
			var w [4]float64
			if i > 0 {
				k := stepOrder(s.Order, i-1, s.Steps)
				past.advance(b.X, start, from/grid[i-1], s.corrector(w[:k+1], &past))
			}
			copy(start, b.X)
			k := stepOrder(s.Order, i, s.Steps)
			past.advance(b.X, b.X, grid[i+1]/from, s.predictor(w[:k], &past, math.Log(from/grid[i+1])))
		}
		return nil
	})
}

// predictor returns, in w, the weights of the newest len(w) answers in a step of log-SNR h from the newest.
func (s UniPC) predictor(w []float64, past *history, h float64) []float64 {
	if len(w) == 2 {
		w[0], w[1] = twoStep(-math.Expm1(-h), s.b(h), h, past)
		return w
	}
	return dpmWeights(w, past, h)
}

// corrector returns, in w, the weights of the newest len(w) answers in the step that ended at the newest.
func (s UniPC) corrector(w []float64, past *history) []float64 {
	h := past.lambda[0] - past.lambda[1]
	if len(w) == 2 {
		w[0] = s.b(h) / 2
		w[1] = -math.Expm1(-h) - w[0]
		return w
	}
	at := past.offsets(len(w), past.lambda[1])
	exponentialWeights(w, at[:len(w)], h)
	return w
}

// b returns B(h) of data prediction.
func (s UniPC) b(h float64) float64 {
	if s.Variant == UniPCB1 {
		return h
	}
	return -math.Expm1(-h)
}
