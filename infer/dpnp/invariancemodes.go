package dpnp

import (
	"tweedie/internal/config"
	"tweedie/rng"
)

// testInvariance tests the levels of sequential Monte Carlo.
func (s *smc) testInvariance() (err error) {
	n := min(mostTested, len(s.pool)/s.d)
	s.test, err = s.engine.testInvariance(n, s.method.SMC.Invariance, s.etas, func(before, _, after []float64, k int, _ *rng.Stream) (c change, err error) {
		b, err := s.coupled.Residual(before)
		if err != nil {
			return c, err
		}
		a, err := s.coupled.Residual(after)
		if err != nil {
			return c, err
		}
		c.before, c.after = b.LogLik(s.etas[k], true), a.LogLik(s.etas[k], true)
		if k+1 < len(s.etas) {
			c.step = float64(s.method.SMC.Rounds) * (a.LogLik(s.etas[k+1], true) - b.LogLik(s.etas[k+1], true) - c.after + c.before)
		}
		return c, nil
	})
	return err
}

// testInvariance tests the rungs of the ladders, of which a step to the next one rests on |x-z|^2 and on the likelihood of z.
func (x *exchange) testInvariance() (err error) {
	n := mostTested
	if x.method.SMC.Invariance > 0 && !x.closedForm() {
		if err := config.Room("dpnp", "smc.invariance_tests", 8, n, 4, x.d); err != nil {
			return err
		}
	}
	etas := make([]float64, len(x.rungs))
	for k, r := range x.rungs {
		etas[k] = r.Eta
	}
	x.test, err = x.engine.testInvariance(n, x.method.SMC.Invariance, etas, x.compare)
	return err
}

// compare tells what a denoising draw at rung k changes: of the distance to the draw z from which it is made, and of the
// likelihood of the next draw z, which is made from st about either image.
func (x *exchange) compare(before, noised, after []float64, k int, st *rng.Stream) (change, error) {
	about, next := make([]float64, x.d), make([]float64, x.d)
	for j := range next {
		n := x.rungs[k].Eta * st.Norm()
		about[j], next[j] = before[j]+n, after[j]+n
	}
	r, f, g := x.rungs[k], x.bounded(about), x.bounded(next)
	c := change{before: -r.Temper * f, after: -r.Temper * g}
	if k+1 < len(x.rungs) {
		c.step = r.energyTo(x.rungs[k+1], g-f, squared(noised, after)-squared(noised, before))
	}
	return c, nil
}

// bounded returns the energy within bounds, where the noise does not allow an image.
func (x *exchange) bounded(z []float64) float64 { return min(energy(x.lik, z), mostEnergy) }

// mostEnergy bounds energies whose sums and products with step sizes are to be numbers.
const mostEnergy = 1e12
