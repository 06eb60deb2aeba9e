// Package infertest is the test that every inference method passes, for methods of this project and of others.
//
// Method runs the subject on a problem whose posterior is known: the prior N(mu, C) on 12 pixels, four averages of
// three pixels each measured with noise, so that most directions are not seen. A method whose Result claims
// PosteriorSpread must find the posterior's mean and standard deviations; every method must be a function of its
// seed, give a sample alone what it gives it in a batch, count its evaluations, and return what it has when its
// context ends.
package infertest

import (
	"context"
	"errors"
	"math"
	"runtime"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

// TB is the part of testing.TB that the suite uses, so that it can be tested on a wrong subject.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Row is a method with what it is held to.
type Row struct {
	Method  infer.Method
	Samples int     // for the moments; 0 means 2000
	Mean    float64 // allowed error of the mean, in posterior standard deviations, beside 4 standard errors; 0 means .05
	Std     float64 // allowed relative error of the standard deviations, beside 4 standard errors; 0 means .05
}

// Problem is the suite's problem with its exact posterior.
func Problem() (*infer.Problem, *exact.Gaussian) {
	const n = 12
	cov := mat.NewSymDense(n, nil)
	mean := make([]float64, n)
	for i := range n {
		mean[i] = .2 + .05*float64(i)
		for j := i; j < n; j++ {
			cov.SetSym(i, j, .09*math.Exp(-float64(j-i)/3))
		}
		cov.SetSym(i, i, cov.At(i, i)+.01)
	}
	prior := must(exact.NewGaussian(mean, cov))
	op := must(inverse.BlockAverageConfig{Rows: 1, Cols: 3}.Build(autodiff.S(1, 1, n)))
	y := make([]float64, 4)
	truth := make([]float64, n)
	prior.Sample(truth, rng.New(7).Stream())
	op.Apply(y, truth)
	noise := inverse.Gaussian{Sigma: .1}
	noise.Sample(y, y, rng.New(8).Stream())
	lik := must(inverse.NewLikelihood(op, noise, y))
	post, _, err := prior.Posterior(exact.Measure(exact.DenseMatrix(op.(inverse.Linear)), y, .1))
	if err != nil {
		panic(err)
	}
	return &infer.Problem{Prior: prior, Likelihood: lik, Shape: autodiff.S(1, 1, n), DType: autodiff.F64}, post
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the numbers are constants
	}
	return v
}

// Method fails t unless the row's method passes the suite.
func Method(t TB, r Row) {
	t.Helper()
	if r.Samples == 0 {
		r.Samples = 2000
	}
	if r.Mean == 0 {
		r.Mean = .05
	}
	if r.Std == 0 {
		r.Std = .05
	}
	if err := r.Method.Validate(); err != nil {
		t.Errorf("%s: its own configuration is refused: %v", r.Method.Name(), err)
		return
	}
	moments(t, r)
	repeatable(t, r.Method)
	cancelled(t, r.Method)
	refused(t, r.Method)
}

// solve runs a method on a fresh problem.
func solve(ctx context.Context, m infer.Method, samples int, progress func(infer.Progress)) (*infer.Result, error) {
	p, _ := Problem()
	return m.Solve(ctx, p, infer.Run{Samples: samples, Seed: 5, Progress: progress})
}

// moments compares mean and standard deviations with the posterior's where the method claims them.
func moments(t TB, r Row) {
	t.Helper()
	name := r.Method.Name()
	res, err := solve(context.Background(), r.Method, r.Samples, nil)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	switch {
	case res.Method != name:
		t.Errorf("%s: the result is of %q", name, res.Method)
	case len(res.Samples) != r.Samples:
		t.Errorf("%s: %d samples, want %d", name, len(res.Samples), r.Samples)
	case res.Evaluations <= 0:
		t.Errorf("%s: it says that it evaluated the prior %d times", name, res.Evaluations)
	case res.Spread != infer.PosteriorSpread && res.Spread != infer.RestartSpread:
		t.Errorf("%s: its spread is called %q", name, res.Spread)
	}
	for _, x := range res.Samples {
		for _, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s: a sample holds %v", name, v)
				return
			}
		}
	}
	if res.Spread != infer.PosteriorSpread {
		return
	}
	_, post := Problem()
	cov, mean := post.Cov(), post.Mean()
	n := float64(r.Samples)
	for i, want := range mean {
		sd := math.Sqrt(cov.At(i, i))
		var m, v float64
		for _, x := range res.Samples {
			m += x[i] / n
		}
		for _, x := range res.Samples {
			v += (x[i] - m) * (x[i] - m) / (n - 1)
		}
		if e := math.Abs(m-want) / sd; e > r.Mean+4/math.Sqrt(n) {
			t.Errorf("%s: the mean of pixel %d is off by %.3f posterior standard deviations", name, i, e)
		}
		if e := math.Abs(math.Sqrt(v)/sd - 1); e > r.Std+4*math.Sqrt(.5/n) {
			t.Errorf("%s: the standard deviation of pixel %d is %.4f, exact %.4f", name, i, math.Sqrt(v), sd)
		}
		if e := math.Abs(res.Mean[i]-want) / sd; e > r.Mean+.15 {
			t.Errorf("%s: the reported mean of pixel %d is off by %.3f posterior standard deviations", name, i, e)
		}
	}
}

// repeatable requires the same bytes for one and two processors, and for a sample alone and in a batch.
func repeatable(t TB, m infer.Method) {
	t.Helper()
	var first []float64
	for _, procs := range []int{1, 2} {
		for _, n := range []int{1, 6} {
			old := runtime.GOMAXPROCS(procs)
			res, err := solve(context.Background(), m, n, nil)
			runtime.GOMAXPROCS(old)
			if err != nil {
				t.Errorf("%s: %v", m.Name(), err)
				return
			}
			if first == nil {
				first = res.Samples[0]
			}
			for i, v := range res.Samples[0] {
				if math.Float64bits(v) != math.Float64bits(first[i]) {
					t.Errorf("%s: sample 0 changes with %d samples on %d processors", m.Name(), n, procs)
					return
				}
			}
		}
	}
}

// cancelled requires a partial result with the context's error.
func cancelled(t TB, m infer.Method) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := 0
	res, err := solve(ctx, m, 3, func(p infer.Progress) {
		if p.Done < 1 || p.Done > p.Total {
			t.Errorf("%s: progress says %d of %d", m.Name(), p.Done, p.Total)
		}
		if calls++; calls == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || res == nil || len(res.Samples) != 3 {
		t.Errorf("%s: cancelled, it returned %v and %v; want the result so far and context.Canceled", m.Name(), res, err)
	}
}

// refused requires errors, not panics, for runs that make no sense.
func refused(t TB, m infer.Method) {
	t.Helper()
	p, _ := Problem()
	if _, err := m.Solve(context.Background(), p, infer.Run{Samples: 0}); err == nil {
		t.Errorf("%s: a run of no samples was accepted", m.Name())
	}
	p.Shape = autodiff.S(1, 3, 3)
	if _, err := m.Solve(context.Background(), p, infer.Run{Samples: 1}); err == nil {
		t.Errorf("%s: a prior of another shape than the operator's was accepted", m.Name())
	}
	if _, err := m.Solve(context.Background(), &infer.Problem{}, infer.Run{Samples: 1}); err == nil {
		t.Errorf("%s: an empty problem was accepted", m.Name())
	}
}
