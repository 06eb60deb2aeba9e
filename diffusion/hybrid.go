package diffusion

import (
	"fmt"
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Hybrid is the loss of networks that learn the variance of their steps (Nichol and Dhariwal 2021, section 3.1). With a step
// t = 0, ..., T-1 drawn uniformly for every image, r its noise level, u = x + r n, and means over the pixels,
//
//	L = E [ |D(u; r) - x|^2/r^2 + Weight T L_t ],
//	L_t = KL(N(m, beta~_t) || N(m', Sigma)),   L_0 = -log N(x; m', Sigma),
//	m = CoefX0 x + CoefXt x_t,   m' = CoefX0 D + CoefXt x_t,   log Sigma = (1+v)/2 log beta_t + (1-v)/2 log beta~_t,
//
// in nats. The first term, the squared error of the noise, teaches D alone, and the second, of which D is taken as a
// constant, teaches v alone. The images of L_0 are taken as continuous. The denoiser must be a VarianceDenoiser; Loss panics
// with a *autodiff.ValueError otherwise.
type Hybrid struct {
	Process DDPMConfig `json:"process"` // in units of the network; its variance is learned
	Weight  float64    `json:"weight"`  // lambda of the paper
}

// DefaultHybrid returns the paper's weight, .001, on the linear process of 1000 steps.
func DefaultHybrid() Hybrid {
	p := DefaultDDPM()
	p.Variance = LearnedRange
	return Hybrid{Process: p, Weight: .001}
}

// Kind returns "hybrid".
func (l Hybrid) Kind() string { return "hybrid" }

// Validate returns a *FieldError that names the first field that is wrong.
func (l Hybrid) Validate() error {
	c := config.Check("hybrid")
	c.Also(l.Process.Validate())
	c.That(l.Process.Variance == LearnedRange, "process.variance", l.Process.Variance, "be %s", LearnedRange)
	c.Float("weight", l.Weight, config.Positive, config.Huge)
	return c.Err()
}

// Loss returns L over the images x [B,...], of one element; image b draws its step and its noise from keys[b].
func (l Hybrid) Loss(s *autodiff.Scope, d Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var {
	den, ok := d.(VarianceDenoiser)
	if !ok {
		panic(&autodiff.ValueError{Op: "hybrid", Module: s.Path(), Msg: fmt.Sprintf("the denoiser %T has no DenoiseVariance: the network must have twice the channels of an image", d)})
	}
	p, err := l.Process.Build()
	if err != nil {
		panic(&autodiff.ValueError{Op: "hybrid", Module: s.Path(), Msg: err.Error()})
	}
	checkKeys(s, x, keys)
	c := s.Enter("hybrid loss")
	b := x.Dim(0)
	per := x.Size() / max(b, 1)
	noise, level := borrow(x.Size()), borrow(b)
	r, at := *level, make([]int, b)
	st := streams.Get().(*rng.Stream)
	for i := range b {
		st.Reset(keys[i])
		at[i] = min(p.Len()-1, int(st.Float64()*float64(p.Len())))
		r[i] = p.Ratio(at[i])
		st.FillNorm((*noise)[i*per : (i+1)*per])
		scale((*noise)[i*per:(i+1)*per], (*noise)[i*per:(i+1)*per], r[i])
	}
	mean, v := den.DenoiseVariance(c, c.Add(x, c.Const64(x.Shape(), *noise)), r)
	miss := c.Sub(mean, x)
	column := func(of func(t int) float64) autodiff.Var {
		return batch.Column(c, x, func(i int) float64 { return of(at[i]) })
	}
	simple := c.MeanAll(c.Mul(c.Square(miss), batch.Column(c, x, func(i int) float64 { return 1 / (r[i] * r[i]) })))
	y := c.Add(simple, c.Scale(p.bound(c, c.StopGradient(miss), v, column), l.Weight*float64(p.Len())))
	giveBack(noise)
	giveBack(level)
	streams.Put(st)
	c.Close(y)
	return y
}

// bound returns the mean of L_t over pixels and samples, given the error of the denoiser and the network's v. column makes a
// constant with one number for each sample, which depends on its step.
func (d *DDPM) bound(s *autodiff.Scope, miss, v autodiff.Var, column func(of func(t int) float64) autodiff.Var) autodiff.Var {
	half := column(func(t int) float64 { return (math.Log(d.Beta[t]) - d.PosteriorLog[t]) / 2 })
	middle := column(func(t int) float64 { return (math.Log(d.Beta[t]) + d.PosteriorLog[t]) / 2 })
	logVar := s.Add(s.Mul(v, half), middle)
	// 2 L_t = log Sigma + a + (w + CoefX0^2 miss^2)/Sigma; the first step has the density itself, and no w.
	a := column(func(t int) float64 {
		if t == 0 {
			return math.Log(2 * math.Pi)
		}
		return -d.PosteriorLog[t] - 1
	})
	w := column(func(t int) float64 {
		if t == 0 {
			return 0
		}
		return d.PosteriorVar[t]
	})
	square := column(func(t int) float64 { return d.CoefX0[t] * d.CoefX0[t] })
	e := s.Mul(s.Add(s.Mul(s.Square(miss), square), w), s.Exp(s.Neg(logVar)))
	return s.Scale(s.MeanAll(s.Add(s.Add(logVar, a), e)), .5)
}
