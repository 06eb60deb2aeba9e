package quality

import (
	"context"
	"math"

	"tweedie/diffusion"
	"tweedie/eval"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// densities computes the code lengths of test images, the same ones for both estimates as far as they go.
func (e *Evaluation) densities(ctx context.Context, out *Outcome) error {
	prior, n := e.Prior, max(e.Bound, e.ODE)
	if n == 0 {
		return nil
	}
	key := rng.New(e.Seed)
	images, err := chosen(e.Test, n, key.Split("density images", 0))
	if err != nil {
		return err
	}
	keys := make([]rng.Key, n)
	var m []float64
	for i, x := range images {
		keys[i] = key.Split("density", i)
		e.dequantise(x, prior.Spec.Range, keys[i].Split("dequantise", 0).Stream())
		for _, v := range x {
			m = append(m, prior.Spec.Affine.ToPrior(v))
		}
	}
	d := prior.Shape().Size()
	if e.Bound > 0 {
		cfg := diffusion.DefaultELBO()
		cfg.Draws, cfg.Strata = e.Draws, diffusion.BySample
		bound := &diffusion.ELBO{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg}
		logp, evaluations, err := e.estimateBound(ctx, bound, m[:e.Bound*d], keys[:e.Bound], d)
		if err != nil {
			return err
		}
		out.ELBO = e.codeLength(prior, logp, evaluations, cfg)
	}
	if e.ODE > 0 {
		set, end := e.Watch.Begin("ODE", e.ODE)
		defer end()
		cfg := diffusion.DefaultODE()
		cfg.Probes = 1
		flow := &diffusion.ODEPrior{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg, Progress: func(done, _ int) { set(done) }}
		res, err := flow.LogDensity(ctx, m[:e.ODE*d], keys[:e.ODE])
		if err != nil {
			return err
		}
		evaluations := 0
		for _, n := range res.Evaluations {
			evaluations += n
		}
		out.ODE = e.codeLength(prior, res.LogProb, evaluations/e.ODE, cfg)
	}
	return nil
}

// estimateBound bounds the log-density of images of d values in blocks, so that the watch moves.
func (e *Evaluation) estimateBound(ctx context.Context, bound *diffusion.ELBO, m []float64, keys []rng.Key, d int) (logp []float64, evaluations int, err error) {
	set, end := e.Watch.Begin("evidence bound", len(keys))
	defer end()
	const block = 16
	for lo := 0; lo < len(keys); lo += block {
		hi := min(lo+block, len(keys))
		res, err := bound.Estimate(ctx, m[lo*d:hi*d], keys[lo:hi], nil)
		if err != nil {
			return nil, 0, err
		}
		logp, evaluations = append(logp, res.LogProb...), res.Evaluations
		set(hi)
	}
	return logp, evaluations, nil
}

// dequantise replaces the code k of each pixel, of levels codes evenly over the range, by a uniform draw from bin k of
// as many equal bins; with 0 levels the image stays.
func (e *Evaluation) dequantise(x []float64, span [2]float64, st *rng.Stream) {
	if e.Levels == 0 {
		return
	}
	l, width := float64(e.Levels), span[1]-span[0]
	for i, v := range x {
		k := min(l-1, max(0, math.Round((v-span[0])/width*(l-1))))
		x[i] = span[0] + width*(k+st.Float64())/l
	}
}

// codeLength turns densities in the prior's units into densities of the pixels, log p(x) = log p(m) - D log Scale.
func (e *Evaluation) codeLength(prior *prior.Prior, logp []float64, evaluations int, cfg any) *CodeLength {
	d := prior.Shape().Size()
	nats, bits := make([]float64, len(logp)), make([]float64, len(logp))
	bin := (prior.Spec.Range[1] - prior.Spec.Range[0]) / float64(max(1, e.Levels))
	for i, v := range logp {
		nats[i] = v - float64(d)*math.Log(prior.Spec.Affine.Unit())
		bits[i] = diffusion.BitsPerDim(nats[i], d, bin)
	}
	c := &CodeLength{Images: len(logp), Nats: report.NumberOf(eval.MeanOf(nats)), Evaluations: evaluations, Config: cfg}
	if e.Levels > 0 {
		b := report.NumberOf(eval.MeanOf(bits))
		c.Bits = &b
	}
	return c
}
