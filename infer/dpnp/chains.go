package dpnp

import (
	"context"
	"fmt"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
)

// chains hold the state of chains that run side by side, [B*d]: the image x and the draw z given the data of each.
type chains struct {
	*engine
	x, z     []float64
	kept     []float64 // draws so far, [draws*B*d]
	followed []float64 // numbers of every chain in each of the rounds at eta_min, as track returns them, in a row

	logw     []float64 // log weights since eta began to fall, where the problem is not linear and Gaussian; nil before
	noise    float64   // variance of them among chains of one mode
	replaced int       // chains that went on from another one
}

// solveChains runs the chains down the schedule and then for their further draws.
func (e *engine) solveChains(ctx context.Context) (*infer.Result, error) {
	c, err := e.newChains()
	if err != nil {
		return nil, err
	}
	if err := c.load(e.run.State); err != nil {
		return nil, err
	}
	etas := e.method.Etas()
	n := len(c.x) / e.d
	draws := (e.run.Samples + n - 1) / n
	total := len(etas) + (draws-1)*e.method.Thin
	var ended error
	for e.rounds < total {
		eta := e.method.EtaMin
		if e.rounds < len(etas) {
			eta = etas[e.rounds]
		}
		if err := e.round(c.x, c.z, eta); err != nil {
			if ctx.Err() == nil {
				return nil, fmt.Errorf("dpnp: round %d of %d, eta %.4g: %w", e.rounds+1, total, eta, err)
			}
			ended = err
			break
		}
		c.record(len(etas))
		if e.rounds < len(etas) {
			c.fallen(eta, etas[e.rounds])
		}
		e.run.Report(infer.Progress{Stage: "round", Done: e.rounds, Total: total, Evaluations: e.eval.Evaluations})
		if err := c.save(e.run.State); err != nil {
			return nil, err
		}
	}
	return c.result(len(etas)), ended
}

// newChains starts the chains: from draws of the prior, or in the mode annealed from N(0, (EtaMax/2)^2) noise around A+ y.
func (e *engine) newChains() (*chains, error) {
	m := &e.method
	if m.Chains == 0 {
		m.Chains = min(e.run.Samples, mostChains)
		if m.Mode == AnnealedMode {
			m.Chains = e.run.Samples
		}
	}
	m.Chains = min(m.Chains, e.run.Samples)
	c := &chains{engine: e}
	if m.Mode == AnnealedMode {
		if err := c.aroundPseudoInverse(); err != nil {
			return nil, err
		}
	} else {
		x, err := e.drawsOfPrior(m.Chains)
		if err != nil {
			return nil, fmt.Errorf("dpnp: %w", err)
		}
		c.x = append(c.x, x...)
		if err := e.schedule(); err != nil {
			return nil, err
		}
	}
	if m.Thin == 0 {
		m.Thin = max(1, m.Rounds/4)
	}
	c.z = append(c.z, c.x...)
	return c, nil
}

// roundsOfModes are those of chains of a problem that is not linear and Gaussian: more than forgetting takes, since a slower fall of eta
// leads fewer chains into modes of no weight, and tells these by less noise in the weights. Of magnitudes of the Fourier transform of
// 8x8 digits chi^2 of 16 samples is 1.12 with 80 rounds, at which R-hat warns, and 1.02 with 240.
const roundsOfModes = 240

// schedule fills in the couplings and rounds of chains that are 0.
func (e *engine) schedule() error {
	m := &e.method
	if e.coupled != nil {
		least := leastRounds
		if e.closedForm() {
			least = leastRoundsExact
		}
		*m, e.slow = scheduled(*m, e.coupled, e.spread, least)
	}
	if m.EtaMax == 0 {
		m.EtaMax = max(e.spread.rms, m.EtaMin)
	}
	if m.EtaMin == 0 {
		cold, err := e.coldOfChains()
		if err != nil {
			return err
		}
		m.EtaMin = min(cold, m.EtaMax)
	}
	if m.Rounds == 0 {
		m.Rounds = roundsOfModes
	}
	return m.Validate()
}

// aroundPseudoInverse starts the chains from N(0, (EtaMax/2)^2) noise around A+ y.
func (c *chains) aroundPseudoInverse() error {
	first := make([]float64, c.d)
	if err := infer.NewLeastSquares(c.p.Likelihood).Start(first); err != nil {
		return err
	}
	c.x = make([]float64, c.method.Chains*c.d)
	infer.FillNorms(c.x, c.streams("start", 0, c.method.Chains))
	for i := range c.x {
		c.x[i] = first[i%c.d] + c.method.EtaMax/2*c.x[i]
	}
	return nonfinite.Check("dpnp: the start, around A+ y,", c.x, 0, c.d)
}

// record keeps a draw of every chain when one is due, and follows the chains once they are at eta_min; burn is the number of
// rounds before the first draw.
func (c *chains) record(burn int) {
	if c.method.Mode != AnnealedMode && c.rounds > burn-c.method.settled() {
		for lo := 0; lo < len(c.x); lo += c.d {
			c.followed = append(c.followed, c.track(c.x[lo:lo+c.d])...)
		}
	}
	if over := c.rounds - burn; over >= 0 && over%c.method.Thin == 0 {
		c.kept = append(c.kept, c.x...)
	}
}

// result returns the draws that were kept, or the chains as they are when none was.
func (c *chains) result(burn int) *infer.Result {
	res := &infer.Result{Tracks: c.tracks()}
	x := c.kept
	if len(x) == 0 {
		x = c.x
	}
	res.Samples = infer.Split(x, c.d)
	res.Samples = res.Samples[:min(len(res.Samples), c.run.Samples)]
	n := len(c.x) / c.d
	if len(res.Samples) > n {
		for i := range res.Samples {
			res.Chain = append(res.Chain, i%n)
		}
	}
	if c.method.Mode != AnnealedMode {
		c.judgeMemory(res)
	}
	c.tellReplaced(res)
	return res
}
