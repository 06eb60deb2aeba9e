package difftest_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/internal/testkit"
	"tweedie/rng"
)

// rejects fails t unless check reported something containing want.
func rejects(t *testing.T, want string, check func(difftest.TB)) {
	t.Helper()
	var r testkit.Recorder
	check(&r)
	for _, e := range r {
		if strings.Contains(e, want) {
			return
		}
	}
	t.Errorf("a wrong subject was not rejected for %q; reported: %q", want, r)
}

type wrongSchedule struct {
	diffusion.Schedule
	g2, time, weight, drift, alpha float64
	err                            error
}

func (w wrongSchedule) Validate() error              { return w.err }
func (w wrongSchedule) Alpha(t float64) float64      { return w.Schedule.Alpha(t) + w.alpha }
func (w wrongSchedule) G2(t float64) float64         { return w.Schedule.G2(t) * (1 + w.g2) }
func (w wrongSchedule) Drift(t float64) float64      { return w.Schedule.Drift(t) + w.drift }
func (w wrongSchedule) Time(r float64) float64       { return w.Schedule.Time(r) + w.time }
func (w wrongSchedule) TimeAt(t0, z float64) float64 { return w.Schedule.TimeAt(t0, z) + w.weight }
func (w wrongSchedule) Weight(t0, t float64) float64 { return w.Schedule.Weight(t0, t) + w.weight }

func TestScheduleRejects(t *testing.T) {
	for want, w := range map[string]wrongSchedule{
		"d sigma^2/dt":     {g2: 1e-5},
		"d log alpha/dt":   {drift: 1e-5},
		"Time of Ratio":    {time: 1e-8},
		"Weight":           {weight: 1e-6},
		"TimeAt of Weight": {weight: 1e-6},
		"alpha(0)":         {alpha: 1e-9},
		"Ratio":            {alpha: 1e-9},
		"Validate":         {err: fmt.Errorf("no")},
	} {
		w.Schedule = diffusion.DefaultVP()
		rejects(t, want, func(tb difftest.TB) { difftest.Schedule(tb, w) })
	}
}

type wrongDenoiser struct {
	*exact.Gaussian
	factor, score float64
	mixes         bool
}

func (w wrongDenoiser) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	y := s.Scale(w.Gaussian.Denoise(s, u, sigma), 1+w.factor)
	if w.mixes && u.Dim(0) > 1 {
		y = s.Affine(y, 1, 1e-12)
	}
	return y
}

func (w wrongDenoiser) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return s.Scale(w.Gaussian.Score(s, u, sigma), 1+w.score)
}

