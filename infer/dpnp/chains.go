package dpnp

import (
	"context"
	"fmt"
	"slices"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// chains hold the state of a run: the image x and the data-consistent z of every chain, [B*d].
type chains struct {
	method DPnP
	eval   *infer.Evaluator
	prox   inverse.ProximalSampler
	dds    DenoisingSampler
	key    rng.Key
	d      int
	round  int
	x, z   []float64
	origin infer.Origin // of the run, for its state
}

func newChains(ctx context.Context, m DPnP, p *infer.Problem, run infer.Run) (*chains, error) {
	d := p.Shape.Size()
	c := &chains{method: m, eval: infer.NewEvaluator(ctx, p), key: rng.New(run.Seed),
		d: d, x: make([]float64, run.Samples*d), z: make([]float64, run.Samples*d)}
	fit := infer.NewLeastSquares(p.Likelihood)
	first := make([]float64, d)
	if err := fit.Start(first); err != nil {
		return nil, err
	}
	infer.FillNorms(c.x, c.streams("start"))
	for i := range c.x {
		c.x[i] = first[i%d] + m.EtaMax/2*c.x[i]
	}
	if err := nonfinite.Check("dpnp: the start, around A+ y,", c.x, 0, d); err != nil {
		return nil, err
	}
	copy(c.z, c.x)
	var err error
	if c.dds, err = m.DenoisingSampler(); err != nil {
		return nil, fmt.Errorf("dpnp: the denoising sampler %q: %w", m.Sampler, err)
	}
	if c.prox, err = inverse.NewProximal(p.Likelihood, m.Proximal); err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	if s, ok := c.prox.(inverse.Interruptible); ok {
		s.Until(ctx)
	}
	if run.State == "" {
		return c, nil
	}
	if c.origin, err = infer.NewOrigin(m, p, run); err != nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	return c, c.load(run.State)
}

// streams returns the random stream of every chain for one use in the current round: a chain's numbers depend on the
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
	if err := c.dds.Draw(c.eval, c.x, eta, c.streams("dds")); err != nil {
		return fmt.Errorf("denoising half: %w", err)
	}
	if err := nonfinite.Check("denoising half: the draw given the prior", c.x, 0, c.d); err != nil {
		return err
	}
	c.round++
	return nil
}

// diagnose reports how well directions without data have mixed, and the acceptance of Langevin steps.
func (c *chains) Diagnose(res *infer.Result) {
	if len(res.Samples) > 1 {
		s := slices.Max(res.Std)
		lambda := s * s / (s*s + c.method.EtaMin*c.method.EtaMin)
		res.Diagnose("null-space contraction per round at eta_min", lambda, 0,
			"s^2/(s^2+eta^2) with the largest pixel deviation s; directions without data keep the spread of earlier rounds")
	}
	if mala, ok := c.prox.(*inverse.MALA); ok {
		res.Diagnose("acceptance", mala.Report().Acceptance(), 0, "of the Langevin proposals after adaptation; "+mala.Name())
	}
}
