package reddiff

import (
	"context"
	"math"

	"tweedie/infer"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
	"tweedie/train"
)

// redState holds the restarts of a run: mean and deviation of q and Adam's moments. Images are [B*d].
type redState struct {
	eval    *infer.Evaluator
	fit     *dataFit
	d       int
	mu      []float64
	sigma   []float64 // deviation of q, one per restart
	lo, hi  float64   // within which mu stays
	x, u, n []float64 // a draw of q, its noised version, and the noise
	g       []float64 // gradient with respect to mu
	gs      []float64 // gradient with respect to sigma
	adam    train.AdamRule
	adamS   train.AdamRule
	streams []*rng.Stream
}

// firstSigma begins a learned deviation when the configuration names none.
const firstSigma = 0.1

func newREDState(ctx context.Context, m REDDiff, p *infer.Problem, run infer.Run) (*redState, error) {
	fit, err := newDataFit(p.Likelihood)
	if err != nil {
		return nil, err
	}
	b, d := run.Samples, p.Shape.Size()
	st := &redState{eval: infer.NewEvaluator(ctx, p), fit: fit, d: d, sigma: make([]float64, b), gs: make([]float64, b), lo: math.Inf(-1), hi: math.Inf(1)}
	if p.Bounded() && p.Range[0] < p.Range[1] {
		st.lo, st.hi = p.Range[0], p.Range[1]
	}
	for _, v := range []*[]float64{&st.mu, &st.x, &st.u, &st.n, &st.g} {
		*v = make([]float64, b*d)
	}
	st.adam = train.AdamRule{LR: m.LR, Beta1: m.Beta1, Beta2: m.Beta2, Eps: 1e-8}
	st.adamS = train.AdamRule{LR: m.LR / 10, Beta1: m.Beta1, Beta2: m.Beta2, Eps: 1e-8}
	key := rng.New(run.Seed)
	for i := range st.sigma {
		st.streams = append(st.streams, key.Split("red-diff", i).Stream())
		st.sigma[i] = m.SigmaX0
		if m.Learn && m.SigmaX0 == 0 {
			st.sigma[i] = firstSigma
		}
	}
	if !m.Zeros {
		if err := fit.Start(st.mu[:d]); err != nil {
			return nil, err
		}
		for i := 1; i < b; i++ {
			copy(st.mu[i*d:], st.mu[:d])
		}
	}
	st.bound()
	return st, nil
}

// bound keeps mu within lo and hi.
func (st *redState) bound() {
	for i, v := range st.mu {
		st.mu[i] = min(max(v, st.lo), st.hi)
	}
}

// largestSquare bounds a gradient, of which Adam takes the square.
const largestSquare = 1e154

// step draws the noise and takes one Adam step at level r of the model's units.
func (st *redState) step(m REDDiff, r, scale float64) error {
	infer.FillNorms(st.n, st.streams)
	var err error
	if m.Learn {
		err = st.dispersed(m, r, scale)
	} else {
		st.draw(m)
		err = st.gradient(m, r, scale)
	}
	if err != nil {
		return err
	}
	if err := nonfinite.Within("the gradient", st.g, 0, st.d, largestSquare); err != nil {
		return err
	}
	st.adam.Step(st.mu, st.g)
	st.bound()
	if err := nonfinite.Check("the image after the step", st.mu, 0, st.d); err != nil || !m.Learn {
		return err
	}
	st.adamS.Step(st.sigma, st.gs)
	for i, s := range st.sigma {
		st.sigma[i] = math.Abs(s)
	}
	return nonfinite.Check("the learned deviation", st.sigma, 0, 1)
}

// draw sets x = mu + sigma_x0 n0 with a fresh n0, as the authors' code does.
func (st *redState) draw(m REDDiff) {
	copy(st.x, st.mu)
	if m.SigmaX0 == 0 {
		return
	}
	infer.FillNorms(st.u, st.streams)
	for j, z := range st.u {
		st.x[j] += m.SigmaX0 * z
	}
}

// weights returns the weights of the prior's and the data's gradients at level r.
func (st *redState) weights(m REDDiff, r float64) (prior, obs float64) {
	prior, obs = m.Lambda*m.Weighting.Weight(r), m.Obs
	if !m.Sum {
		prior /= float64(st.d)
		obs /= float64(st.fit.Len())
	}
	return prior, obs
}

// gradient sets g for the draw x and the noise n: prior (eps(x + r n, r) - n) + obs s grad f(x).
func (st *redState) gradient(m REDDiff, r, scale float64) error {
	for j, x := range st.x {
		st.u[j] = x + r*scale*st.n[j]
	}
	if err := st.eval.Noise(st.g, st.u, r*scale); err != nil {
		return err
	}
	prior, obs := st.weights(m, r)
	data := make([]float64, st.d)
	for lo := 0; lo < len(st.g); lo += st.d {
		st.fit.Grad(data, st.x[lo:lo+st.d])
		for j, v := range data {
			k := lo + j
			st.g[k] = obs*v + prior*(st.g[k]-st.n[k])
		}
	}
	return nil
}

// dispersed sets g and gs for q = N(mu, sigma^2 I) with the paper's reparameterisation: with e = sqrt(1+sigma^2/r^2)
// and one noise n, u = mu + r e n, h = eps(u, r) - n/e, the prior's gradient is h in mu and 2 sigma/(e r) <n, h> in
// sigma; the data's is the gradient of s f(mu + sigma n).
func (st *redState) dispersed(m REDDiff, r, scale float64) error {
	r *= scale
	e := make([]float64, len(st.sigma))
	for i, s := range st.sigma {
		e[i] = math.Sqrt(1 + s*s/(r*r))
		for j := i * st.d; j < (i+1)*st.d; j++ {
			st.x[j] = st.mu[j] + s*st.n[j]
			st.u[j] = st.mu[j] + r*e[i]*st.n[j]
		}
	}
	if err := st.eval.Noise(st.g, st.u, r); err != nil {
		return err
	}
	prior, obs := st.weights(m, r/scale)
	data := make([]float64, st.d)
	for i, s := range st.sigma {
		lo := i * st.d
		st.fit.Grad(data, st.x[lo:lo+st.d])
		nh, nd := 0.0, 0.0
		for j, v := range data {
			k := lo + j
			h := st.g[k] - st.n[k]/e[i]
			nh += st.n[k] * h
			nd += st.n[k] * v
			st.g[k] = obs*v + prior*h
		}
		st.gs[i] = prior*2*s/(e[i]*r)*nh + obs*nd
	}
	return nil
}
