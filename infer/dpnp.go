package infer

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// DPnP is the diffusion plug-and-play sampler of Xu and Chi 2024 (arXiv 2403.17042). Round k alternates
//
//	z ~ exp(-f(z) - |z-x|^2/2 eta_k^2)        proximal consistency, f = -log p(y|.)
//	x ~ p(x) exp(-|x-z|^2/2 eta_k^2)          denoising posterior
//
// with eta_k = EtaMax for the first Hold rounds and then falling geometrically to EtaMin. At a fixed eta the law
// of x tends to p(x) [exp(-f) conv N(0, eta^2 I)](x): for y = Ax + N(0,S), the posterior with S + eta^2 A A^T in
// place of S. Linear operators with Gaussian noise are drawn from exactly, others by Metropolis-adjusted Langevin.
// A direction that the data do not see forgets its start by s^2/(s^2+eta^2) a round, s its prior deviation.
// Each sample is a chain of its own.
type DPnP struct {
	Rounds   int                    `json:"rounds"`
	Hold     int                    `json:"hold"`    // rounds at eta_max
	EtaMax   float64                `json:"eta_max"` // in the units of x
	EtaMin   float64                `json:"eta_min"`
	Sampler  string                 `json:"sampler"`   // of the denoising posterior: "ddpm" or "ddim"
	Steps    int                    `json:"dds_steps"` // its network evaluations (twice that with heun)
	Heun     bool                   `json:"heun"`      // second-order ddim
	Levels   []float64              `json:"levels,omitempty"`
	Proximal inverse.ProximalConfig `json:"proximal"`
}

// DefaultDPnP is 40 rounds from eta 0.4 to 0.02 for images with values of order one.
func DefaultDPnP() DPnP {
	return DPnP{Rounds: 40, Hold: 8, EtaMax: 0.4, EtaMin: 0.02, Sampler: "ddim", Steps: 16, Proximal: inverse.DefaultProximal()}
}

// Name is "dpnp".
func (m DPnP) Name() string { return "dpnp" }

// Validate names the first field that is out of range.
func (m DPnP) Validate() error {
	c := config.Check("dpnp")
	c.Int("rounds", m.Rounds, 1, config.MostSteps)
	c.Int("hold", m.Hold, 0, m.Rounds)
	c.Float("eta_min", m.EtaMin, config.Tiny, config.Huge)
	c.Float("eta_max", m.EtaMax, m.EtaMin, config.Huge)
	c.Name("sampler", m.Sampler, "ddpm", "ddim")
	if m.Levels == nil {
		c.Int("dds_steps", m.Steps, 1, config.MostSteps)
	}
	c.That(m.Levels == nil || len(m.Levels) > 0, "levels", "empty", "hold noise levels, or be left out")
	c.Floats("levels", m.Levels, config.Tiny, config.Huge)
	c.That(slices.IsSorted(m.Levels), "levels", "not in order", "ascend")
	c.Also(m.Proximal.Validate())
	return c.Err()
}

// Etas is the coupling of every round.
func (m DPnP) Etas() []float64 {
	e := make([]float64, m.Rounds)
	for k := range e {
		e[k] = m.EtaMax
		if k >= m.Hold && m.Rounds > m.Hold {
			e[k] = m.EtaMax * math.Pow(m.EtaMin/m.EtaMax, float64(k-m.Hold+1)/float64(m.Rounds-m.Hold))
		}
	}
	return e
}

// DenoisingSampler is the sampler of the second half of a round.
func (m DPnP) DenoisingSampler() DenoisingSampler {
	switch {
	case m.Levels != nil:
		return TrainingGrid{Levels: m.Levels, ODE: m.Sampler == "ddim"}
	case m.Sampler == "ddim":
		return DDIM{Steps: m.Steps, Heun: m.Heun}
	}
	return DDPM{Steps: m.Steps}
}

// Solve runs one chain per sample from N(0, (EtaMax/2)^2) noise around A+ y.
func (m DPnP) Solve(ctx context.Context, p *Problem, run Run) (*Result, error) {
	if err := check(m, p, run); err != nil {
		return nil, err
	}
	start := time.Now()
	c, err := newChains(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	res := &Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: PosteriorSpread}
	etas := m.Etas()
	for c.round < len(etas) {
		if err = c.next(etas[c.round]); err != nil {
			if ctx.Err() != nil {
				break
			}
			return nil, fmt.Errorf("dpnp: round %d of %d, eta %.4g: %w", c.round+1, len(etas), etas[c.round], err)
		}
		run.report(Progress{Stage: "round", Done: c.round, Total: len(etas), Evaluations: c.eval.count})
		if err = c.save(run.State); err != nil {
			return nil, err
		}
	}
	res.Samples = split(c.x, c.d)
	res.summarise()
	res.Evaluations, res.Elapsed = c.eval.count, time.Since(start)
	c.diagnose(res)
	c.origin.warn(res)
	if err != nil {
		return res, err
	}
	if err := res.examine(p, m.EtaMin); err != nil {
		return nil, err
	}
	return res, nil
}

