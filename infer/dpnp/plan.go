package dpnp

import (
	"fmt"

	"tweedie/inverse"
)

// linearGaussian reports whether a likelihood has a linear operator and Gaussian noise.
func linearGaussian(lik *inverse.Likelihood) bool {
	_, linear := lik.Op.(inverse.Linear)
	_, gaussian := lik.Noise.(inverse.Gaussian)
	return linear && gaussian
}

// mostSMCRounds bounds the rounds that sequential Monte Carlo is expected to take; beyond it chains are taken instead.
const mostSMCRounds = 160

// plan fills in the mode and every number of the config that is 0, and says why.
func (e *engine) plan() error {
	m := &e.method
	if m.Mode == AnnealedMode {
		*m = m.published(e.p.Std)
		if err := m.Validate(); err != nil {
			return err
		}
		return e.tolerate()
	}
	if m.Mode == SMCMode && e.coupled == nil {
		return fmt.Errorf("the mode smc needs a linear operator and Gaussian noise; this problem has %s with %s noise; the mode exchange takes any", e.p.Likelihood.Op.Name(), e.p.Likelihood.Noise.Kind())
	}
	if err := e.ends(); err != nil {
		return err
	}
	if err := e.sound(); err != nil {
		return err
	}
	if err := e.admits(); err != nil {
		return err
	}
	if m.Mode == Auto {
		m.Mode, e.why = e.choose()
	}
	return e.tolerate()
}

// ends refuses an eta_min that is too large for sequential Monte Carlo, before anything is drawn: in the mode smc, and in auto
// unless rounds, eta_max or the size of the operator make it chains.
func (e *engine) ends() error {
	m := e.method
	if e.coupled == nil || m.Mode == Auto && (m.Rounds > 0 || m.EtaMax > 0 || e.coupled.Gains() == nil) || m.Mode != Auto && m.Mode != SMCMode {
		return nil
	}
	if top := e.coupled.Top(); m.EtaMin*top > 1 {
		return fmt.Errorf("eta_min is %g; in the mode %s it must be at most %.4g, where the law is the posterior; the mode chains takes any", m.EtaMin, m.Mode, 1/top)
	}
	return nil
}

// tolerate makes the denoising sampler whose steps follow from the tolerance, where there is one. A sampler whose law on a
// Gaussian prior is not known keeps its steps.
func (e *engine) tolerate() error {
	m := e.method
	if m.Tolerance == 0 {
		return nil
	}
	if m.Steps == 0 {
		m.Steps = leastTolerantSteps
	}
	dds, err := m.DenoisingSampler()
	if err != nil {
		return fmt.Errorf("the denoising sampler %q: %w", m.Sampler, err)
	}
	e.dds = dds
	if _, known := dds.(NormalDrawer); !known {
		return nil
	}
	spreads := []float64{e.spread.rms, e.spread.largest}
	if m.Mode == AnnealedMode {
		spreads = []float64{m.EtaMax}
	}
	e.dds = &Tolerant{Candidates: []DPnP{m}, Tol: m.Tolerance, Spreads: spreads}
	return nil
}

// choose returns the mode that suits the problem, and the reason.
func (e *engine) choose() (mode, why string) {
	m := e.method
	switch {
	case m.Rounds > 0 || m.EtaMax > 0:
		return ChainsMode, "chains, because rounds or eta_max are given"
	case e.coupled == nil:
		return ExchangeMode, fmt.Sprintf("exchange, because %s with %s noise is not linear and Gaussian", e.p.Likelihood.Op.Name(), e.p.Likelihood.Noise.Kind())
	case e.coupled.Gains() == nil:
		return ChainsMode, "chains, because the operator is too large for its singular values, which sequential Monte Carlo needs"
	}
	seen := len(e.p.Likelihood.Y)
	levels := e.levels()
	if rounds := levels*m.SMC.Rounds + m.SMC.Last; rounds > mostSMCRounds {
		return ChainsMode, fmt.Sprintf("chains, because %d data would take sequential Monte Carlo about %d levels, %d rounds; at most %d are spent", seen, levels, rounds, mostSMCRounds)
	}
	return SMCMode, fmt.Sprintf("sequential Monte Carlo, because %d data take about %d levels and often fewer (%d rounds, where at most %d are spent)", seen, levels, levels*m.SMC.Rounds+m.SMC.Last, mostSMCRounds)
}

// levels returns how many levels sequential Monte Carlo is expected to take, mostSMCRounds where the gains are not known.
func (e *engine) levels() int {
	gains := e.coupled.Gains()
	if gains == nil {
		return mostSMCRounds
	}
	return predictLevels(gains, e.spread.rms, endOf(e.coupled), e.method.SMC.Keep)
}

// sound learns the deviations of the prior. They do not depend on the samples of the run, so that a chain is the same alone
// and among others: a prior that draws from itself tells them, one whose pixels' deviation is known is taken to spread as
// images do, and of any other a few draws are made.
func (e *engine) sound() error {
	n := 0
	if e.closedForm() {
		n = min(enoughDraws, max(fewDraws, enoughWords/e.d))
	} else if e.p.Std == 0 {
		n = fewDraws
	}
	x, err := e.drawsOfPrior(n)
	if err != nil {
		return err
	}
	e.spread = spreadOf(x, e.d, e.p.Std)
	return nil
}

// Draws of a prior in closed form from which its deviations are known well enough: so many, or of large images fewer.
const (
	enoughDraws = 256
	enoughWords = 1 << 20 // float64 values of all of them
)

// published returns m with the zeros of the mode annealed filled in: the rounds of Annealed, from the deviation std of the
// prior's pixels, where it is known, to a twentieth of it.
func (m DPnP) published(std float64) DPnP {
	a := Annealed()
	if m.Rounds == 0 {
		m.Rounds = a.Rounds
		if m.Hold == 0 {
			m.Hold = a.Hold
		}
	}
	if m.EtaMax == 0 {
		m.EtaMax = max(a.EtaMax, m.EtaMin)
		if std > 0 {
			m.EtaMax = max(std, m.EtaMin)
		}
	}
	if m.EtaMin == 0 {
		m.EtaMin = m.EtaMax / 20
	}
	return m
}
