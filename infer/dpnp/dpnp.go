package dpnp

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
)

// DPnP samples by the diffusion plug-and-play method of Xu and Chi 2024 (arXiv 2403.17042). Round k alternates
//
//	z ~ exp(-f(z) - |z-x|^2/2 eta_k^2)        proximal consistency, f = -log p(y|.)
//	x ~ p(x) exp(-|x-z|^2/2 eta_k^2)          denoising posterior
//
// At a fixed eta the law of x tends to p(x) [exp(-f) conv N(0, eta^2 I)](x). For a linear operator with Gaussian noise, y =
// Ax + N(0, S), that is the posterior with S + eta^2 A A^T in place of S. Deflated rounds draw z with max(S - eta^2 A
// A^T, 0) in place of S; then it is the posterior itself at every eta <= 1/g, g the largest singular value of S^-1/2 A.
//
// Mode says how the rounds are made:
//
//	auto      the one of the next three that suits the problem, for a reason that the result gives
//	smc       sequential Monte Carlo: particles go from the prior to the posterior through falling eta, are weighed and
//	          resampled; right weights of modes and the evidence p(y); for linear operators with Gaussian noise
//	exchange  replicas at a ladder of eta exchange their images; for any likelihood
//	chains    independent deflated chains from draws of the prior, down a schedule that follows from the problem
//	annealed  the algorithm as published: chains from around A+ y, without deflation; zeros as in Annealed, in deviations of the prior
//
// Numbers that are 0 follow from the problem, and a result's Config shows what they became.
type DPnP struct {
	Mode      string    `json:"mode"`
	Rounds    int       `json:"rounds"`        // of a chain before its first draw; given in mode auto, the mode is chains
	Hold      int       `json:"hold"`          // rounds at eta_max, the first ones
	EtaMax    float64   `json:"eta_max"`       // in the units of x; given in mode auto, the mode is chains
	EtaMin    float64   `json:"eta_min"`       // of the last quarter of the rounds of chains, in annealed of the last one
	Sampler   string    `json:"sampler"`       // of the denoising posterior: "unipc", "dpm++", "ddim", "ddpm", or one that RegisterSampler added
	Steps     int       `json:"dds_steps"`     // its steps, where dds_tolerance is 0
	Tolerance float64   `json:"dds_tolerance"` // of its draws on the directions of the prior, from which the steps of every eta follow
	Heun      bool      `json:"heun"`          // second-order ddim
	Levels    []float64 `json:"levels,omitempty"`
	Chains    int       `json:"chains"` // that share the samples; 0 is one for each sample, at most 64
	Thin      int       `json:"thin"`   // rounds between two draws of one chain
	SMC       SMC       `json:"smc"`
	Exchange  Exchange  `json:"exchange"`

	Proximal inverse.ProximalConfig `json:"proximal"`
}

// The modes of DPnP.
const (
	Auto           = "auto"
	SMCMode        = "smc"
	ExchangeMode   = "exchange"
	ChainsMode     = "chains"
	AnnealedMode   = "annealed"
	mostChains     = 64
	defaultTol     = .02
	annealedRounds = 40
)

// Default returns the mode auto, in which all numbers follow from the problem, with denoising draws by unipc whose steps
// follow from a tolerance of 2%.
func Default() DPnP {
	return DPnP{Mode: Auto, Sampler: "unipc", Steps: 8, Tolerance: defaultTol, SMC: DefaultSMC(), Exchange: DefaultExchange(), Proximal: inverse.DefaultProximal()}
}

// Annealed returns the algorithm as published: 40 rounds from eta 0.4 to 0.02, for images with values of order one, with
// 16 evaluations a denoising draw.
func Annealed() DPnP {
	m := Default()
	m.Mode, m.Sampler, m.Steps, m.Tolerance = AnnealedMode, "ddim", 16, 0
	m.Rounds, m.Hold, m.EtaMax, m.EtaMin = annealedRounds, annealedRounds/5, .4, .02
	return m
}

// Name returns "dpnp".
func (m DPnP) Name() string { return "dpnp" }

