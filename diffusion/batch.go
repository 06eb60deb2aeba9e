package diffusion

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/nonfinite"
)

// Batch holds the samples that are computed together in one evaluation, N samples of Dim elements, one after the other
// in X. X is the state while a sampler runs and must hold the samples when it is done; D is scratch of the same size.
// Run makes the batch and passes it to the sampler.
type Batch struct {
	N, Dim int
	X, D   []float64

	kind        string // of the sampler
	ctx         context.Context
	den         Denoiser
	job         *Job
	arena       *autodiff.Arena
	noise       []Noise
	sigma       []float64
	first       int
	done, total int
}

// reset makes b the batch of the samples lo to hi-1 of the job, with their sources of noise.
func (b *Batch) reset(lo, hi int) {
	b.N, b.first = hi-lo, lo
	if n := b.N * b.Dim; cap(b.X) < n {
		b.X, b.D = make([]float64, n), make([]float64, n)
		b.sigma = make([]float64, b.N)
	} else {
		b.X, b.D, b.sigma = b.X[:n], b.D[:n], b.sigma[:b.N]
	}
	b.noise = b.noise[:0]
	for i := lo; i < hi; i++ {
		if b.job.Noise != nil {
			b.noise = append(b.noise, b.job.Noise(i))
		} else {
			b.noise = append(b.noise, b.job.Keys[i].Stream())
		}
	}
}

// Begin sets X to the job's start where it has one, and otherwise to std times standard normals.
func (b *Batch) Begin(std float64) {
	if b.job.Start != nil {
		copy(b.X, b.job.Start[b.first*b.Dim:])
		return
	}
	b.Normal(b.X)
	for i := range b.X {
		b.X[i] *= std
	}
}

// Normal fills dst, laid out as X, with standard normals, each sample's from its own stream.
func (b *Batch) Normal(dst []float64) {
	for i, n := range b.noise {
		n.FillNorm(dst[i*b.Dim : (i+1)*b.Dim])
	}
}

// Denoise sets dst = D(u, sigma) for states u laid out as X, all at noise level sigma. It is one evaluation; dst may be
// u.
func (b *Batch) Denoise(dst, u []float64, sigma float64) error {
	return b.evaluate(dst, u, sigma, func(s *autodiff.Scope, v autodiff.Var) {
		b.den.Denoise(s, v, b.sigma).CopyTo64(dst)
	})
}

// Score sets dst = grad log p(u; sigma) for states u laid out as X. It is one evaluation; dst may be u.
func (b *Batch) Score(dst, u []float64, sigma float64) error {
	return b.evaluate(dst, u, sigma, func(s *autodiff.Scope, v autodiff.Var) {
		ScoreOf(s, b.den, v, b.sigma).CopyTo64(dst)
	})
}

// DenoiseVariance sets dst = D(u, sigma) and v to the network's interpolation of the step's variance, in [-1, 1], both
// laid out as X. It is one evaluation; dst may be u. It is an error when the denoiser is no VarianceDenoiser.
func (b *Batch) DenoiseVariance(dst, v, u []float64, sigma float64) error {
	den, ok := b.den.(VarianceDenoiser)
	if !ok {
		return fmt.Errorf("variance %q: the denoiser %T has no DenoiseVariance", LearnedRange, b.den)
	}
	return b.evaluate(dst, u, sigma, func(s *autodiff.Scope, x autodiff.Var) {
		d, f := den.DenoiseVariance(s, x, b.sigma)
		d.CopyTo64(dst)
		f.CopyTo64(v)
	})
}

// evaluate calls f, which sets dst from u, on u as a Var at noise level sigma, after it has asked the context, and
// reports progress. It refuses a state that the element type cannot hold and an answer that is not finite.
func (b *Batch) evaluate(dst, u []float64, sigma float64, f func(*autodiff.Scope, autodiff.Var)) error {
	if err := b.ctx.Err(); err != nil {
		return err
	}
	for i := range b.sigma {
		b.sigma[i] = sigma
	}
	b.done++
	if err := nonfinite.Within("the state", u, b.first, b.Dim, b.job.DType.Max()); err != nil {
		return b.at(sigma, err)
	}
	s := b.arena.Scope(autodiff.Eval, b.job.DType)
	defer s.Close()
	f(s, s.Const64(b.job.Shape.Insert(0, b.N), u))
	if err := nonfinite.Check("the denoiser's answer", dst, b.first, b.Dim); err != nil {
		return b.at(sigma, err)
	}
	if b.job.Progress != nil {
		b.job.Progress(b.done, b.total)
	}
	return nil
}

// at says in which evaluation err came up.
func (b *Batch) at(sigma float64, err error) error {
	return fmt.Errorf("%s: evaluation %d of %d, at noise level %.4g: %w", b.kind, b.done, b.total, sigma, err)
}

// VarianceDenoiser is a Denoiser whose network also predicts the variance of the ancestral step.
type VarianceDenoiser interface {
	Denoiser
	// DenoiseVariance returns D(u, sigma) and the interpolation v in [-1, 1] between the log-variances log beta~ and
	// log beta (Nichol and Dhariwal 2021, eq. 15), both [B,...].
	DenoiseVariance(s *autodiff.Scope, u autodiff.Var, sigma []float64) (d, v autodiff.Var)
}

// LearnedVariance is the denoiser of a network that returns [B,2C,...]: in the first C channels the output F that Prec
// reads, in the others the interpolation v of the step's variance.
type LearnedVariance struct {
	Net  Network
	Prec Preconditioning
	C    int
}

// Denoise returns D = DSkip u + DOut F, [B,C,...].
func (l LearnedVariance) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return Preconditioned{FirstChannels{l.Net, l.C}, l.Prec}.Denoise(s, u, sigma)
}

// Score returns the score SSkip u + SOut F, [B,C,...].
func (l LearnedVariance) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return Preconditioned{FirstChannels{l.Net, l.C}, l.Prec}.Score(s, u, sigma)
}

// DenoiseVariance returns D = DSkip u + DOut F and the interpolation v of the step's variance, as VarianceDenoiser
// defines it, both [B,C,...], from one evaluation of the network.
func (l LearnedVariance) DenoiseVariance(s *autodiff.Scope, u autodiff.Var, sigma []float64) (d, v autodiff.Var) {
	net := NetworkFunc(func(c *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		y := l.Net.Forward(c, x, label)
		v = s.Slice(y, 1, l.C, 2*l.C)
		return c.Slice(y, 1, 0, l.C)
	})
	d = Preconditioned{net, l.Prec}.Denoise(s, u, sigma)
	return d, v
}
