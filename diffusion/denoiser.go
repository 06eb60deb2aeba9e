package diffusion

import (
	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
)

// Denoiser is D(u, sigma) = E[x_0 | u = x_0 + sigma n], n ~ N(0, I), in the variance-exploding picture.
type Denoiser interface {
	// Denoise is D of u [B,...] in the shape of u; sample b has noise level sigma[b] > 0. It is differentiable with
	// respect to u, twice, on a recording scope; sigma is valid during the call only.
	// It panics with a *autodiff.ShapeError when len(sigma) is not B.
	Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var
}

// Scorer is a Denoiser that also has the score without the cancellation in (D - u)/sigma^2.
type Scorer interface {
	Denoiser
	// Score is grad_u log p(u; sigma), [B,...]; p(.; sigma) is the density of x_0 + sigma n. It panics as Denoise does.
	Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var
}

// Network is what was trained: a function of images x [B,...] and one number for each sample.
type Network interface {
	// Forward is the network's output; label[b] is the conditioning of sample b, valid during the call only.
	Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var
}

// NetworkFunc makes a function a Network.
type NetworkFunc func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var

// Forward calls f.
func (f NetworkFunc) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return f(s, x, label)
}

// DenoiserFunc makes a function a Denoiser.
type DenoiserFunc func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var

// Denoise calls f.
func (f DenoiserFunc) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return f(s, u, sigma)
}

// Typed runs Net in element type DType whatever the scope around it has: a float32 network in a float64 solve.
type Typed struct {
	Net   Network
	DType autodiff.DType
}

// Forward casts x to DType and the output back.
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

// FirstChannels keeps the first C channels (axis 1) of Net's output: the mean of a network that also learns a variance.
type FirstChannels struct {
	Net Network
	C   int
}

// Forward is Net's output [B,0:C,...].
func (f FirstChannels) Forward(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
	return s.Slice(f.Net.Forward(s, x, label), 1, 0, f.C)
}

// ScoreOf is grad_u log p(u; sigma), [B,...]: d's own Score, or (D - u)/sigma^2.
func ScoreOf(s *autodiff.Scope, d Denoiser, u autodiff.Var, sigma []float64) autodiff.Var {
	if sc, ok := d.(Scorer); ok {
		return sc.Score(s, u, sigma)
	}
	c := s.Enter("score")
	y := c.Sub(d.Denoise(c, u, sigma), u)
	y = c.Mul(y, batch.Column(c, u, func(b int) float64 { return 1 / (sigma[b] * sigma[b]) }))
	c.Close(y)
	return y
}

// Score is grad_x log p_t(x) = grad_u log p(u; sigma/alpha)/alpha at u = x/alpha, for x [B,...] and times t in (0, T]
// of a schedule. It can be differentiated twice with respect to x.
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
