package infertest

import (
	"context"
	"math"

	"tweedie/infer"
)

// seed starts the random numbers of the suite's runs.
const seed = 5

// solve runs the method to its end and checks what a Result must hold. It returns nil after a failure.
func (s *suite) solve(p *problem, samples int, seed uint64) *infer.Result {
	s.TB.Helper()
	problem, count := p.start()
	var last int64
	res, err := s.Method.Solve(context.Background(), problem, infer.Run{Samples: samples, Seed: seed, Progress: func(g infer.Progress) {
		if g.Done < 1 || g.Done > g.Total {
			s.Errorf("progress says %d of %d", g.Done, g.Total)
		}
		if g.Evaluations < last {
			s.Errorf("progress says %d evaluations after %d", g.Evaluations, last)
		}
		last = g.Evaluations
	}})
	switch {
	case err != nil:
		s.Errorf("on the %s: %v", p.name, err)
	case res == nil:
		s.Errorf("on the %s it returns neither a result nor an error", p.name)
	default:
		s.counts(res, count)
		s.fields(res, samples, seed)
	}
	if s.failed {
		return nil
	}
	return res
}

// counts compares the evaluations that a result reports with those that the prior saw.
func (s *suite) counts(res *infer.Result, count *counted) {
	s.TB.Helper()
	if n := count.counter.Count(); res.Evaluations != count.total() {
		s.Errorf("it reports %d network evaluations; the prior saw %d: %d evaluations, %d VJPs and %d JVPs, one per image",
			res.Evaluations, count.total(), n.Forward, n.VJP, n.JVP)
	}
	if count.total() == 0 {
		s.Errorf("it never evaluates the prior")
	}
}

// fields checks what a finished result says of itself, and its mean and spread against its samples.
func (s *suite) fields(res *infer.Result, samples int, seed uint64) {
	s.TB.Helper()
	switch {
	case res.Method != s.name:
		s.Errorf("its result is of the method %q", res.Method)
	case res.Config == nil:
		s.Errorf("its result has no configuration")
	case res.Seed != seed:
		s.Errorf("its result has seed %d, run with %d", res.Seed, seed)
	case res.Elapsed <= 0:
		s.Errorf("its result took %v", res.Elapsed)
	case res.Spread != infer.PosteriorSpread && res.Spread != infer.BiasedSpread && res.Spread != infer.RestartSpread:
		s.Errorf("its spread is called %q; it must be one of PosteriorSpread, BiasedSpread and RestartSpread", res.Spread)
	case len(res.Samples) != samples:
		s.Errorf("%d samples, want %d", len(res.Samples), samples)
	case len(res.Mean) != pixels || len(res.Std) != pixels:
		s.Errorf("its mean has %d pixels and its standard deviation %d, want %d", len(res.Mean), len(res.Std), pixels)
	case !finite(append(res.Samples[:samples:samples], res.Mean, res.Std)):
		s.Errorf("its result holds a sample, a mean or a deviation that is not finite or not of %d pixels", pixels)
	case samples >= 50:
		s.summary(res)
	}
}

// finite says whether every image has its pixels, all of them finite.
func finite(images [][]float64) bool {
	for _, x := range images {
		for _, v := range x {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return false
			}
		}
		if len(x) != pixels {
			return false
		}
	}
	return true
}

// summary compares the reported mean and standard deviation with the samples' own, within 6 standard errors: a
// method may know them better than from its samples.
func (s *suite) summary(res *infer.Result) {
	s.TB.Helper()
	mean, std := moments(res.Samples)
	n := float64(len(res.Samples))
	for i := range mean {
		if math.Abs(res.Mean[i]-mean[i]) > 6*std[i]/math.Sqrt(n)+1e-9 {
			s.Errorf("the reported mean of pixel %d is %.4f, that of the samples %.4f", i, res.Mean[i], mean[i])
			return
		}
		if math.Abs(res.Std[i]-std[i]) > 6*std[i]*math.Sqrt(.5/n)+1e-9 {
			s.Errorf("the reported standard deviation of pixel %d is %.4f, that of the samples %.4f", i, res.Std[i], std[i])
			return
		}
	}
}

// moments returns the mean and the standard deviation (n-1) of every pixel.
func moments(samples [][]float64) (mean, std []float64) {
	mean, std = make([]float64, pixels), make([]float64, pixels)
	n := float64(len(samples))
	for _, x := range samples {
		for i, v := range x {
			mean[i] += v / n
		}
	}
	for _, x := range samples {
		for i, v := range x {
			std[i] += (v - mean[i]) * (v - mean[i]) / (n - 1)
		}
	}
	for i, v := range std {
		std[i] = math.Sqrt(v)
	}
	return mean, std
}