// Validate names the first field that is out of range.
func (m DPnP) Validate() error {
	c := config.Check("dpnp")
	c.Name("mode", m.Mode, Auto, SMCMode, ExchangeMode, ChainsMode, AnnealedMode)
	eta := func(field string, v float64) {
		if v != 0 {
			c.Float(field, v, config.Tiny, config.Huge)
		}
	}
	c.Int("rounds", m.Rounds, 0, config.MostSteps)
	c.That(m.Mode != SMCMode || m.Rounds == 0, "rounds", m.Rounds, "be 0 in the mode smc, which has smc.rounds and smc.last_rounds")
	c.That(m.Mode != SMCMode || m.EtaMax == 0, "eta_max", m.EtaMax, "be 0 in the mode smc, whose levels follow from the weights")
	c.Int("hold", m.Hold, 0, config.MostSteps)
	if m.Rounds > 0 {
		c.Ordered("hold", float64(m.Hold), "rounds", float64(m.Rounds))
	}
	eta("eta_min", m.EtaMin)
	eta("eta_max", m.EtaMax)
	if m.EtaMax > 0 {
		c.Ordered("eta_min", m.EtaMin, "eta_max", m.EtaMax)
	}
	c.Name("sampler", m.Sampler, Samplers()...)
	c.Float("dds_tolerance", m.Tolerance, 0, 1)
	if m.Levels == nil && (m.Tolerance == 0 || m.Steps != 0) {
		c.Int("dds_steps", m.Steps, 1, config.MostSteps)
	}
	c.That(m.Levels == nil || len(m.Levels) > 0, "levels", "empty", "hold noise levels, or be left out")
	c.Floats("levels", m.Levels, config.Tiny, config.Huge)
	c.That(slices.IsSorted(m.Levels), "levels", "not in order", "ascend")
	if len(m.Levels) > 0 && m.EtaMin > 0 {
		c.That(m.EtaMin > m.Levels[0], "eta_min", m.EtaMin, "be above the least of levels, %g", m.Levels[0])
	}
	c.Int("chains", m.Chains, 0, config.MostBatch)
	c.Int("thin", m.Thin, 0, config.MostSteps)
	c.Also(m.SMC.Validate())
	c.Also(m.Exchange.Validate())
	c.Also(m.Proximal.Validate())
	return c.Err()
}

// Etas returns the coupling of every round before the first draw of a chain: eta_max for hold rounds, then a geometric fall
// to eta_min. In annealed the last round reaches it; otherwise the last quarter of the rounds has it.
func (m DPnP) Etas() []float64 {
	fall := m.Rounds
	if m.Mode != AnnealedMode {
		fall = m.Rounds - m.settled()
	}
	hold := min(m.Hold, fall)
	e := make([]float64, m.Rounds)
	for k := range e {
		switch {
		case k >= fall:
			e[k] = m.EtaMin
		case k < hold || fall == hold:
			e[k] = m.EtaMax
		default:
			e[k] = m.EtaMax * math.Pow(m.EtaMin/m.EtaMax, float64(k-hold+1)/float64(fall-hold))
		}
	}
	return e
}

// settled returns the number of rounds at eta_min before the first draw of a chain.
func (m DPnP) settled() int { return (m.Rounds + 3) / 4 }

// Solve draws run.Samples samples in the mode that the config names or the problem asks for.
func (m DPnP) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (res *infer.Result, err error) {
	defer inverse.CatchOperator(&err)
	if err := infer.Check(ctx, m, p, run); err != nil {
		return nil, err
	}
	start := time.Now()
	e, err := newEngine(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	res, err = e.solve(ctx)
	if res == nil {
		return nil, err
	}
	res.Method, res.Config, res.Seed, res.Spread = m.Name(), e.method, run.Seed, infer.PosteriorSpread
	res.Summarise()
	res.Evaluations, res.Elapsed = e.eval.Evaluations, time.Since(start)
	e.finish(res)
	if err != nil {
		return res, err
	}
	if err := res.Examine(p, e.coupling()); err != nil {
		return nil, err
	}
	return res, nil
}

// solve runs the mode. A result beside an error is what there was when the context ended.
func (e *engine) solve(ctx context.Context) (*infer.Result, error) {
	if err := e.plan(); err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	switch e.method.Mode {
	case SMCMode:
		return e.solveSMC(ctx)
	case ExchangeMode:
		return e.solveExchange(ctx)
	}
	return e.solveChains(ctx)
}

// coupling returns the deviation that the method leaves between its samples and the data.
func (e *engine) coupling() float64 {
	if e.corrected || e.deflated() && e.method.EtaMin <= min(1/e.coupled.Top(), e.coupled.MostDeflated()) {
		return 0
	}
	return e.method.EtaMin
}
