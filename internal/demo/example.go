package demo

import (
	"fmt"

	"tweedie/infer"
	"tweedie/internal/priors"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/report"
	"tweedie/rng"
)

// example holds one image, what was measured of it, and its plain restoration.
type example struct {
	report.Subject
	prior *prior.Prior
	task  task
	base  []float64 // the plain restoration
	plain Plain
}

// Plain says how near the plain restoration comes to the truth.
type Plain struct {
	Name string   `json:"name"`
	PSNR *float64 `json:"psnr_db"`
	SSIM *float64 `json:"ssim"`
}

// newExample measures an image with the noise of key.
func newExample(prior *prior.Prior, t task, truth []float64, key rng.Key) (*example, error) {
	op, err := t.op.Build(prior.Shape())
	if err != nil {
		return nil, err
	}
	noise := inverse.Gaussian{Sigma: t.sigma}
	if err := noise.Validate(op.OutShape().Size()); err != nil {
		return nil, fmt.Errorf("--sigma: %w", err)
	}
	lik, err := inverse.NewLikelihood(op, noise, inverse.Simulate(op, noise, truth, key))
	if err != nil {
		return nil, err
	}
	e := &example{Subject: priors.Subject(prior, lik, truth), prior: prior, task: t}
	if e.base, err = t.restore(prior, lik); err != nil {
		return nil, err
	}
	clip(e.base, prior.Spec.Range)
	score, err := e.Assess(&infer.Result{Mean: e.base, Std: make([]float64, len(e.base))})
	e.plain = Plain{t.baseline, score.PSNR, score.SSIM}
	return e, err
}

// gain returns how many dB a score lies above the plain restoration, nil where one of them has no error.
func (e *example) gain(s report.Score) *float64 {
	if s.PSNR == nil || e.plain.PSNR == nil {
		return nil
	}
	g := *s.PSNR - *e.plain.PSNR
	return &g
}
