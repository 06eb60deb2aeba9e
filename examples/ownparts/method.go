package main

import (
	"context"
	"fmt"
	"math"

	"tweedie/infer"
)

// DPS is diffusion posterior sampling (Chung et al. 2023, arXiv 2209.14687). From level r to the next level s it steps
//
//	u <- D + (s/r)^2 (u - D) + s sqrt(1 - (s/r)^2) z - zeta grad_u sqrt(2 L(D(u, r))),   z ~ N(0, I),
//
// where L is the negative log-likelihood, so that for Gaussian noise the root is the misfit in standard deviations. The
// levels fall geometrically from Top to Top/1000, and the last step goes to 0. Its samples are biased.
type DPS struct {
	Levels int     `json:"levels"`
	Top    float64 `json:"top"`  // in the units of x
	Zeta   float64 `json:"zeta"` // length of a step towards the data, in the units of x
}

func init() {
	infer.Register(infer.Kind{
		Name:   "dps",
		Title:  "DPS",
		Text:   "denoises from level to level and follows the gradient of the misfit through the denoiser; its samples are biased",
		Spread: infer.BiasedSpread,
		New: func(p *infer.Problem, _ infer.Effort) infer.Method {
			unit := p.Affine.Unit()
			return DPS{Levels: 100, Top: 10 * unit, Zeta: .02 * unit}
		},
	})
}

// Name returns "dps".
func (DPS) Name() string { return "dps" }

// Validate names the first field that is out of range.
func (m DPS) Validate() error {
	switch {
	case m.Levels < 2:
		return fmt.Errorf("dps: levels is %d; it must be at least 2", m.Levels)
	case !(m.Top > 0 && m.Top <= 1e100):
		return fmt.Errorf("dps: top is %v; it must be positive and at most 1e100", m.Top)
	case !(m.Zeta >= 0 && m.Zeta <= 1e100):
		return fmt.Errorf("dps: zeta is %v; it must lie between 0 and 1e100", m.Zeta)
	}
	return nil
}

// level returns the k-th noise level, which is 0 after the last.
func (m DPS) level(k int) float64 {
	if k == m.Levels {
		return 0
	}
	return m.Top * math.Pow(1e-3, float64(k)/float64(m.Levels-1))
}

// Solve draws the samples one by one.
func (m DPS) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(u []float64, d *infer.Draw) error {
		clean, grad := make([]float64, len(u)), make([]float64, len(u))
		for i := range u {
			u[i] = p.Affine.ToPhysical(0) + m.Top*d.Stream.Norm()
		}
		for k := range m.Levels {
			r, s, root := m.level(k), m.level(k+1), 0.
			err := d.DenoiseVJP(clean, grad, u, r, func(ct, x []float64) {
				p.Likelihood.Grad(ct, x)
				root = math.Sqrt(2 * p.Likelihood.NegLog(x))
			})
			if err != nil {
				return err
			}
			q := s / r
			step := m.Zeta / max(root, 1e-9) // the gradient is 0 where the root is
			for i, x := range clean {
				u[i] = x + q*q*(u[i]-x) + s*math.Sqrt(1-q*q)*d.Stream.Norm() - step*grad[i]
			}
			d.Step(k+1, m.Levels)
		}
		return nil
	})
}
