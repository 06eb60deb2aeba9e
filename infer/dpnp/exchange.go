package dpnp

import (
	"context"
	"fmt"

	"tweedie/infer"
	"tweedie/internal/config"
)

// Exchange says how the mode exchange runs. Replicas at a ladder of couplings each hold an image x and a draw z given the
// data, of the law
//
//	pi_k(x, z) = p(x) L(z)^b_k N(z; x, eta_k^2 I) / Z_k,   L = p(y|.)
//
// and neighbours exchange them with the probability that keeps both laws,
//
//	log acceptance = (b_i - b_j)(f_i - f_j) + (1/(2 eta_i^2) - 1/(2 eta_j^2)) (d_i^2 - d_j^2),   f = -log L(z),  d = |x - z|.
//
// The hottest replica has b = 0 and draws from the prior. Then b grows as 1/eta^2, so that the data hold z no tighter than x
// does and a Langevin chain moves freely, until it is 1; the coldest replica has b = 1 and an eta so small that the weights
// L(x)/L(z) turn its draws into draws of the posterior. The number of replicas grows as the square root of the dimensions.
type Exchange struct {
	Replicas int `json:"replicas"`       // of a ladder; 0: as many as neighbours need to exchange in .4 of all cases
	Ladders  int `json:"ladders"`        // side by side; 0: one for each sample, at most 4, fewer where they are long
	Sweeps   int `json:"sweeps"`         // after burn-in; 0 follows from the replicas and the samples
	BurnIn   int `json:"burn_in"`        // sweeps in which the ladder is adapted, frozen for the last half; 0: 10 for each replica, at least 40
	Langevin int `json:"langevin_steps"` // of a draw given the data, where it is drawn by mala
}

// DefaultExchange lets the ladder follow from the problem, with 20 Langevin steps a draw.
func DefaultExchange() Exchange { return Exchange{Langevin: 20} }

// Numbers of the mode exchange.
const (
	mostReplicas   = 160 // of a ladder that is not given
	mostLadders    = 4   // that are not given
	swapTarget     = .4
	leastBurnIn    = 40
	burnPerReplica = 10
	// An image goes from the hot end to the cold one and back in one to two sweeps for each replica.
	sweepsPerReplica = 60
	leastSweeps      = 20 // for each replica
	sweepsPerDraw    = 4
	leastKept        = 256 // draws from which the tail of the weights is known
	drawsEach        = 20  // of a ladder, for which so many sweeps are enough
	mostWaited       = 128 // draws of a ladder up to which sweeps grow with them
	// These bound the rounds of all replicas by those of so many runs of chains, of at least mostChains samples at chainRounds rounds each:
	// of a prior in closed form, and of a network, whose evaluations cost more.
	mostExchangeCost = 100
	mostNetworkCost  = 6
	// shareOfTolerance is the part of dds_tolerance that a denoising draw may take, because the errors of all rungs add up.
	shareOfTolerance = .1
	chainRounds      = 80
)

// Validate names the first field that is out of range.
func (x Exchange) Validate() error {
	c := config.Check("dpnp: exchange")
	c.Int("replicas", x.Replicas, 0, config.MostBatch)
	c.That(x.Replicas != 1, "replicas", x.Replicas, "be at least 2, or 0")
	c.Int("ladders", x.Ladders, 0, config.MostBatch)
	c.Int("sweeps", x.Sweeps, 0, config.MostSteps)
	c.Int("burn_in", x.BurnIn, 0, config.MostSteps)
	c.Int("langevin_steps", x.Langevin, 0, config.MostSteps)
	return c.Err()
}

// solveExchange runs the ladders, or chains where a ladder would cost too much.
func (e *engine) solveExchange(ctx context.Context) (*infer.Result, error) {
	prox := e.prox
	x, why, err := e.newExchange(ctx)
	if x == nil {
		e.prox = prox
		if err != nil {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
		e.method.Mode, e.why = ChainsMode, why
		if convex(e.p.Likelihood) {
			return e.solveChains(ctx)
		}
		e.why = ""
		res, err := e.solveChains(ctx)
		if res != nil {
			res.Warn(why)
		}
		return res, err
	}
	if err == nil {
		err = x.advance()
	}
	if err == nil {
		if err = x.testInvariance(); err != nil {
			err = fmt.Errorf("the test of invariance: %w", err)
		}
	}
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("dpnp: %w", err)
	}
	return x.result(), err
}

// newExchange takes up the ladders of a state, or makes them. A nil exchange without an error says why chains are better. With
// an error of the context it returns what there was.
func (e *engine) newExchange(ctx context.Context) (_ *exchange, why string, err error) {
	x := &exchange{engine: e, asked: e.method.Exchange, askedThin: e.method.Thin, askedCold: e.method.EtaMin}
	if e.method.Exchange.Langevin == 0 {
		e.method.Exchange.Langevin = DefaultExchange().Langevin
	}
	if x.lik, err = e.extended(ctx); err != nil {
		return nil, "independent chains, because of the bounds of the noise: " + err.Error(), nil
	}
	x.draw = e.temperedDraw(ctx)
	if t, ok := e.dds.(*Tolerant); ok {
		t.Tol *= shareOfTolerance
	}
	if found, err := x.load(e.run.State); found || err != nil {
		return x, "", err
	}
	paths, err := e.paths(x.lik)
	if err != nil {
		return nil, "", err
	}
	for _, p := range paths {
		most := mostReplicas
		if n := e.method.Exchange.Replicas; n > 0 {
			most = config.MostBatch
		}
		replicas := p.predicted(e.d, e.seen())
		if replicas > most || e.method.Exchange.Replicas == 0 && !x.affordable(replicas) {
			continue
		}
		x.path = p
		enough, err := x.pilot(most * 5 / 4)
		if err != nil {
			if ctx.Err() != nil {
				return x, "", err
			}
			return nil, "", err
		}
		if enough && x.lay() {
			return x, "", nil
		}
	}
	if len(paths) == 0 {
		return nil, "independent chains, because the data have no measurable information of draws of the prior, by which exchange sets its couplings: are operator and noise differentiable there?", nil
	}
	return nil, fmt.Sprintf("independent chains, because a ladder of couplings for %d pixels and %d data would take more than %d replicas, or more than %d times the rounds of chains: chains give modes the weights of the regions from which they are reached, which need not be right; exchange.replicas insists on a ladder",
		e.d, len(e.p.Likelihood.Y), mostReplicas, x.mostCost()), nil
}
