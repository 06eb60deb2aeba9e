package difftest

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/rng"
)

// Moments says with what variance a sampler must draw a coordinate of the prior N(0, Prior I): Variance, within Tol.
type Moments struct{ Prior, Variance, Tol float64 }

// Sampler fails t unless s draws from N(m, c I) with the variances of rows (without rows: c within 15%, for c = 0.25
// and 1) and a mean within 3% of m; gives the same bytes whenever it runs, alone or in any batch, on one processor or
// two, and other bytes for other keys; takes as many evaluations as Evaluations says, and reports each; and stops with
// the context's error, keeping the samples that were finished.
func Sampler(t TB, s diffusion.Sampler, rows ...Moments) {
	t.Helper()
	if len(rows) == 0 {
		rows = []Moments{{.25, .25, .0375}, {1, 1, .15}}
	}
	for _, r := range rows {
		if v := variance(t, s, r.Prior); !(math.Abs(v-r.Variance) <= r.Tol) {
			t.Errorf("%s: prior variance %g is sampled with %.7g, want %.7g within %.1g", s.Kind(), r.Prior, v, r.Variance, r.Tol)
		}
	}
	mean(t, s)
	bytes(t, s)
	counts(t, s)
	stops(t, s)
}

// prior returns the Gaussian N(m, c I) of d elements.
func prior(m, c float64, d int) *exact.Gaussian {
	mean, variance := make([]float64, d), make([]float64, d)
	for i := range mean {
		mean[i], variance[i] = m, c
	}
	g, err := exact.NewDiagonalGaussian(mean, variance)
	if err != nil {
		panic(err)
	}
	return g
}

// impulses is a source of noise that has a 1 at coordinate k of draw k and 0 elsewhere.
type impulses struct{ draws *int }

func (p impulses) FillNorm(dst []float64) {
	clear(dst)
	if *p.draws < len(dst) {
		dst[*p.draws] = 1
	}
	*p.draws++
}

// variance returns the variance with which s draws a coordinate of N(0, c I), by the sum of squares of its response to
// impulses.
func variance(t TB, s diffusion.Sampler, c float64) float64 {
	t.Helper()
	dim := 1
	for {
		draws := 0
		res := sample(t, context.Background(), s, prior(0, c, dim), diffusion.Job{
			Shape: autodiff.S(dim), Keys: make([]rng.Key, 1), DType: autodiff.F64,
			Noise: func(int) diffusion.Noise { return impulses{&draws} },
		})
		if draws <= dim {
			sum := 0.0
			for _, x := range res.X {
				sum += x * x
			}
			return sum
		}
		dim = draws
	}
}

// silence is a source of noise that is 0.
type silence struct{}

func (silence) FillNorm(dst []float64) { clear(dst) }

// mean fails t unless s, with its noise silenced, draws the mean of N(2, 0.25) within 3%.
func mean(t TB, s diffusion.Sampler) {
	t.Helper()
	res := sample(t, context.Background(), s, prior(2, .25, 1), diffusion.Job{
		Shape: autodiff.S(1), Keys: make([]rng.Key, 1), DType: autodiff.F64,
		Noise: func(int) diffusion.Noise { return silence{} },
	})
	if len(res.X) == 1 && !(math.Abs(res.X[0]-2) <= .06) {
		t.Errorf("%s: a prior of mean 2 is sampled with mean %.5g", s.Kind(), res.X[0])
	}
}

// sample runs s on a job and reports an error.
func sample(t TB, ctx context.Context, s diffusion.Sampler, d diffusion.Denoiser, job diffusion.Job) diffusion.Result {
	t.Helper()
	res, err := s.Sample(ctx, d, job)
	if err != nil {
		t.Errorf("%s: Sample: %v", s.Kind(), err)
	}
	return res
}

// job describes n samples of shape [1,2,2] in float64, batch of them in one evaluation.
func job(n, batch int) diffusion.Job {
	j := diffusion.Job{Shape: autodiff.S(1, 2, 2), Batch: batch, DType: autodiff.F64}
	for i := range n {
		j.Keys = append(j.Keys, rng.New(23).Split("sample", i))
	}
	return j
}

// bytes fails t unless a sample depends on its key alone.
func bytes(t TB, s diffusion.Sampler) {
	t.Helper()
	ctx, d := context.Background(), prior(1, .5, 4)
	all := sample(t, ctx, s, d, job(5, 0)).X
	if len(all) != 20 {
		t.Errorf("%s: 5 samples of 4 elements came as %d values", s.Kind(), len(all))
		return
	}
	if slices.Equal(all[:4], all[4:8]) {
		t.Errorf("%s: two keys give the same sample", s.Kind())
	}
	old := runtime.GOMAXPROCS(1)
	one := sample(t, ctx, s, d, job(5, 2)).X
	runtime.GOMAXPROCS(2)
	two := sample(t, ctx, s, d, job(5, 3)).X
	runtime.GOMAXPROCS(old)
	if !slices.Equal(all, one) || !slices.Equal(all, two) {
		t.Errorf("%s: the samples depend on the batch or on GOMAXPROCS", s.Kind())
	}
	alone := job(5, 0)
	alone.Keys = alone.Keys[3:4]
	if x := sample(t, ctx, s, d, alone).X; !slices.Equal(all[12:16], x) {
		t.Errorf("%s: a sample drawn alone differs from the one drawn among others", s.Kind())
	}
}

// counts fails t unless the evaluations, their reports and Evaluations agree.
func counts(t TB, s diffusion.Sampler) {
	t.Helper()
	var c diffusion.Counter
	j := job(3, 2)
	calls, last, total := 0, 0, 0
	j.Progress = func(done, all int) {
		calls++
		if done != last+1 {
			t.Errorf("%s: progress went from %d to %d", s.Kind(), last, done)
		}
		last, total = done, all
	}
	res := sample(t, context.Background(), s, c.Denoiser(prior(0, 1, 4)), j)
	if n := c.Count().Forward; n != int64(3*s.Evaluations()) || res.Evaluations != s.Evaluations() {
		t.Errorf("%s: 3 samples took %d evaluations; Evaluations says %d a sample, the result %d", s.Kind(), n, s.Evaluations(), res.Evaluations)
	}
	if calls != total || total != 2*s.Evaluations() {
		t.Errorf("%s: progress was reported %d times of %d, want %d", s.Kind(), calls, total, 2*s.Evaluations())
	}
}

// stops fails t unless s ends with its context and keeps what it has finished.
func stops(t TB, s diffusion.Sampler) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	j := job(4, 2)
	after := 0
	j.Progress = func(done, total int) {
		if done > total/2 {
			cancel()
		}
		if ctx.Err() != nil {
			after++
		}
	}
	res, err := s.Sample(ctx, prior(0, 1, 4), j)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%s: cancelled, it returned the error %v", s.Kind(), err)
	}
	if res.Done != 2 || len(res.X) != 8 {
		t.Errorf("%s: cancelled in the second batch, it returned %d samples in %d values", s.Kind(), res.Done, len(res.X))
	}
	if after > 1 {
		t.Errorf("%s: %d evaluations followed the end of the context", s.Kind(), after-1)
	}
}
