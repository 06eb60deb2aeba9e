package cli

import (
	"context"
	"math"

	"tweedie/data"
	"tweedie/diffusion"
	"tweedie/eval"
	"tweedie/report"
	"tweedie/rng"
	"tweedie/zoo"
)

// densities is the code lengths of test images, the same ones for both estimates as far as they go.
func (f *evalFlags) densities(ctx context.Context, o *options, prior *zoo.Prior, out *evalOutcome, test data.Set) error {
	n := max(f.elbo, f.ode)
	if n == 0 {
		return nil
	}
	key := rng.New(o.seed)
	images, err := chosen(test, n, key.Split("density images", 0))
	if err != nil {
		return err
	}
	keys := make([]rng.Key, n)
	var m []float64
	for i, x := range images {
		keys[i] = key.Split("density", i)
		f.dequantise(x, prior.Spec.Range, keys[i].Split("dequantise", 0).Stream())
		for _, v := range x {
			m = append(m, prior.Spec.Affine.ToPrior(v))
		}
	}
	d := prior.Shape().Size()
	if f.elbo > 0 {
		cfg := diffusion.DefaultELBO()
		cfg.Draws, cfg.Strata = f.draws, diffusion.BySample
		bound := &diffusion.ELBO{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg}
		logp, evaluations, err := estimateBound(ctx, bound, m[:f.elbo*d], keys[:f.elbo], d)
		if err != nil {
			return err
		}
		out.ELBO = f.codeLength(prior, logp, evaluations, cfg)
	}
	if f.ode > 0 {
		bar := newStatus("ODE", f.ode)
		defer bar.done()
		cfg := diffusion.DefaultODE()
		cfg.Probes = 1
		flow := &diffusion.ODEPrior{Denoiser: prior.Denoiser, Schedule: diffusion.DefaultVP(), Shape: prior.Shape(), Config: cfg, Progress: func(done, _ int) { bar.set(done) }}
		res, err := flow.LogDensity(ctx, m[:f.ode*d], keys[:f.ode])
		if err != nil {
			return err
		}
		evaluations := 0
		for _, e := range res.Evaluations {
			evaluations += e
		}
		out.ODE = f.codeLength(prior, res.LogProb, evaluations/f.ode, cfg)
	}
	return nil
}

// estimateBound is the bound of images in blocks, so that a status line moves.
func estimateBound(ctx context.Context, bound *diffusion.ELBO, m []float64, keys []rng.Key, d int) (logp []float64, evaluations int, err error) {
	bar := newStatus("evidence bound", len(keys))
	defer bar.done()
	const block = 16
	for lo := 0; lo < len(keys); lo += block {
		hi := min(lo+block, len(keys))
		res, err := bound.Estimate(ctx, m[lo*d:hi*d], keys[lo:hi], nil)
		if err != nil {
			return nil, 0, err
		}
		logp, evaluations = append(logp, res.LogProb...), res.Evaluations
		bar.set(hi)
	}
	return logp, evaluations, nil
}

// dequantise replaces the code k of each pixel, of levels codes evenly over the range, by a uniform draw from bin k of
// as many equal bins; with 0 levels the image stays.
func (f *evalFlags) dequantise(x []float64, span [2]float64, st *rng.Stream) {
	if f.levels == 0 {
		return
	}
	l, width := float64(f.levels), span[1]-span[0]
	for i, v := range x {
		k := min(l-1, max(0, math.Round((v-span[0])/width*(l-1))))
		x[i] = span[0] + width*(k+st.Float64())/l
	}
}

// codeLength turns densities in the prior's units into those of the pixels, log p(x) = log p(m) - D log Scale.
func (f *evalFlags) codeLength(prior *zoo.Prior, logp []float64, evaluations int, cfg any) *codeLength {
	d := prior.Shape().Size()
	nats, bits := make([]float64, len(logp)), make([]float64, len(logp))
	bin := (prior.Spec.Range[1] - prior.Spec.Range[0]) / float64(max(1, f.levels))
	for i, v := range logp {
		nats[i] = v - float64(d)*math.Log(prior.Spec.Affine.Unit())
		bits[i] = diffusion.BitsPerDim(nats[i], d, bin)
	}
	c := &codeLength{Images: len(logp), Nats: report.NumberOf(eval.MeanOf(nats)), Evaluations: evaluations, Config: cfg}
	if f.levels > 0 {
		b := report.NumberOf(eval.MeanOf(bits))
		c.Bits = &b
	}
	return c
}
