package infertest_test

import (
	"context"
	"fmt"
	"math"

	"tweedie/infer"
)

// dps is diffusion posterior sampling (Chung et al. 2023, arXiv 2209.14687). From level r to the next level s it steps
//
//	u <- D + (s/r)^2 (u - D) + s sqrt(1 - (s/r)^2) z - zeta grad_u |y - A D(u, r)|,   z ~ N(0, I),
//
// over levels that fall geometrically from 10 to 0.01 in the units of x, with the norm in standard deviations of the
// noise. Its samples are biased.
type dps struct {
	Levels int
	Zeta   float64
}

func (m dps) Name() string { return "dps" }

func (m dps) Validate() error {
	if m.Levels < 2 {
		return fmt.Errorf("dps: levels is %d; it must be at least 2", m.Levels)
	}
	return nil
}

func (m dps) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(u []float64, d *infer.Draw) error {
		level := func(k int) float64 { return 10 * math.Pow(1e-3, float64(k)/float64(m.Levels-1)) }
		clean, grad := make([]float64, len(u)), make([]float64, len(u))
		for i := range u {
			u[i] = p.Affine.ToPhysical(0) + level(0)*d.Stream.Norm()
		}
		for k := range m.Levels {
			r, s, misfit := level(k), 0., 0.
			if k+1 < m.Levels {
				s = level(k + 1)
			}
			err := d.DenoiseVJP(clean, grad, u, r, func(ct, x []float64) {
				p.Likelihood.Grad(ct, x)
				misfit = math.Sqrt(2 * p.Likelihood.NegLog(x)) // in standard deviations of the noise
			})
			if err != nil {
				return err
			}
			q := s / r
			for i, x := range clean {
				u[i] = x + q*q*(u[i]-x) + s*math.Sqrt(1-q*q)*d.Stream.Norm() - m.Zeta*grad[i]/misfit
			}
		}
		return nil
	})
}
