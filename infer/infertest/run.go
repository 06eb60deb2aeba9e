package infertest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
)

// repeatable requires the same bits for one and two processors and for a sample alone and in a batch. Samples of one
// run, and runs of other seeds, must differ, unless they are restarts.
func (s *suite) repeatable() {
	s.TB.Helper()
	p := gaussian("Gaussian", diffusion.Affine{}, nil)
	const batch = 5
	on := func(procs, samples int) *infer.Result {
		old := runtime.GOMAXPROCS(procs)
		defer runtime.GOMAXPROCS(old)
		return s.solve(p, samples, seed)
	}
	one, two, alone := on(1, batch), on(2, batch), on(2, 1)
	if one == nil || two == nil || alone == nil {
		return
	}
	for i := range one.Samples {
		if !same(one.Samples[i], two.Samples[i]) {
			s.Errorf("sample %d changes from run to run, or from one processor to two", i)
			return
		}
	}
	switch {
	case !same(one.Mean, two.Mean) || !same(one.Std, two.Std) || one.Evaluations != two.Evaluations:
		s.Errorf("its mean, deviation or count changes from run to run, or from one processor to two")
	case !s.Collective && !same(one.Samples[0], alone.Samples[0]):
		s.Errorf("sample 0 changes with the number of samples, from 1 to %d", batch)
	case one.Spread == infer.RestartSpread:
	case same(one.Samples[0], one.Samples[1]):
		s.Errorf("samples 0 and 1 are the same image; each needs random numbers of its own")
	default:
		if other := s.solve(p, 1, seed+1); other != nil && same(alone.Samples[0], other.Samples[0]) {
			s.Errorf("another seed gives the same sample")
		}
	}
}

// same says whether a and b have the same bits.
func same(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

// cancelled ends the context after a tenth of the evaluations of a whole run, and requires the context's error, a result
// in order as far as it goes, and less than half of the evaluations.
func (s *suite) cancelled() {
	s.TB.Helper()
	const samples = 3
	p := gaussian("Gaussian", diffusion.Affine{}, nil)
	whole := s.solve(p, samples, seed)
	if whole == nil {
		return
	}
	problem, count := p.start()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	count.limit, count.cancel = whole.Evaluations/10, cancel
	res, err := s.Method.Solve(ctx, problem, infer.Run{Samples: samples, Seed: seed})
	switch {
	case !errors.Is(err, context.Canceled):
		s.Errorf("cancelled, it returns the error %v; want context.Canceled", err)
	case res == nil:
		s.Errorf("cancelled, it returns no result; want what there is so far")
	case len(res.Samples) > samples || !finite(res.Samples):
		s.Errorf("cancelled, it returns %d samples of %d, or one that is not finite", len(res.Samples), samples)
	case len(res.Samples) > 0 && (len(res.Mean) != pixels || len(res.Std) != pixels):
		s.Errorf("cancelled, its result has samples and no mean or deviation")
	case count.total() > whole.Evaluations/2:
		s.Errorf("cancelled after %d evaluations, it goes on to %d of %d; the context must be looked at before every evaluation",
			count.limit, count.total(), whole.Evaluations)
	default:
		s.counts(res, count)
	}
}

// refused requires errors, not panics, for runs that make no sense.
func (s *suite) refused() {
	s.TB.Helper()
	fresh := func() *infer.Problem {
		p, _ := gaussian("Gaussian", diffusion.Affine{}, nil).start()
		return p
	}
	otherShape, noPrior := fresh(), fresh()
	otherShape.Shape, noPrior.Prior = autodiff.S(1, 3, 3), nil
	for _, c := range []struct {
		what    string
		p       *infer.Problem
		samples int
	}{
		{"a run of no samples", fresh(), 0},
		{"a prior of another shape than the operator's", otherShape, 1},
		{"a problem without a prior", noPrior, 1},
		{"an empty problem", &infer.Problem{}, 1},
	} {
		if _, err := s.Method.Solve(context.Background(), c.p, infer.Run{Samples: c.samples}); err == nil {
			s.Errorf("%s is accepted", c.what)
		}
	}
}