func split(x []float64, d int) [][]float64 {
	var out [][]float64
	for i := 0; i < len(x); i += d {
		out = append(out, slices.Clone(x[i:i+d]))
	}
	return out
}

// chains is the state of a run: the image x and the data-consistent z of every chain, [B*d].
type chains struct {
	method DPnP
	eval   *evaluator
	prox   inverse.ProximalSampler
	dds    DenoisingSampler
	key    rng.Key
	d      int
	round  int
	x, z   []float64
	origin origin // of the run, for its state
}

func newChains(ctx context.Context, m DPnP, p *Problem, run Run) (*chains, error) {
	d := p.Shape.Size()
	c := &chains{method: m, eval: newEvaluator(ctx, p), dds: m.DenoisingSampler(), key: rng.New(run.Seed),
		d: d, x: make([]float64, run.Samples*d), z: make([]float64, run.Samples*d)}
	fit := newLeastSquares(p.Likelihood)
	first := make([]float64, d)
	if err := fit.initial(first); err != nil {
		return nil, err
	}
	fillNorms(c.x, c.streams("start"))
	for i := range c.x {
		c.x[i] = first[i%d] + m.EtaMax/2*c.x[i]
	}
	if err := nonfinite.Check("dpnp: the start, around A+ y,", c.x, 0, d); err != nil {
		return nil, err
	}
	copy(c.z, c.x)
	var err error
	if c.prox, err = inverse.NewProximal(p.Likelihood, m.Proximal); err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	if s, ok := c.prox.(inverse.Interruptible); ok {
		s.Until(ctx)
	}
	if run.State == "" {
		return c, nil
	}
	if c.origin, err = newOrigin(m, p, run); err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	return c, c.load(run.State)
}

// streams is the random stream of every chain for one use in the current round: a chain's numbers depend on the
// seed, the chain and the round alone, so a run resumes without storing them.
func (c *chains) streams(use string) []*rng.Stream {
	k := c.key.Split("dpnp."+use, c.round)
	s := make([]*rng.Stream, len(c.x)/c.d)
	for i := range s {
		s[i] = k.Split("chain", i).Stream()
	}
	return s
}

// next runs one round at eta, or leaves the chains as they are when it fails.
func (c *chains) next(eta float64) (err error) {
	x, z := slices.Clone(c.x), slices.Clone(c.z)
	defer func() {
		if err != nil {
			c.x, c.z = x, z
		}
	}()
	for i, st := range c.streams("pcs") {
		lo, hi := i*c.d, (i+1)*c.d
		if err := c.prox.Sample(c.z[lo:hi], c.x[lo:hi], eta, st); err != nil {
			return err
		}
	}
	if err := nonfinite.Check("proximal half: the draw given the data", c.z, 0, c.d); err != nil {
		return err
	}
	copy(c.x, c.z)
	if err := c.dds.draw(c.eval, c.x, eta, c.streams("dds")); err != nil {
		return fmt.Errorf("denoising half: %w", err)
	}
	if err := nonfinite.Check("denoising half: the draw given the prior", c.x, 0, c.d); err != nil {
		return err
	}
	c.round++
	return nil
}

// diagnose reports how well directions without data have mixed, and the acceptance of Langevin steps.
func (c *chains) diagnose(res *Result) {
	if len(res.Samples) > 1 {
		s := slices.Max(res.Std)
		lambda := s * s / (s*s + c.method.EtaMin*c.method.EtaMin)
		res.diagnose("null-space contraction per round at eta_min", lambda, 0,
			"s^2/(s^2+eta^2) with the largest pixel deviation s; directions without data keep the spread of earlier rounds")
	}
	if mala, ok := c.prox.(*inverse.MALA); ok {
		res.diagnose("acceptance", mala.Report().Acceptance(), 0, "of the Langevin proposals after adaptation; "+mala.Name())
	}
}
