package reddiff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tweedie/infer"
	"tweedie/internal/config"
	"tweedie/inverse"
	"tweedie/rng"
)

// Order says in which order RED-diff visits the noise levels.
type Order string

// The orders; descending anneals from the prior's mean to a mode and is the paper's.
const (
	Descending Order = "descending"
	Ascending  Order = "ascending"
	Random     Order = "random"
)

// REDDiff optimises by the method of Mardani et al. 2023 (arXiv 2305.04391) with its authors' scaling. Step k draws
// n ~ N(0,I) at level r = sigma/alpha and takes one Adam step on mu along
//
//	g = (obs/m) s grad f(mu) + (lambda W(r)/d) (eps(mu + r n, r) - n),   eps(u, r) = (u - D(u, r))/r,
//
// where f(mu) = -log p(y|mu) is the likelihood under the noise of the problem, with m measurements and d pixels (Mean
// scaling; Sum drops 1/m and 1/d). The paper's loss is f plus the prior's part; multiplied by the variance of the noise
// its data term is |y - A mu|^2/2, and lambda stands for weight times variance. The reference variance s does the same for
// any noise, so that lambda keeps its meaning:
//
//	s = m / sum_i I_i,   I_i = E (d log p(y_i|c)/dc)^2,
//
// the Fisher information of datum i about its clean value c, taken at c = mean |y|. It makes s sigma^2 for noise of one
// sigma, whose level cancels from g, and the harmonic mean m / sum 1/sigma_i^2 for Gaussian noise of a sigma for each
// datum. Any other law is simulated to find it; no information, as of Poisson counts that are all zero, is an error.
// Lambda and Obs say how far the data are followed, and the noise how far each datum is.
//
// Under a noise that does not allow every clean measurement, as the means of counts cannot be negative, mu is kept in the range of
// the prior's images after each step.
//
// The network is only evaluated, never differentiated. Each sample is a restart; with descending levels the data term
// wins at the end, lambda has no effect on pixels that the data do not touch, and the spread of restarts is set by the
// learning rate.
type REDDiff struct {
	Steps     int       `json:"steps"`      // noise levels visited, of Levels
	Levels    int       `json:"levels"`     // steps of the discrete schedule, 1000
	Lambda    float64   `json:"lambda"`     // weight of the regulariser
	Obs       float64   `json:"obs_weight"` // weight of the data term
	LR        float64   `json:"lr"`         // Adam's step, in the units of x
	Beta1     float64   `json:"beta1"`
	Beta2     float64   `json:"beta2"`
	Weighting Weighting `json:"weighting"`
	Order     Order     `json:"order"`
	Sum       bool      `json:"sum"`         // sums instead of means over pixels and measurements
	SigmaX0   float64   `json:"sigma_x0"`    // standard deviation of q around mu
	Learn     bool      `json:"learn_sigma"` // learn that deviation, one number per restart, from sigma_x0 or 0.1
	Zeros     bool      `json:"zeros"`       // start from 0 and not from A+ y
}

// Default returns the configuration of the authors' code: 50 steps, lambda 0.25, linear weights, Adam(0.9, 0.99)
// with a step of 0.1 on images in [-1,1].
func Default() REDDiff {
	return REDDiff{Steps: 50, Levels: 1000, Lambda: 0.25, Obs: 1, LR: 0.1, Beta1: 0.9, Beta2: 0.99,
		Weighting: Linear, Order: Descending}
}

// Name returns "red-diff".
func (m REDDiff) Name() string { return "red-diff" }

// Validate names the first field that is out of range.
func (m REDDiff) Validate() error {
	c := config.Check("red-diff")
	c.Int("levels", m.Levels, 2, config.MostSteps)
	c.Int("steps", m.Steps, 1, config.MostSteps)
	c.Ordered("steps", float64(m.Steps), "levels", float64(m.Levels))
	c.Float("lambda", m.Lambda, 0, config.Huge)
	c.Float("obs_weight", m.Obs, 0, config.Huge)
	c.Float("lr", m.LR, config.Positive, config.Huge)
	c.Float("beta1", m.Beta1, 0, config.BelowOne)
	c.Float("beta2", m.Beta2, 0, config.BelowOne)
	c.Float("sigma_x0", m.SigmaX0, 0, config.Huge)
	c.Name("order", string(m.Order), string(Descending), string(Ascending), string(Random))
	c.Also(m.Weighting.validate())
	return c.Err()
}

// schedule returns the levels in the order of the steps: every (Levels/Steps)-th, as in the authors' code.
func (m REDDiff) schedule(key rng.Key) ([]float64, error) {
	all, err := infer.NoiseLevels(m.Levels)
	if err != nil {
		return nil, err
	}
	skip := m.Levels / m.Steps
	var r []float64
	for t := 0; t < m.Levels; t += skip {
		r = append(r, all[t])
	}
	switch m.Order {
	case Descending:
		slices.Reverse(r)
	case Random:
		p := key.Split("red-diff.order", 0).Stream().Perm(len(r))
		q := make([]float64, len(r))
		for i, j := range p {
			q[i] = r[j]
		}
		r = q
	}
	return r, nil
}

// Solve runs one restart per sample, all in one batch.
func (m REDDiff) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (res *infer.Result, err error) {
	defer inverse.CatchOperator(&err)
	if err := infer.Check(ctx, m, p, run); err != nil {
		return nil, err
	}
	if err := infer.Stateless(m, run); err != nil {
		return nil, err
	}
	start := time.Now()
	st, err := newREDState(ctx, m, p, run)
	if err != nil {
		return nil, err
	}
	res = &infer.Result{Method: m.Name(), Config: m, Seed: run.Seed, Spread: infer.RestartSpread}
	levels, err := m.schedule(rng.New(run.Seed))
	if err != nil {
		return nil, err
	}
	for k, r := range levels {
		if err = st.step(m, r, p.Affine.Unit()); err != nil {
			if ctx.Err() != nil {
				break
			}
			return nil, fmt.Errorf("red-diff: step %d of %d: %w", k+1, len(levels), err)
		}
		run.Report(infer.Progress{Stage: "step", Done: k + 1, Total: len(levels), Evaluations: st.eval.Evaluations})
	}
	res.Samples = infer.Split(st.mu, st.d)
	res.Summarise()
	if !st.fit.oneSigma {
		res.Diagnose("reference variance of the noise", st.fit.reference, 0, "what the data term is multiplied by, so that lambda means what it does for noise of one sigma")
	}
	if m.Learn {
		mean, se := infer.MeanAndError(st.sigma)
		res.Diagnose("learned deviation of q", mean, se, "one number for the whole image, mean over restarts")
	}
	res.Evaluations, res.Elapsed = st.eval.Evaluations, time.Since(start)
	if err != nil {
		return res, err
	}
	if err := res.Examine(p, 0, "lambda is too large for this noise, or the steps are too few"); err != nil {
		return nil, err
	}
	return res, nil
}