func TestDenoiserRejects(t *testing.T) {
	g, err := exact.NewDiagonalGaussian([]float64{1, 2, 3}, []float64{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	for want, w := range map[string]wrongDenoiser{
		"Tweedie": {factor: 1e-4}, "score": {score: 1e-4}, "in a batch": {mixes: true},
	} {
		w.Gaussian = g
		rejects(t, want, func(tb difftest.TB) { difftest.Denoiser(tb, w, 3, g.LogDensity) })
	}
	rejects(t, "evaluating", func(tb difftest.TB) { difftest.Denoiser(tb, g, 4, g.LogDensity) })
}

// wrongPrior is a Gaussian's log-density with one defect.
type wrongPrior struct {
	exact.Prior
	defect string
}

func (w wrongPrior) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error {
	if w.defect == "context" {
		ctx = context.Background()
	}
	if w.defect == "lengths" && len(logp) != len(keys) {
		return nil
	}
	if w.defect == "short" && grad != nil && len(grad) != len(x) {
		return nil
	}
	if err := w.Prior.LogProb(ctx, x, keys, logp, grad); err != nil {
		return err
	}
	switch {
	case w.defect == "gradient" && grad != nil:
		grad[0] *= 1.001
	case w.defect == "value" && grad != nil:
		logp[0] += 1e-9
	case w.defect == "batch" && len(logp) > 1:
		logp[1] += 1e-9
	}
	return nil
}

func TestPriorRejects(t *testing.T) {
	g, err := exact.NewDiagonalGaussian([]float64{1, 2}, []float64{1, .5})
	if err != nil {
		t.Fatal(err)
	}
	difftest.Prior(t, exact.Prior{Density: g}, 1, 1e-6)
	for defect, want := range map[string]string{
		"gradient": "gradient is off", "value": "whether the gradient", "batch": "alone", "context": "context that has ended",
		"lengths": "number of values", "short": "number of gradients",
	} {
		rejects(t, want, func(tb difftest.TB) {
			difftest.Prior(tb, wrongPrior{exact.Prior{Density: g}, defect}, 1, 1e-6)
		})
	}
}

// wrongLoss is a loss with one defect.
type wrongLoss struct {
	right  diffusion.Loss
	defect string
}

func (w wrongLoss) Kind() string { return w.right.Kind() }

func (w wrongLoss) Validate() error {
	if w.defect == "config" {
		return fmt.Errorf("no")
	}
	return nil
}

func (w wrongLoss) Loss(s *autodiff.Scope, d diffusion.Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var {
	if w.defect == "keys" {
		keys = keys[1:]
	}
	y := w.right.Loss(s, d, x, keys)
	switch w.defect {
	case "sign":
		return s.Neg(y)
	case "sum":
		return s.Scale(y, float64(len(keys)))
	case "shape":
		return s.BroadcastTo(y, autodiff.S(2))
	}
	return y
}

func TestLossRejects(t *testing.T) {
	for defect, want := range map[string]string{"config": "Validate", "sign": "true denoiser", "sum": "mean of theirs", "shape": "shape", "keys": "keys"} {
		rejects(t, want, func(tb difftest.TB) { difftest.Loss(tb, wrongLoss{diffusion.DefaultDSM(), defect}) })
	}
}

// wrongSampler is Heun with one defect.
type wrongSampler struct {
	diffusion.Heun
	defect string
}

func (w wrongSampler) Evaluations() int {
	if w.defect == "count" {
		return w.Heun.Evaluations() + 1
	}
	return w.Heun.Evaluations()
}

func (w wrongSampler) Sample(ctx context.Context, d diffusion.Denoiser, job diffusion.Job) (diffusion.Result, error) {
	switch w.defect {
	case "keys":
		job.Keys = make([]rng.Key, len(job.Keys))
	case "context":
		ctx = context.Background()
	case "progress":
		job.Progress = nil
	case "batch":
		job.Keys = append([]rng.Key(nil), job.Keys...)
		for i := range job.Keys {
			job.Keys[i] = job.Keys[i].Split("batch", len(job.Keys))
		}
	}
	res, err := w.Heun.Sample(ctx, d, job)
	for i := range res.X {
		switch w.defect {
		case "variance":
			res.X[i] *= 1.2
		case "mean":
			res.X[i] += .1
		}
	}
	if w.defect == "count" {
		res.Evaluations = w.Evaluations()
	}
	if w.defect == "partial" && err != nil {
		return diffusion.Result{}, err
	}
	return res, err
}

func TestSamplerRejects(t *testing.T) {
	h := diffusion.DefaultHeun()
	difftest.Sampler(t, h)
	for defect, want := range map[string]string{
		"variance": "is sampled with", "mean": "of mean 2", "keys": "two keys", "context": "cancelled",
		"progress": "progress", "batch": "drawn alone", "count": "evaluations", "partial": "it returned 0 samples",
	} {
		rejects(t, want, func(tb difftest.TB) { difftest.Sampler(tb, wrongSampler{h, defect}) })
	}
	exact := difftest.Moments{Prior: 1, Variance: math.Pi / 3, Tol: 1e-3}
	rejects(t, "prior variance 1", func(tb difftest.TB) { difftest.Sampler(tb, h, exact) })
}
