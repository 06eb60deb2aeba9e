package diffusion

import (
	"context"
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/nonfinite"
)

// Batch is the samples that one evaluation handles: N of them with Dim elements each, one after the other in X.
// X holds the state while a sampler runs and the samples when it returns. D is room for as many numbers.
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

// Begin sets X to the job's start, or to std times normals.
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

// Normal fills dst, laid out as X, with each sample's next normals.
func (b *Batch) Normal(dst []float64) {
	for i, n := range b.noise {
		n.FillNorm(dst[i*b.Dim : (i+1)*b.Dim])
	}
}

// Denoise sets dst = D(u, sigma), laid out as X. It is one evaluation; dst may be u.
func (b *Batch) Denoise(dst, u []float64, sigma float64) error {
	return b.evaluate(dst, u, sigma, func(s *autodiff.Scope, v autodiff.Var) {
		b.den.Denoise(s, v, b.sigma).CopyTo64(dst)
	})
}

// Score sets dst = grad log p(u; sigma), laid out as X. It is one evaluation; dst may be u.
func (b *Batch) Score(dst, u []float64, sigma float64) error {
	return b.evaluate(dst, u, sigma, func(s *autodiff.Scope, v autodiff.Var) {
		ScoreOf(s, b.den, v, b.sigma).CopyTo64(dst)
	})
}

// DenoiseVariance is Denoise that also sets v, the variance's interpolation in [-1, 1]. It is one evaluation.
// The error says so when the denoiser has none.
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

// evaluate runs f, which sets dst from u, as one evaluation. It refuses a state that the element type cannot hold and
// an answer that is not finite.
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
	// DenoiseVariance is D(u, sigma) and the interpolation v in [-1, 1] of Nichol and Dhariwal (2021, eq. 15), [B,...].
	DenoiseVariance(s *autodiff.Scope, u autodiff.Var, sigma []float64) (d, v autodiff.Var)
}

// LearnedVariance is the denoiser of a network whose output [B,2C,...] is a mean F in its first C channels and v in
// the others, with F read by Prec.
type LearnedVariance struct {
	Net  Network
	Prec Preconditioning
	C    int
}

// Denoise is DSkip u + DOut F, [B,C,...].
func (l LearnedVariance) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return Preconditioned{FirstChannels{l.Net, l.C}, l.Prec}.Denoise(s, u, sigma)
}

// Score is SSkip u + SOut F, [B,C,...].
func (l LearnedVariance) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return Preconditioned{FirstChannels{l.Net, l.C}, l.Prec}.Score(s, u, sigma)
}

// DenoiseVariance is Denoise and v, each [B,C,...], from one evaluation.
func (l LearnedVariance) DenoiseVariance(s *autodiff.Scope, u autodiff.Var, sigma []float64) (d, v autodiff.Var) {
	net := NetworkFunc(func(c *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		y := l.Net.Forward(c, x, label)
		v = s.Slice(y, 1, l.C, 2*l.C)
		return c.Slice(y, 1, 0, l.C)
	})
	d = Preconditioned{net, l.Prec}.Denoise(s, u, sigma)
	return d, v
}
