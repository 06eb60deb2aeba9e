package infertest_test

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/infertest"
	"tweedie/internal/testkit"
	"tweedie/inverse"
)

// rightDPS returns the subject that the wrong ones spoil.
func rightDPS() infertest.Row {
	return infertest.Row{Method: dps{Levels: 100, Zeta: .02}, Samples: 100}
}

// wrong is a method whose problem or result is spoiled.
type wrong struct {
	infer.Method
	problem func(p *infer.Problem, run infer.Run) // before
	result  func(r *infer.Result, run infer.Run)  // after
	deaf    bool                                  // it looks at its context at the end only
}

func (w wrong) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	given, inner := *p, ctx
	if w.problem != nil && p.Prior != nil && p.Likelihood != nil {
		w.problem(&given, run)
	}
	if w.deaf {
		inner = context.WithoutCancel(ctx)
	}
	res, err := w.Method.Solve(inner, &given, run)
	if res != nil && w.result != nil {
		w.result(res, run)
	}
	if w.deaf && err == nil {
		err = ctx.Err()
	}
	return res, err
}

// leastSquares asks the prior and does not listen: its samples are A+ (y + sigma n).
type leastSquares struct{ infer.Method }

func (m leastSquares) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	return infer.EachSample(ctx, m, p, run, infer.BiasedSpread, func(x []float64, d *infer.Draw) error {
		for range 20 {
			if err := d.Denoise(x, x, 1); err != nil {
				return err
			}
		}
		y := make([]float64, len(p.Likelihood.Y))
		p.Likelihood.Noise.Sample(y, p.Likelihood.Y, d.Stream)
		p.Likelihood.Op.(inverse.PseudoInverter).PseudoInverse(x, y)
		return nil
	})
}

// noisier says that the measurement has f times its noise.
func noisier(f float64) func(p *infer.Problem, _ infer.Run) {
	return func(p *infer.Problem, _ infer.Run) {
		l, err := inverse.NewLikelihood(p.Likelihood.Op, inverse.Gaussian{Sigma: f * p.Likelihood.Noise.(inverse.Gaussian).Sigma}, p.Likelihood.Y)
		if err != nil {
			panic(err)
		}
		p.Likelihood = l
	}
}

// nudge adds v to the first pixel of the first sample.
func nudge(r *infer.Result, v float64) {
	if len(r.Samples) > 0 {
		r.Samples[0][0] += v
	}
}

