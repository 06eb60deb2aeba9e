package demo

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"tweedie/checkpoints"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/internal/input"
	"tweedie/report"
	"tweedie/rng"
)

// caseResult tells what one method made of one image and task, in a file of --out/cases.
type caseResult struct {
	Run         string  `json:"run"` // hash of all that the result follows from
	Task        string  `json:"task"`
	Image       int     `json:"image"`
	Method      string  `json:"method"`
	Plain       Plain   `json:"baseline"`
	PSNR        float64 `json:"psnr_db"`
	Gain        float64 `json:"psnr_over_baseline_db"`
	SSIM        float64 `json:"ssim"`
	Chi2        float64 `json:"chi2_per_measurement_of_samples"`
	Variance    float64 `json:"expected_squared_error"` // by the samples: mean variance of a pixel times 1+1/n
	Error       float64 `json:"squared_error"`          // of the mean, per pixel
	Evaluations int64   `json:"network_evaluations"`
	Seconds     float64 `json:"seconds"`
}

// one returns the result of a method on an image: the one on file when it is of this run, otherwise a new one.
func (t *table) one(ctx context.Context, e *example, image int, m infer.Method) (caseResult, error) {
	path := filepath.Join(t.c.Out, "cases", fmt.Sprintf("%s-%03d-%s.json", e.task.name, image, m.Name()))
	run, err := t.hash(e, m)
	if err != nil {
		return caseResult{}, err
	}
	var r caseResult
	old, err := input.ReadFile(path, input.MaxText)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if err == nil && json.Unmarshal(old, &r) == nil && r.Run == run {
		return r, nil
	}
	seed := rng.New(t.c.Seed).Split("method", image).Stream().Uint64()
	res, err := m.Solve(ctx, infer.NewProblem(t.prior, e.Lik), infer.Run{Samples: t.c.Samples, Seed: seed})
	if err != nil {
		return r, err
	}
	if r, err = e.result(res); err != nil {
		return r, err
	}
	r.Run, r.Task, r.Image, r.Method = run, e.task.name, image, m.Name()
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return r, err
	}
	return r, checkpoints.AtomicWriteFile(path, writeBytes(append(text, '\n')))
}

// hash returns a hash of all that a result follows from.
func (t *table) hash(e *example, m infer.Method) (string, error) {
	text, err := json.Marshal([]any{t.answer, report.Operator(e.Lik.Op), e.task.sigma, m.Name(), m, t.c.Seed, t.c.Samples, e.Truth, e.Lik.Y})
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}

// result sums up what a method found. The variance that the samples predict for
// the error of their mean counts the n images of which the mean is.
func (e *example) result(res *infer.Result) (caseResult, error) {
	s, err := e.Assess(res)
	if err != nil {
		return caseResult{}, err
	}
	if s.PSNR == nil || s.SSIM == nil || e.plain.PSNR == nil {
		return caseResult{}, fmt.Errorf("%s on %s: the error is zero or not a number", res.Method, e.task.name)
	}
	n := res.Independent()
	r := caseResult{Plain: e.plain, PSNR: *s.PSNR, Gain: *e.gain(s), SSIM: *s.SSIM, Chi2: s.SampleChi2, Error: eval.MSE(res.Mean, e.Truth),
		Evaluations: res.Evaluations, Seconds: res.Elapsed.Round(time.Millisecond).Seconds()}
	for _, v := range res.Std {
		r.Variance += v * v / float64(len(res.Std)) * (1 + 1/float64(n))
	}
	return r, nil
}
