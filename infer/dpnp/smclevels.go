package dpnp

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
)

// increments returns the increments of the log-weights for a move to eta.
func (s *smc) increments(eta float64) []float64 {
	inc := make([]float64, len(s.residual))
	for i, r := range s.residual {
		inc[i] = r.LogLik(eta, true) - s.ll[i]
	}
	return inc
}

// share returns the effective sample size of weights exp(inc) within the islands, over the number of particles.
func (s *smc) share(inc []float64) float64 {
	n, sum := len(inc)/len(s.logZ), 0.0
	for lo := 0; lo < len(inc); lo += n {
		sum += effective(inc[lo : lo+n])
	}
	return sum / float64(s.method.SMC.Particles)
}

// next returns the eta of the next level: end when the weights keep the wanted share of their effective sample size on
// the way there, or there were too many levels, otherwise the eta at which they keep it, by bisection of log eta. When there are more
// draws of the prior than particles, the first level keeps so many that it, too, adds (1/keep - 1)/N to the variance of a mean.
func (s *smc) next(end float64) float64 {
	keep := s.method.SMC.Keep
	if more := float64(len(s.residual)) / float64(s.method.SMC.Particles); more > 1 {
		keep = min(keep*more, 1/(1/keep-1))
	}
	at := func(eta float64) float64 { return s.share(s.increments(eta)) }
	if at(end) >= keep || len(s.etas) >= s.most {
		return end
	}
	lo, hi := end, 2*end
	if len(s.etas) > 0 {
		hi = s.etas[len(s.etas)-1]
	} else {
		for at(hi) < keep && hi < math.MaxFloat64/4 {
			lo, hi = hi, 2*hi
		}
	}
	for range 60 {
		mid := math.Sqrt(lo * hi)
		if at(mid) >= keep {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// reweigh moves the particles to the level eta: it adds to each island's evidence and resamples within islands, or at the
// last level among all.
func (s *smc) reweigh(eta float64) error {
	inc := s.increments(eta)
	if err := nonfinite.Check(fmt.Sprintf("level %d, eta %.4g: the log-weights", len(s.etas)+1, eta), inc, 0, 1); err != nil {
		return err
	}
	s.etas, s.ess, s.moved = append(s.etas, eta), append(s.ess, s.share(inc)), 0
	m, n := len(inc)/len(s.logZ), s.method.SMC.Particles/len(s.logZ)
	for j := range s.logZ {
		w := inc[j*m : (j+1)*m]
		s.logZ[j] += floats.LogSumExp(w) - math.Log(float64(m))
	}
	st := s.key.Split("dpnp.resample", len(s.etas)).Stream()
	if eta <= s.method.EtaMin {
		s.keepWeighted(inc)
		s.take(systematic(inc, n*len(s.logZ), st.Float64()))
		s.score(eta)
		return nil
	}
	var from []int
	for j := range s.logZ {
		for _, k := range systematic(inc[j*m:(j+1)*m], n, st.Float64()) {
			from = append(from, j*m+k)
		}
	}
	s.take(from)
	s.score(eta)
	return nil
}

// keepWeighted turns increments within islands into weights among all particles, by the evidence of each island, and keeps
// the particles with them.
func (s *smc) keepWeighted(inc []float64) {
	m := len(inc) / len(s.logZ)
	for j, z := range s.logZ {
		total := floats.LogSumExp(inc[j*m : (j+1)*m])
		for i := range m {
			inc[j*m+i] += z - total
		}
	}
	total := floats.LogSumExp(inc)
	s.weighted = &infer.WeightedDraws{Samples: infer.Split(s.x, s.d)}
	for _, v := range inc {
		s.weighted.Weights = append(s.weighted.Weights, math.Exp(v-total))
	}
}

// take replaces the particles by those with the numbers in from.
func (s *smc) take(from []int) {
	x, ancestor := make([]float64, 0, len(from)*s.d), make([]int, 0, len(from))
	residual := make([]inverse.Residual, 0, len(from))
	for _, k := range from {
		x, ancestor, residual = append(x, s.x[k*s.d:(k+1)*s.d]...), append(ancestor, s.ancestor[k]), append(residual, s.residual[k])
	}
	s.x, s.ancestor, s.residual, s.ll = x, ancestor, residual, make([]float64, len(from))
}