// Each wrong method fails with a message that says what is wrong.
func TestSuiteRejectsWrongDPS(t *testing.T) {
	var calls atomic.Int64
	right := rightDPS().Method
	after := func(f func(r *infer.Result, run infer.Run)) infer.Method { return wrong{Method: right, result: f} }
	before := func(f func(p *infer.Problem, run infer.Run)) infer.Method { return wrong{Method: right, problem: f} }
	for name, c := range map[string]struct {
		method infer.Method
		want   string
	}{
		"data term of the other sign": {dps{Levels: 100, Zeta: -.02}, "do not use the data"},
		"no data term":                {dps{Levels: 100}, "do not use the data"},
		"no prior":                    {leastSquares{right}, "does not use the prior"},
		"counts halved":               {after(func(r *infer.Result, _ infer.Run) { r.Evaluations /= 2 }), "VJPs"},
		"counts doubled":              {after(func(r *infer.Result, _ infer.Run) { r.Evaluations *= 2 }), "the prior saw"},
		"counts missing":              {after(func(r *infer.Result, _ infer.Run) { r.Evaluations = 0 }), "reports 0 network evaluations"},
		"depends on the number of samples": {
			after(func(r *infer.Result, run infer.Run) { nudge(r, 1e-12*float64(run.Samples)) }), "changes with the number of samples"},
		"depends on the processors": {
			after(func(r *infer.Result, _ infer.Run) { nudge(r, 1e-12*float64(runtime.GOMAXPROCS(0))) }), "from one processor to two"},
		"differs every time": {
			after(func(r *infer.Result, _ infer.Run) { nudge(r, 1e-12*float64(calls.Add(1))) }), "changes from run to run"},
		"one image for all": {after(func(r *infer.Result, _ infer.Run) {
			for i := range r.Samples {
				r.Samples[i] = r.Samples[0]
			}
		}), "are the same image"},
		"the same for every seed": {seedless{right}, "another seed"},
		"deaf to its context":     {wrong{Method: right, deaf: true}, "goes on to"},
		"silent about the end":    {hushed{right}, "returns the error <nil>"},
		"no partial result":       {empty{right}, "returns no result"},
		"no mean":                 {after(func(r *infer.Result, _ infer.Run) { r.Mean = nil }), "its mean has 0 pixels"},
		"no deviation":            {after(func(r *infer.Result, _ infer.Run) { r.Std = nil }), "standard deviation 0"},
		"another mean": {after(func(r *infer.Result, _ infer.Run) {
			for i := range r.Mean {
				r.Mean[i] += .2
			}
		}), "the reported mean"},
		"another deviation": {after(func(r *infer.Result, _ infer.Run) {
			for i := range r.Std {
				r.Std[i] *= 2
			}
		}), "the reported standard deviation"},
		"no configuration":  {after(func(r *infer.Result, _ infer.Run) { r.Config = nil }), "no configuration"},
		"no seed":           {after(func(r *infer.Result, _ infer.Run) { r.Seed = 0 }), "has seed 0"},
		"no name":           {after(func(r *infer.Result, _ infer.Run) { r.Method = "" }), "of the method"},
		"no time":           {after(func(r *infer.Result, _ infer.Run) { r.Elapsed = 0 }), "took 0s"},
		"an invented title": {after(func(r *infer.Result, _ infer.Run) { r.Spread = "uncertainty" }), "spread is called"},
		"claims the posterior": {
			after(func(r *infer.Result, _ infer.Run) { r.Spread = infer.PosteriorSpread }), "of pixel"},
		"ignores the units": {before(func(p *infer.Problem, _ infer.Run) { p.Affine = diffusion.Affine{} }), "in other units"},
		"too few samples":   {after(func(r *infer.Result, run infer.Run) { r.Samples = r.Samples[:len(r.Samples)/2] }), "samples, want"},
	} {
		t.Run(name, func(t *testing.T) { rejects(t, infertest.Row{Method: c.method, Samples: 100}, c.want) })
	}
}

// rejects fails unless the suite reports a failure with want.
func rejects(t *testing.T, row infertest.Row, want string) {
	t.Helper()
	var r testkit.Recorder
	infertest.Method(&r, row)
	if text := strings.Join(r, "\n"); !strings.Contains(text, want) {
		t.Errorf("the suite says %q, want %q", text, want)
	}
}

// seedless runs with one seed and reports the one asked for.
type seedless struct{ infer.Method }

func (m seedless) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	seed := run.Seed
	run.Seed = 1
	res, err := m.Method.Solve(ctx, p, run)
	if res != nil {
		res.Seed = seed
	}
	return res, err
}

// hushed returns no error when its context ends.
type hushed struct{ infer.Method }

func (m hushed) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	res, err := m.Method.Solve(ctx, p, run)
	if res != nil {
		err = nil
	}
	return res, err
}

// empty returns no result when its context ends.
type empty struct{ infer.Method }

func (m empty) Solve(ctx context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	res, err := m.Method.Solve(ctx, p, run)
	if err != nil {
		res = nil
	}
	return res, err
}

// A method that claims the posterior's spread is held to it: twice or half the noise, a spread or a mean that is off.
func TestSuiteRejectsWrongPosteriors(t *testing.T) {
	gibbs := rows()[0]
	for name, c := range map[string]struct {
		method infer.Method
		want   string
	}{
		"twice the noise": {wrong{Method: gibbs.Method, problem: noisier(2)}, "the standard deviation of pixel"},
		"half the noise":  {wrong{Method: gibbs.Method, problem: noisier(.5)}, "the standard deviation of pixel"},
		"a mean that is off": {wrong{Method: gibbs.Method, result: func(r *infer.Result, _ infer.Run) {
			for _, x := range append(slices.Clone(r.Samples), r.Mean) {
				x[3] += .1
			}
		}}, "the mean of pixel 3"},
		"a spread that is off": {wrong{Method: gibbs.Method, result: func(r *infer.Result, _ infer.Run) {
			for _, x := range append(slices.Clone(r.Samples), r.Mean) {
				x[5] = .5 + .7*(x[5]-.5)
			}
			r.Std[5] *= .7
		}}, "the standard deviation of pixel 5"},
	} {
		t.Run(name, func(t *testing.T) { rejects(t, infertest.Row{Method: c.method, Std: gibbs.Std}, c.want) })
	}
}
