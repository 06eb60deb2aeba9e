package dpnp

import (
	"context"
	"fmt"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// engine makes the rounds of every mode: a draw given the data, then a draw given the prior.
type engine struct {
	method  DPnP // with its zeros filled in once plan has returned
	p       *infer.Problem
	run     infer.Run
	eval    *infer.Evaluator
	dds     DenoisingSampler // once plan has returned
	prox    inverse.ProximalSampler
	coupled inverse.Coupled // of a linear operator with Gaussian noise, nil otherwise
	origin  infer.Origin    // of the run, for its state
	key     rng.Key
	d       int
	rounds  int // so far; they number the random streams

	spread    spread    // of the prior, once it was drawn from
	pool      []float64 // draws of the prior that were made, [n*d]
	corrected bool      // the samples were weighed so that no coupling is left in their law
	why       string    // reason for the mode and its numbers
	slow      string    // the direction that forgets its start slowest, when it does not forget it
}

func newEngine(ctx context.Context, m DPnP, p *infer.Problem, run infer.Run) (*engine, error) {
	e := &engine{method: m, p: p, run: run, eval: infer.NewEvaluator(ctx, p), key: rng.New(run.Seed), d: p.Shape.Size()}
	var err error
	if m.Tolerance == 0 {
		if e.dds, err = m.DenoisingSampler(); err != nil {
			return nil, fmt.Errorf("dpnp: the denoising sampler %q: %w", m.Sampler, err)
		}
	}
	if m.Mode != AnnealedMode && linearGaussian(p.Likelihood) {
		if e.coupled, err = inverse.NewCoupled(p.Likelihood, m.Proximal); err == nil {
			e.prox = e.coupled
		} else if m.Proximal.Method == inverse.DefaultProximal().Method {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
	}
	if e.prox == nil {
		if e.prox, err = inverse.NewProximal(p.Likelihood, m.Proximal); err != nil {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
	}
	if _, ok := e.prox.(*inverse.MALA); ok && p.Flat() {
		return nil, fmt.Errorf("dpnp: noise of the kind %s has no gradient where it allows the data, so that Langevin steps have none to follow; rounded or student noise may stand for it",
			p.Likelihood.Noise.Kind())
	}
	if s, ok := e.prox.(inverse.Interruptible); ok {
		s.Until(ctx)
	}
	if run.State != "" {
		if e.origin, err = infer.NewOrigin(m, p, run); err != nil {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
	}
	return e, nil
}

// deflated tells whether the draws given the data are deflated.
func (e *engine) deflated() bool { return e.coupled != nil && e.method.Mode != ExchangeMode }

// streams returns the random streams of n chains for one use in a round: a chain's numbers depend on the seed, the use, the
// round and the chain alone, so a run resumes without storing them.
func (e *engine) streams(use string, round, n int) []*rng.Stream {
	k := e.key.Split("dpnp."+use, round)
	s := make([]*rng.Stream, n)
	for i := range s {
		s[i] = k.Split("chain", i).Stream()
	}
	return s
}

// half draws z given x and the data, for each of the images in a row: deflated, where the mode deflates and eta is not too
// large for it.
func (e *engine) half(z, x []float64, eta float64, streams []*rng.Stream) error {
	draw := e.prox.Sample
	if e.deflated() && eta <= e.coupled.MostDeflated() {
		draw = e.coupled.SampleDeflated
	}
	for i, st := range streams {
		lo, hi := i*e.d, (i+1)*e.d
		if err := draw(z[lo:hi], x[lo:hi], eta, st); err != nil {
			return err
		}
	}
	return nonfinite.Check("proximal half: the draw given the data", z, 0, e.d)
}

// round moves the images of x, [B*d], and the draws z given the data, by one round at eta, or leaves them as they are when
// it fails. z is where a Langevin chain starts.
func (e *engine) round(x, z []float64, eta float64) error { return e.roundBy(e.dds, x, z, eta) }

// roundBy is round with a denoising sampler of its own.
func (e *engine) roundBy(dds DenoisingSampler, x, z []float64, eta float64) error {
	n := len(x) / e.d
	next := append([]float64(nil), z...)
	if err := e.half(next, x, eta, e.streams("pcs", e.rounds, n)); err != nil {
		return err
	}
	image := append([]float64(nil), next...)
	if err := dds.Draw(e.eval, image, eta, e.streams("dds", e.rounds, n)); err != nil {
		return fmt.Errorf("denoising half: %w", err)
	}
	if err := nonfinite.Check("denoising half: the draw given the prior", image, 0, e.d); err != nil {
		return err
	}
	copy(x, image)
	copy(z, next)
	e.rounds++
	return nil
}

// finish adds to a result what every mode says of itself.
func (e *engine) finish(res *infer.Result) {
	res.PriorDraws = infer.Split(e.pool, e.d)
	if e.why != "" {
		res.Notes = append(res.Notes, e.why)
	}
	if e.method.Mode == AnnealedMode {
		e.contraction(res)
	}
	if mala, ok := e.prox.(*inverse.MALA); ok {
		judgeMALA(res, mala, e.method.settled())
	}
	e.origin.Warn(res)
}
