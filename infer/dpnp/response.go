package dpnp

import (
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/internal/config"
)

// NormalDrawer is a DenoisingSampler whose random numbers can be given to it. Then its law on Gaussian priors can be
// computed. All samplers of this package are.
type NormalDrawer interface {
	DenoisingSampler
	// DrawWith is Draw with normals, which fills a slice laid out as x, in the place of the streams.
	DrawWith(e *infer.Evaluator, x []float64, eta float64, normals func(w []float64)) error
}

// Response is the law of a denoising draw on a prior N(0, s^2), on which every sampler is linear: x = Gain z + N(0,
// Variance). The exact one has the gain s^2/(s^2+eta^2) and the variance eta^2 times that.
type Response struct{ Gain, Variance float64 }

// ExactResponse returns the law of x given z = x + eta n for x ~ N(0, s^2).
func ExactResponse(eta, s float64) Response {
	g := 1 / (1 + eta/s*(eta/s))
	return Response{g, g * eta * eta}
}

// Pass returns the variance of x, in units of s^2, after prior draws were noised to eta and denoised once. It is 1 for the
// exact law.
func (r Response) Pass(eta, s float64) float64 {
	return r.Gain*r.Gain*(1+eta/s*(eta/s)) + r.Variance/(s*s)
}

// Stationary returns the variance of x, in units of s^2, that remains after noising to eta and denoising without end: the
// spread of a direction that the data do not see. It is 1 for the exact law, and infinite when the gain is not below 1.
func (r Response) Stationary(eta, s float64) float64 {
	if math.Abs(r.Gain) >= 1 {
		return math.Inf(1)
	}
	return (r.Gain*r.Gain*eta*eta + r.Variance) / ((1 - r.Gain*r.Gain) * s * s)
}

// Error returns the largest of three relative errors: of the variance, of the Stationary variance, and of the gain, taken
// as the shift of x at a typical z (of deviation sqrt(s^2+eta^2)) in units of the exact deviation of x given z.
func (r Response) Error(eta, s float64) float64 {
	want := ExactResponse(eta, s)
	shift := math.Abs(r.Gain-want.Gain) * math.Hypot(eta, s) / math.Sqrt(want.Variance)
	return max(math.Abs(r.Variance/want.Variance-1), math.Abs(r.Stationary(eta, s)-1), shift)
}

// Responses returns the law of a sampler's draws at eta on N(0, s^2) for each s of spreads, by a run with unit impulses in
// the place of normals. It is exact up to rounding, and costs about as many evaluations of a closed form as the sampler
// takes, and their square for a stochastic one. A sampler without DrawWith is an error.
func Responses(d DenoisingSampler, eta float64, spreads []float64) ([]Response, error) {
	r, _, err := measure(d, eta, spreads)
	return r, err
}

// measure is Responses, with the evaluations of a draw.
func measure(d DenoisingSampler, eta float64, spreads []float64) (out []Response, evaluations int, err error) {
	c := config.Check("denoising sampler")
	c.Float("eta", eta, config.Tiny, config.Huge)
	c.That(len(spreads) > 0, "spreads", "empty", "hold deviations of the prior")
	c.Floats("spreads", spreads, config.Tiny, config.Huge)
	if c.Err() != nil {
		return nil, 0, c.Err()
	}
	drawer, ok := d.(NormalDrawer)
	if !ok {
		return nil, 0, fmt.Errorf("the denoising sampler %q has no DrawWith, so its law on a Gaussian prior cannot be computed", d.Name())
	}
	n := len(spreads)
	variances := make([]float64, n)
	for i, s := range spreads {
		variances[i] = s * s
	}
	prior, err := exact.NewDiagonalGaussian(make([]float64, n), variances)
	if err != nil {
		return nil, 0, err
	}
	// The first image has z = 1 and no noise; image i > 0 has z = 0 and ones in the i-th call for normals.
	run := func(images int) (x []float64, calls int, err error) {
		e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: prior, Shape: autodiff.S(n), DType: autodiff.F64})
		x = make([]float64, images*n)
		fill(x[:n])
		err = drawer.DrawWith(e, x, eta, func(w []float64) {
			clear(w)
			if calls++; calls < images {
				fill(w[calls*n : (calls+1)*n])
			}
		})
		evaluations = int(e.Evaluations) / images
		return x, calls, err
	}
	x, calls, err := run(2)
	if err == nil && calls > 1 {
		x, _, err = run(calls + 1)
	}
	if err != nil {
		return nil, 0, err
	}
	out = make([]Response, n)
	for i, v := range x {
		if i < n {
			out[i].Gain = v
		} else {
			out[i%n].Variance += v * v
		}
	}
	return out, evaluations, nil
}

// fill sets every number of w to 1.
func fill(w []float64) {
	for i := range w {
		w[i] = 1
	}
}
