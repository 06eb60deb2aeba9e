package dpnp

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// smc moves particles from the prior to the posterior by sequential Monte Carlo over the coupling eta. Level k has the law
//
//	pi_k(x) = p(x) N(y; A x, S_k) / Z_k,   S_k = S^1/2 U max(1, eta_k^2 g^2) U^T S^1/2,   S^-1/2 A = U diag(g) V^T
//
// which deflated rounds at eta_k leave invariant. The prior's density cancels from the weights,
//
//	log w += l_k+1(x) - l_k(x),   l_k(x) = log N(y; A x, S_k),   l = 0 at the prior,
//
// so that only the likelihood is evaluated. The levels follow from the effective sample size of the weights. Once eta g <= 1
// for all g, S_k = S and the law is the posterior.
//
// The particles form islands that exchange none before the last level, so that the spread of their estimates of Z tells
// its error.
type smc struct {
	*engine
	x        []float64          // [N*d]
	residual []inverse.Residual // of each particle
	ll       []float64          // l_k of each particle
	ancestor []int              // number of the draw of the prior from which each particle descends
	logZ     []float64          // of each island
	etas     []float64          // levels so far, descending
	ess      []float64          // effective sample size over N at each level
	weighted *infer.WeightedDraws
	moved    int              // rounds made at the last of etas
	most     int              // levels after which the next one is the last
	last     DenoisingSampler // of the very last round
	test     invariance
}

// solveSMC runs the particles to the posterior, tests what their weights rest on, and returns as many samples as the run
// asks for.
func (e *engine) solveSMC(ctx context.Context) (*infer.Result, error) {
	s, err := e.newSMC()
	if err != nil {
		return nil, err
	}
	if err := s.load(e.run.State); err != nil {
		return nil, err
	}
	if err := s.advance(); err != nil {
		if ctx.Err() == nil {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
		return s.result(), err
	}
	if err := s.testInvariance(); err != nil {
		if ctx.Err() == nil {
			return nil, fmt.Errorf("dpnp: the test of invariance: %w", err)
		}
		return s.result(), err
	}
	return s.result(), nil
}

// fewLevels is the number of levels that sequential Monte Carlo may take beyond twice those that were expected. Data that the
// prior does not explain, such as ones of other units, would take thousands; the checks tell of the jump to the end.
const fewLevels = 30

// newSMC draws the particles from the prior. A run that resumes makes these draws again, from the same seed, though its particles
// come from its state: the checks compare with them, and in a state, which is written after each round, they would take as
// much room as the particles, or up to 64 times as much where the prior draws from itself.
func (e *engine) newSMC() (*smc, error) {
	m := &e.method
	levels := e.levels()
	m.SMC = m.SMC.filled(e.run.Samples, e.d, levels, e.closedForm())
	if m.EtaMin == 0 {
		m.EtaMin = endOf(e.coupled)
	}
	if err := config.Room("dpnp", "smc.particles", 8, m.SMC.Particles, m.SMC.PriorDraws, e.d); err != nil {
		return nil, err
	}
	last := e.dds
	if m.SMC.Stochastic > 0 {
		by := *m
		by.Sampler, by.Steps, by.Tolerance = "ddpm", m.SMC.Stochastic, 0
		var err error
		if last, err = by.DenoisingSampler(); err != nil {
			return nil, fmt.Errorf("dpnp: the last round: %w", err)
		}
	}
	n := m.SMC.Particles * m.SMC.PriorDraws
	x, err := e.drawsOfPrior(n)
	if err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	s := &smc{engine: e, x: slices.Clone(x), ancestor: make([]int, n), ll: make([]float64, n), logZ: make([]float64, m.SMC.Islands), most: fewLevels + 2*levels, last: last}
	for i := range s.ancestor {
		s.ancestor[i] = i
	}
	return s, s.measure()
}

// measure computes the residual of every particle.
func (s *smc) measure() (err error) {
	s.residual = make([]inverse.Residual, len(s.ancestor))
	for i := range s.residual {
		if s.residual[i], err = s.coupled.Residual(s.x[i*s.d : (i+1)*s.d]); err != nil {
			return err
		}
	}
	return nil
}

// score sets ll to l_k at the level eta.
func (s *smc) score(eta float64) {
	for i, r := range s.residual {
		s.ll[i] = r.LogLik(eta, true)
	}
}

// advance goes from level to level until the rounds at the last one are made, and saves after each round.
func (s *smc) advance() error {
	m := s.method
	for {
		done := len(s.etas) > 0 && s.etas[len(s.etas)-1] <= m.EtaMin
		rounds := m.SMC.Rounds
		switch {
		case len(s.etas) == 0:
			rounds = 0
		case done:
			rounds = m.SMC.Last
		}
		for s.moved < rounds {
			eta := s.etas[len(s.etas)-1]
			dds := s.dds
			if done && s.moved == rounds-1 {
				dds = s.last
			}
			if err := s.roundBy(dds, s.x, make([]float64, len(s.x)), eta); err != nil {
				return fmt.Errorf("level %d, eta %.4g, round %d of %d: %w", len(s.etas), eta, s.moved+1, rounds, err)
			}
			s.moved++
			s.report(rounds)
			if err := s.save(s.run.State); err != nil {
				return err
			}
		}
		if err := s.measure(); err != nil {
			return err
		}
		if done {
			s.score(m.EtaMin)
			return nil
		}
		if len(s.etas) > 0 {
			s.score(s.etas[len(s.etas)-1])
		}
		if err := s.reweigh(s.next(m.EtaMin)); err != nil {
			return err
		}
		if err := s.save(s.run.State); err != nil {
			return err
		}
	}
}

// report tells how many rounds are made, of as many as the levels from here on are expected to take.
func (s *smc) report(rounds int) {
	left := 0
	if eta := s.etas[len(s.etas)-1]; eta > s.method.EtaMin {
		// Levels become as much finer as they were so far.
		ratio := 1.5
		if k := len(s.etas); k > 1 {
			ratio = max(1.02, s.etas[k-2]/s.etas[k-1])
		}
		left = int(math.Ceil(math.Log(eta/s.method.EtaMin)/math.Log(ratio)-1))*s.method.SMC.Rounds + s.method.SMC.Last
	}
	done := s.engine.rounds
	s.run.Report(infer.Progress{Stage: "round", Done: done, Total: max(done, done+rounds-s.moved+left), Evaluations: s.eval.Evaluations})
}
