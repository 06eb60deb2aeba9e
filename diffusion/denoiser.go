package diffusion

import (
	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
)

// Denoiser computes the posterior mean D(u, sigma) = E[x_0 | u = x_0 + sigma n], n ~ N(0, I), of clean data given noisy
// data in the variance-exploding parameterization.
type Denoiser interface {
	// Denoise returns D(u, sigma) for u [B,...], in the shape of u; sample b has noise level sigma[b] > 0. The result
	// can be differentiated with respect to u, twice, on a recording scope. sigma is valid during the call only. It
	// panics with a *autodiff.ShapeError when len(sigma) is not B.
	Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var
}

// Scorer is a Denoiser that also computes the score, without the cancellation in (D - u)/sigma^2.
type Scorer interface {
	Denoiser
	// Score returns grad_u log p(u; sigma), [B,...], where p(.; sigma) is the density of x_0 + sigma n. It panics as
	// Denoise does.
	Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var
}

// Network is a trained function of images x [B,...] and one number for each sample.
type Network interface {
	// Forward returns the network's output. label[b] conditions sample b, on a time or a noise level; label is valid
	// during the call only.
	Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var
}

// NetworkFunc is a Network made of a function.
type NetworkFunc func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var

// Forward calls f.
func (f NetworkFunc) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return f(s, x, label)
}

// DenoiserFunc is a Denoiser made of a function.
type DenoiserFunc func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var

// Denoise calls f.
func (f DenoiserFunc) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return f(s, u, sigma)
}

// Typed is a Network that runs Net in element type DType, whatever type the scope around it has: a float32 network
// inside a float64 ODE solve.
type Typed struct {
	Net   Network
	DType autodiff.DType
}

// Forward casts x to DType, runs Net, and casts the output back to the type of s.
func (t Typed) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	if s.DType() == t.DType {
		return t.Net.Forward(s, x, label)
	}
	out := s.Enter("typed")
	in := out.ChildType(t.DType)
	y := t.Net.Forward(in, in.Cast(x), label)
	in.Close(y)
	y = out.Cast(y)
	out.Close(y)
	return y
}

// FirstChannels is a Network that keeps the first C channels (axis 1) of Net's output: the mean of a network that also
// learns a variance.
type FirstChannels struct {
	Net Network
	C   int
}

// Forward returns the channels 0 to C-1 of Net's output, [B,C,...].
func (f FirstChannels) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return s.Slice(f.Net.Forward(s, x, label), 1, 0, f.C)
}

// ScoreOf returns grad_u log p(u; sigma), [B,...]: by d's own Score where it has one, otherwise as (D - u)/sigma^2. It
// panics with a *autodiff.ValueError when d is nil.
func ScoreOf(s *autodiff.Scope, d Denoiser, u autodiff.Var, sigma []float64) autodiff.Var {
	if d == nil {
		panic(&autodiff.ValueError{Op: "score", Module: s.Path(), Msg: "the Denoiser is nil"})
	}
	if sc, ok := d.(Scorer); ok {
		return sc.Score(s, u, sigma)
	}
	c := s.Enter("score")
	y := c.Sub(d.Denoise(c, u, sigma), u)
	y = c.Mul(y, batch.Column(c, u, func(b int) float64 { return 1 / (sigma[b] * sigma[b]) }))
	c.Close(y)
	return y
}

// Score returns grad_x log p_t(x) for x [B,...] at the times t in (0, T] of a schedule, one for each sample. With u =
// x/alpha it is grad_u log p(u; sigma/alpha)/alpha. It can be differentiated twice with respect to x, and panics with a
// *autodiff.ShapeError when len(t) is not B.
func Score(s *autodiff.Scope, d Denoiser, sched Schedule, x autodiff.Var, t []float64) autodiff.Var {
	batch.Check("score", x, t)
	c := s.Enter("score")
	inv := batch.Column(c, x, func(b int) float64 { return 1 / sched.Alpha(t[b]) })
	r := borrow(len(t))
	for b := range t {
		(*r)[b] = sched.Ratio(t[b])
	}
	y := c.Mul(ScoreOf(c, d, c.Mul(x, inv), *r), inv)
	giveBack(r)
	c.Close(y)
	return y
}
