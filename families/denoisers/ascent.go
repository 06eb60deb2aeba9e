package denoisers

import (
	"context"
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/internal/config"
)

// Ascent draws from the prior of a denoiser by stochastic ascent of its log-density (Kadkhodaie and Simoncelli 2021,
// "Stochastic solutions for linear inverse problems using the prior implicit in a denoiser", algorithms 1 and 2),
// with the noise level read off the residual f = y - D(y) instead of a schedule: from y = Mean + SigmaStart n,
//
//	sigma = ||d||/sqrt(N),   h_k = H0 k/(1 + H0 (k-1)),
//	y <- y - h_k d + sigma sqrt((1 - Beta h_k)^2 - (1 - h_k)^2) n,   k = 1, 2, ... until sigma < SigmaEnd,
//
// with d = f, or given data d = f - P f + (P y - P x); the result is y - d, which agrees with the data. Where the
// residual tells the noise level, sigma shrinks by 1 - Beta h_k a step. Beta is 1 for no added noise.
// A denoiser that needs a noise level gets the sigma of the step before.
type Ascent struct {
	H0         float64 `json:"h0"`          // first step
	Beta       float64 `json:"beta"`        // in (0, 1], fraction of the noise that a step removes
	SigmaStart float64 `json:"sigma_start"` // in the denoiser's units, as the others
	SigmaEnd   float64 `json:"sigma_end"`
	Mean       float64 `json:"mean"`
	MaxSteps   int     `json:"max_steps"` // more is an error: the denoiser does not reach SigmaEnd
}

// DefaultAscent returns the ascent for images in [0, 1]: first step 0.01, Beta 0.1, from 0.5 with sigma 1 down to sigma
// 0.01.
func DefaultAscent() Ascent {
	return Ascent{H0: .01, Beta: .1, SigmaStart: 1, SigmaEnd: .01, Mean: .5, MaxSteps: 2000}
}

// Validate names the first field that is wrong.
func (a Ascent) Validate() error {
	c := config.Check("denoisers: ascent")
	c.Float("h0", a.H0, config.Positive, 1)
	c.Float("beta", a.Beta, config.Positive, 1)
	c.Float("sigma_end", a.SigmaEnd, config.Tiny, config.Huge)
	c.Float("sigma_start", a.SigmaStart, 0, config.Huge)
	c.That(a.SigmaStart > a.SigmaEnd, "sigma_start", a.SigmaStart, "be above sigma_end, %v", a.SigmaEnd)
	c.Finite("mean", a.Mean)
	c.Int("max_steps", a.MaxSteps, 1, config.MostSteps)
	return c.Err()
}

// Draw holds the samples that an ascent drew.
type Draw struct {
	X           []float64 // the finished samples, one after the other
	Done        int       // how many are finished
	Evaluations []int     // of the denoiser, for each of them
}

// Sample draws one sample for each key of job, each on its own: job.Batch has no effect, and a sample's bytes depend on
// its key, its start, the ascent, the data and the denoiser only. given is the data, and may be nil. Progress gets as
// its total the most evaluations that there can be. A sample that does not reach SigmaEnd in MaxSteps is an error. With
// an error, also that of ctx when it ends, the samples finished so far come back.
func (a Ascent) Sample(ctx context.Context, d diffusion.Denoiser, job diffusion.Job, given *Given) (res Draw, err error) {
	if err := a.Validate(); err != nil {
		return Draw{}, err
	}
	n := job.Shape.Size()
	switch {
	case n == 0:
		return Draw{}, fmt.Errorf("denoisers: ascent: the shape %v has no elements", job.Shape)
	case job.Start != nil && len(job.Start) != n*len(job.Keys):
		return Draw{}, fmt.Errorf("denoisers: ascent: %d values were given for %d samples of %d to start from", len(job.Start), len(job.Keys), n)
	case given != nil && len(given.data) != n:
		return Draw{}, fmt.Errorf("denoisers: ascent: the data are of images of %d elements, the samples have %d", len(given.data), n)
	}
	defer autodiff.Catch(&err)
	run := ascent{Ascent: a, ctx: ctx, den: d, job: &job, given: given, arena: autodiff.NewArena(),
		d: make([]float64, n), z: make([]float64, n), sigma: make([]float64, 1)}
	for i := range job.Keys {
		y := make([]float64, n)
		before := run.done
		if err := run.climb(i, y); err != nil {
			return res, err
		}
		res.X = append(res.X, y...)
		res.Evaluations = append(res.Evaluations, run.done-before)
		res.Done++
	}
	return res, nil
}

// ascent is the state of a Sample.
type ascent struct {
	Ascent
	ctx   context.Context
	den   diffusion.Denoiser
	job   *diffusion.Job
	given *Given
	arena *autodiff.Arena
	d, z  []float64
	sigma []float64
	done  int
}

// climb sets y to sample i.
func (a *ascent) climb(i int, y []float64) error {
	var noise diffusion.Noise
	if a.job.Noise != nil {
		noise = a.job.Noise(i)
	} else {
		noise = a.job.Keys[i].Stream()
	}
	if a.job.Start != nil {
		copy(y, a.job.Start[i*len(y):])
	} else {
		noise.FillNorm(y)
		for k, z := range y {
			y[k] = a.Mean + a.SigmaStart*z
		}
	}
	a.sigma[0] = a.SigmaStart
	for k := 1; k <= a.MaxSteps; k++ {
		if err := a.direction(y); err != nil {
			return err
		}
		sigma := NoiseLevel(a.d)
		if math.IsNaN(sigma) || math.IsInf(sigma, 0) {
			return fmt.Errorf("denoisers: ascent: sample %d, step %d: the denoiser returned a value that is not finite", i, k)
		}
		if sigma < a.SigmaEnd {
			for j, v := range a.d {
				y[j] -= v
			}
			return nil
		}
		a.sigma[0] = sigma
		h := a.H0 * float64(k) / (1 + a.H0*float64(k-1))
		gamma := sigma * math.Sqrt(math.Max(0, (1-a.Beta*h)*(1-a.Beta*h)-(1-h)*(1-h)))
		noise.FillNorm(a.z)
		for j, v := range a.d {
			y[j] += gamma*a.z[j] - h*v
		}
	}
	return fmt.Errorf("denoisers: ascent: sample %d: after %d steps the noise level is %.3g and not below sigma_end %.3g", i, a.MaxSteps, a.sigma[0], a.SigmaEnd)
}

// direction sets a.d to the residual at y, its part in the data's row space replaced by P y - P x.
func (a *ascent) direction(y []float64) error {
	if err := a.ctx.Err(); err != nil {
		return err
	}
	s := a.arena.Scope(autodiff.Eval, a.job.DType)
	defer s.Close()
	v := s.Const64(a.job.Shape.Insert(0, 1), y)
	a.den.Denoise(s, v, a.sigma).CopyTo64(a.d)
	for k, d := range a.d {
		a.d[k] = y[k] - d
	}
	if a.given != nil {
		a.given.replace(a.d, y)
	}
	a.done++
	if a.job.Progress != nil {
		a.job.Progress(a.done, a.MaxSteps*len(a.job.Keys))
	}
	return nil
}

// NoiseLevel returns ||f||/sqrt(N). For the residual f = y - D(y) of a blind denoiser it is the noise level that the
// denoiser sees in y.
func NoiseLevel(f []float64) float64 {
	sum := 0.0
	for _, v := range f {
		sum += v * v
	}
	return math.Sqrt(sum / float64(len(f)))
}
