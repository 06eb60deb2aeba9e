package diffusion

import (
	"context"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numeric"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// ELBO estimates the evidence lower bound of a diffusion model, the surrogate prior of Feng and Bouman (2309.01949)
// after Song et al. (2021, thm. 3). It bounds log p from below up to O(T0), at a few evaluations where the ODE takes a
// thousand:
//
//	b(x) = E log pi(x_T) - (Z/2) E_t,z ||sigma s + z||^2 + D (Z/2 + log alpha(T) + 1/2) - E_z ||sigma_0 s_0 + z||^2/2,
//
// with s at x_t = alpha x + sigma z, and the last term, for the step from x_T0 to x, at T0. Terms that are known are
// integrated in closed form. The two squares have a control variate, which is what they would be for N(m, v I) with v =
// Config.Variance: with k = v/(v + r^2) at noise level r,
//
//	E_z ||sigma s + z||^2 is estimated by ||sigma s + z||^2 - k^2 (||z||^2 - D) - D k,
//
// where int k d log r^2 is known. The gradient goes through the score. A draw costs two evaluations, four when
// antithetic, and the gradient a reverse sweep through each.
type ELBO struct {
	Denoiser Denoiser
	Schedule Schedule
	Shape    autodiff.Shape // of one sample
	Config   ELBOConfig
	Batch    int            // rows in one evaluation; 0 is 16
	DType    autodiff.DType // element type of the evaluations
}

// Bound holds, for each sample, an estimate of the lower bound b of log p that ELBO describes, and what it cost.
type Bound struct {
	LogProb     []float64 // nats
	StdErr      []float64 // standard error over the draws, for independent ones; NaN for a single draw
	Evaluations int       // of the score, for each sample
}

var _ Prior = (*ELBO)(nil)

// Dim returns D, the number of elements of a sample.
func (e *ELBO) Dim() int { return e.Shape.Size() }

// LogProb sets logp [B] to estimates of b at x [B,D] and, unless grad is nil, grad [B,D] to their gradient.
func (e *ELBO) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error {
	if err := CheckBuffers("elbo", x, logp, grad, e.Dim()); err != nil {
		return err
	}
	b, err := e.Estimate(ctx, x, keys, grad)
	copy(logp, b.LogProb)
	return err
}

// Estimate returns estimates of b at x [B,D] with their standard errors and, unless grad is nil, sets grad [B,D] to
// their gradient. keys, one for each sample, seed the draws: the same keys give the same draws. With ByBatch a sample's
// times also depend on its place among the keys.
func (e *ELBO) Estimate(ctx context.Context, x []float64, keys []rng.Key, grad []float64) (res Bound, err error) {
	d := e.Dim()
	if err := e.validate(x, keys); err != nil {
		return Bound{}, err
	}
	defer autodiff.Catch(&err)
	n := len(keys)
	draws, noise := e.draws(keys)
	per := len(draws) / max(n, 1)
	res = Bound{LogProb: make([]float64, n), StdErr: make([]float64, n), Evaluations: per}
	clear(grad)
	terms := make([]float64, n*e.Config.Draws)
	size := batchSize(e.Batch)
	arena := autodiff.NewArena()
	for lo := 0; lo < len(draws); lo += size {
		if err := ctx.Err(); err != nil {
			return Bound{}, err
		}
		hi := min(lo+size, len(draws))
		e.evaluate(arena, draws[lo:hi], noise[lo*d:hi*d], x, terms, grad)
	}
	for b := range n {
		e.finish(x[b*d:(b+1)*d], terms[b*e.Config.Draws:(b+1)*e.Config.Draws], b, &res)
		if grad != nil {
			s := e.Schedule
			a, std := s.Alpha(s.T()), TerminalStd(s)
			for c := b * d; c < (b+1)*d; c++ {
				grad[c] -= a * a / (std * std) * x[c]
			}
		}
	}
	if err := nonfinite.Check("the evidence bound", res.LogProb, 0, 1); err != nil {
		return res, err
	}
	return res, nonfinite.Check("the gradient of the evidence bound", grad, 0, d)
}

// validate checks the configuration and that there is one key for each sample of x.
func (e *ELBO) validate(x []float64, keys []rng.Key) error {
	if absent.Is(e.Denoiser) || absent.Is(e.Schedule) {
		return config.Errorf("elbo", "denoiser, schedule", "one of them is nil")
	}
	if err := e.Config.Validate(); err != nil {
		return err
	}
	if err := e.Schedule.Validate(); err != nil {
		return err
	}
	switch d := e.Dim(); {
	case d == 0 || len(x) != len(keys)*d:
		return config.Errorf("elbo", "x", "%d values were given for %d keys and samples of shape %v", len(x), len(keys), e.Shape)
	case e.Batch < 0:
		return config.Errorf("elbo", "batch", "%d must not be negative", e.Batch)
	}
	return nil
}

// finish sets the value and the standard error of sample b in res from the terms of its draws.
func (e *ELBO) finish(x, terms []float64, b int, res *Bound) {
	n := float64(len(terms))
	mean, spread := 0.0, 0.0
	for _, v := range terms {
		mean += v / n
	}
	for _, v := range terms {
		spread += (v - mean) * (v - mean)
	}
	// int_q0^qT v/(v+q) dq/(2q), the known integral of k/2 over q = r^2, as g^2/sigma^2 dt = d log r^2.
	v, lo, hi := e.Config.Variance, e.Schedule.Ratio(e.Config.T0), e.Schedule.Ratio(e.Schedule.T())
	known := (math.Log1p(v/(lo*lo)) - math.Log1p(v/(hi*hi))) / 2
	res.LogProb[b] = ELBOConstant(e.Schedule, e.Config.T0, x) - mean - float64(len(x))*known
	res.StdErr[b] = math.Sqrt(spread / (n - 1) / n)
}

// ELBOConstant returns the part of the bound at x that needs no evaluation, E log pi(x_T) + D (Z/2 + log alpha(T) +
// 1/2) in nats, with Z = int_t0^T g^2/sigma^2 dt.
func ELBOConstant(s Schedule, t0 float64, x []float64) float64 {
	d := float64(len(x))
	a, sigma, std := s.Alpha(s.T()), s.Sigma(s.T()), TerminalStd(s)
	v := std * std
	sum := d*(s.Weight(t0, s.T())/2+math.Log(a)+.5) - d/2*(numeric.Log2Pi+math.Log(v)) - d*sigma*sigma/(2*v)
	for _, c := range x {
		sum -= a * a * c * c / (2 * v)
	}
	return sum
}
