package dpnp

import (
	"fmt"
	"math"

	"tweedie/internal/config"
)

// SMC says how the mode smc runs.
type SMC struct {
	Particles  int     `json:"particles"`        // 0: as many as samples, of a network twice as many, at least 64 and 2 for each level that is expected
	Islands    int     `json:"islands"`          // that never exchange particles before the end; 0: 4 from 64 particles on, else 1
	Keep       float64 `json:"keep"`             // share of the effective sample size that a level keeps
	Rounds     int     `json:"rounds"`           // at each level
	Last       int     `json:"last_rounds"`      // at the last level
	Stochastic int     `json:"stochastic_steps"` // of the stochastic denoising draw of the very last round; 0 for none, as for a closed form
	PriorDraws int     `json:"prior_draws"`      // for each particle; 0: 1, or up to 64 where the prior draws from itself
	Invariance int     `json:"invariance_tests"` // levels at which the prior's draws are tested against its denoising draws; 0: none, and no evidence
}

// DefaultSMC returns levels that keep 80% of the effective sample size, a round at each, 4 at the last, of which the very last
// draws by the stochastic sampler in 64 steps, and 4 tests of invariance. Each resampling adds (1/Keep - 1)/N to the variance of a mean, in units of the posterior's, so that short levels
// lose less than long ones with more rounds: on a Gaussian field of 64 pixels with 30% of its frequencies seen, 64 particles have
// the error of 21 independent draws; at equal cost, with half kept and 2 rounds, of 12 to 16. A network's
// flow draws pixels that hardly vary too sharp, and its reverse SDE does not; they forget what came before in one round.
func DefaultSMC() SMC { return SMC{Keep: .8, Rounds: 1, Last: 4, Stochastic: 64, Invariance: 4} }

// Validate names the first field that is out of range.
func (s SMC) Validate() error {
	c := config.Check("dpnp: smc")
	c.Int("particles", s.Particles, 0, config.MostBatch)
	c.Int("islands", s.Islands, 0, config.MostBatch)
	if s.Particles > 0 {
		c.That(2*s.Islands <= s.Particles, "islands", fmt.Sprintf("%d and particles is %d", s.Islands, s.Particles), "be at most half of particles")
	}
	c.Float("keep", s.Keep, .01, .99)
	c.Int("rounds", s.Rounds, 1, config.MostSteps)
	c.Int("last_rounds", s.Last, 0, config.MostSteps)
	c.Int("stochastic_steps", s.Stochastic, 0, config.MostSteps)
	c.Int("prior_draws", s.PriorDraws, 0, 1<<12)
	c.Int("invariance_tests", s.Invariance, 0, config.MostSteps)
	return c.Err()
}

// Numbers that SMC fills in.
const (
	leastParticles = forIslands
	ancestors      = 16 // draws of the prior that have descendants in the end
	forEachSample  = 2  // particles of a network
	fewIslands     = 4
	forIslands     = 64      // particles from which there are islands
	mostPriorDraws = 64      // for each particle, of a prior that draws from itself
	mostPriorWords = 1 << 23 // float64 values of all of them
)

// filled returns s with the zeros filled in for so many samples of d values and so many levels; free tells whether draws of
// the prior cost nothing.
func (s SMC) filled(samples, d, levels int, free bool) SMC {
	if s.Particles == 0 {
		// Of n particles about 2n/(levels (1/keep - 1)) draws have descendants after so many levels.
		survive := int(math.Ceil(ancestors * min(1, 1/s.Keep-1) / 2 * float64(min(levels, mostSMCRounds))))
		if !free {
			samples *= forEachSample
		}
		s.Particles = max(samples, leastParticles, survive)
	}
	if s.Islands == 0 {
		s.Islands = 1
		if s.Particles >= forIslands {
			s.Islands = fewIslands
		}
	}
	size := int(math.Ceil(float64(s.Particles) / float64(s.Islands)))
	s.Particles = size * s.Islands
	if free {
		s.Stochastic = 0
	}
	if s.PriorDraws == 0 {
		s.PriorDraws = 1
		if free {
			s.PriorDraws = max(1, min(mostPriorDraws, mostPriorWords/(s.Particles*d)))
		}
	}
	return s
}
