package dpnp

import (
	"context"
	"fmt"
	"math"

	"tweedie/internal/nonfinite"
	"tweedie/inverse"
	"tweedie/rng"
)

// information returns the Fisher information that data have of an image, summed over its directions: the mean of
// |grad_x log p(y'|x)|^2 over draws x of the prior and data y' simulated from them. For a linear operator and Gaussian noise
// it is the sum of the squares of the singular values of S^-1/2 A. It may be zero or infinite. Of an extended likelihood, which draws
// none, it is the mean of |A'(x)^T W^1/2 s|^2 with the expected information W of the data and random signs s.
func (e *engine) information(lik *inverse.Likelihood) (float64, error) {
	n := min(max(len(e.pool)/e.d, fewDraws), informed)
	x, err := e.drawsOfPrior(n)
	if err != nil {
		return 0, err
	}
	m := len(lik.Y)
	extended := lik != e.p.Likelihood
	clean, y, score, grad := make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, e.d)
	sum := 0.0
	for i, st := range e.streams("information", 0, n) {
		at := x[i*e.d : (i+1)*e.d]
		lik.Op.Apply(clean, at)
		if extended {
			lik.Noise.(inverse.Informed).Information(clean, clean)
			st.FillRademacher(score)
			for k, w := range clean {
				score[k] *= math.Sqrt(w)
			}
		} else {
			lik.Noise.Sample(y, clean, st)
			lik.Noise.Residual(score, y, clean)
		}
		switch op := lik.Op.(type) {
		case inverse.Linear:
			op.Adjoint(grad, score)
		case inverse.Differentiable:
			op.VJP(grad, at, score)
		}
		for _, g := range grad {
			sum += g * g / float64(n)
		}
	}
	return sum, nil
}

// temperedDraw returns the function that replaces z by a draw from L(z)^b N(z; x, eta^2 I), for one image, with the report of its
// Langevin steps. An exact draw for the power b has the mean of the plain draw at the coupling
// eta sqrt(b), and its deviations over sqrt(b).
func (e *engine) temperedDraw(ctx context.Context) func(r rung, z, x []float64, st *rng.Stream) (inverse.MALAReport, error) {
	free := func(r rung, z, x []float64, st *rng.Stream) {
		for i := range z {
			z[i] = x[i] + r.Eta*st.Norm()
		}
	}
	switch prox := e.prox.(type) {
	case *inverse.MALA:
		cfg := e.method.Proximal.MALA
		cfg.BurnIn, cfg.Steps = 0, e.method.Exchange.Langevin
		unadjusted := cfg.Unadjusted
		return func(r rung, z, x []float64, st *rng.Stream) (none inverse.MALAReport, err error) {
			if r.Temper == 0 {
				free(r, z, x, st)
				return none, nil
			}
			cfg := cfg
			if !unadjusted {
				cfg.Step = r.Step
			}
			m, err := prox.Tempered(r.Temper, cfg)
			if err != nil {
				return none, err
			}
			m.Until(ctx)
			return m.Run(z, x, r.Eta, st)
		}
	case inverse.ExactProximal:
		return func(r rung, z, x []float64, st *rng.Stream) (none inverse.MALAReport, err error) {
			if r.Temper == 0 {
				free(r, z, x, st)
				return none, nil
			}
			eta, mean := r.Eta*math.Sqrt(r.Temper), make([]float64, len(x))
			if err := prox.Mean(mean, x, eta); err != nil {
				return none, err
			}
			if err := prox.Sample(z, x, eta, st); err != nil {
				return none, err
			}
			for i, m := range mean {
				z[i] = m + (z[i]-m)/math.Sqrt(r.Temper)
			}
			return none, nil
		}
	}
	return func(r rung, z, x []float64, st *rng.Stream) (none inverse.MALAReport, err error) {
		return none, e.prox.Sample(z, x, r.Eta, st)
	}
}

// energy returns -log L(z) without constants, or worstEnergy where it is larger or none.
func energy(lik *inverse.Likelihood, z []float64) float64 {
	if f := lik.NegLog(z); f < worstEnergy {
		return f
	}
	return worstEnergy
}

// worstEnergy stands for the energy of images that the noise does not allow.
const worstEnergy = 1e300

// squared returns |x - z|^2.
func squared(x, z []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += (v - z[i]) * (v - z[i])
	}
	return sum
}

// moved replaces the images x and z of replicas at one rung by those after a draw given the data and one given the prior.
func (x *exchange) moved(r rung, image, z []float64, zs, xs []*rng.Stream) (total inverse.MALAReport, err error) {
	for i, st := range zs {
		lo, hi := i*x.d, (i+1)*x.d
		one, err := x.draw(r, z[lo:hi], image[lo:hi], st)
		if err != nil {
			return total, fmt.Errorf("eta %.4g: the draw given the data: %w", r.Eta, err)
		}
		total.Add(one)
	}
	copy(image, z)
	if err := x.dds.Draw(x.eval, image, r.Eta, xs); err != nil {
		return total, fmt.Errorf("eta %.4g: the draw given the prior: %w", r.Eta, err)
	}
	return total, nonfinite.Check("the draw given the prior", image, 0, x.d)
}

// stepped returns a Langevin step that comes nearer to the acceptance rate asked for.
func (x *exchange) stepped(r rung, report inverse.MALAReport, gain float64) float64 {
	if report.Proposed == 0 || x.method.Proximal.MALA.Unadjusted {
		return r.Step
	}
	return min(max(r.Step*math.Exp(gain*(report.Acceptance()-x.method.Proximal.MALA.Target)), leastStep), mostStep)
}

// Bounds of a Langevin step. At mostStep a proposal forgets where it was.
const (
	leastStep = 1e-9
	mostStep  = 4
)

// extended returns the likelihood of z, and makes the sampler of z one of it. Langevin steps and exchanges see a loss that is finite
// beyond the bounds of the noise; the weights L(x)/L(z) have the bounds.
func (e *engine) extended(ctx context.Context) (*inverse.Likelihood, error) {
	if _, ok := e.prox.(*inverse.MALA); !ok || !e.p.Bounded() {
		return e.p.Likelihood, nil
	}
	lik, err := inverse.Extended(e.p.Likelihood)
	if err != nil {
		return nil, err
	}
	m, err := inverse.NewMALA(lik, e.method.Proximal.MALA)
	if err != nil {
		return nil, err
	}
	m.Until(ctx)
	e.prox = m
	return lik, nil
}
