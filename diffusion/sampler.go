package diffusion

import (
	"context"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// Sampler draws from the prior of a denoiser. A sampler is also its own configuration, a plain struct with JSON tags.
type Sampler interface {
	// Kind returns the name in configurations, "ddim".
	Kind() string
	// Validate returns a *FieldError that names the first field that is wrong.
	Validate() error
	// Evaluations returns the number of denoiser evaluations that one sample takes.
	Evaluations() int
	// Sample draws one sample for each key of the job. The bytes of a sample depend on its key, its start, the sampler
	// and the denoiser only. When ctx ends, the samples finished so far are returned with ctx's error.
	Sample(ctx context.Context, d Denoiser, job Job) (Result, error)
}

// Job says what to sample.
type Job struct {
	Shape    autodiff.Shape         // of one sample, mostly [C,H,W]
	Keys     []rng.Key              // one for each sample
	Start    []float64              // the states to start from, sample after sample, in the sampler's own parameterization; nil draws them
	Batch    int                    // samples in one evaluation; 0 is 16
	DType    autodiff.DType         // element type of the evaluations; states are float64 always
	Progress func(done, total int)  // called after every evaluation of a batch with evaluations done and in all
	Noise    func(sample int) Noise // the normals of a sample; nil is Keys[sample].Stream()
}

// Noise fills slices with standard normal numbers; *rng.Stream does.
type Noise interface{ FillNorm(dst []float64) }

// Result holds the samples that a sampler drew.
type Result struct {
	X           []float64 // the finished samples, one after the other
	Done        int       // how many are finished
	Evaluations int       // denoiser evaluations of a sample
}

// validate returns a *FieldError about the first field of the job that does not fit.
func (j Job) validate() error {
	n, d := len(j.Keys), j.Shape.Size()
	if err := config.Room("job", "the number of keys", 8, n, d); err != nil {
		return err
	}
	switch {
	case d == 0:
		return config.Errorf("job", "shape", "%v has no elements", j.Shape)
	case j.Batch < 0:
		return config.Errorf("job", "batch", "is %d; it must not be negative", j.Batch)
	case j.Start != nil && len(j.Start) != n*d:
		return config.Errorf("job", "start", "%d values were given for %d samples of %d", len(j.Start), n, d)
	}
	return nil
}

// Run cuts a job into batches, calls each on every batch, and gathers what it leaves in Batch.X: the frame in which
// every sampler runs. It validates s and the job first. each must call Denoise, Score or DenoiseVariance of the batch
// s.Evaluations() times. A result that is not finite is an error.
func Run(ctx context.Context, s Sampler, d Denoiser, job Job, each func(*Batch) error) (res Result, err error) {
	if absent.Is(s) || absent.Is(d) {
		return Result{}, config.Errorf("job", "sampler, denoiser", "one of them is nil")
	}
	if err := s.Validate(); err != nil {
		return Result{}, err
	}
	if err := job.validate(); err != nil {
		return Result{}, err
	}
	defer autodiff.Catch(&err)
	n, size, dim := len(job.Keys), batchSize(job.Batch), job.Shape.Size()
	res = Result{X: make([]float64, 0, n*dim), Evaluations: s.Evaluations()}
	b := &Batch{Dim: dim, kind: s.Kind(), ctx: ctx, den: d, job: &job, arena: autodiff.NewArena()}
	b.total = (n + size - 1) / size * res.Evaluations
	for lo := 0; lo < n; lo += size {
		b.reset(lo, min(lo+size, n))
		if err := each(b); err != nil {
			return res, err
		}
		if err := nonfinite.Check(s.Kind()+": the result", b.X, lo, dim); err != nil {
			return res, err
		}
		res.X = append(res.X, b.X...)
		res.Done += b.N
	}
	return res, nil
}

// Samplers returns the registered samplers, one of each kind, with default parameters.
func Samplers() []Sampler { return samplers.All() }

// RegisterSampler makes a sampler of the caller's own known to DecodeSampler by its Kind; fields that are absent from a
// description keep the values that they have in defaults, a struct. A kind that is taken is an error.
func RegisterSampler(defaults Sampler) error { return samplers.Register(defaults) }

// DecodeSampler reads {"kind": "heun", "steps": 40} onto the defaults of that kind. An unknown kind or field is an
// error, and so is what Validate finds.
func DecodeSampler(data []byte) (Sampler, error) { return decode(samplers, data) }

// EncodeSampler writes what DecodeSampler reads, with every field.
func EncodeSampler(s Sampler) ([]byte, error) { return samplers.Encode(s) }
