package diffusion

import (
	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Weightings w(t) of denoising score matching.
const (
	SigmaSquaredWeight = "sigma2"     // ||sigma s + z||^2/2
	LikelihoodWeight   = "likelihood" // g^2 ||s + z/sigma||^2/2, whose integral bounds -log p
)

// DSM is denoising score matching (Vincent 2011; Song et al. 2021, eq. 7) on a schedule: t is uniform on [TMin, T], x_t
// = alpha x + sigma z, and the loss is w(t) ||sigma s(x_t, t) + z||^2/2. With Importance, t is drawn with density
// g^2/(sigma^2 Z) instead, and the likelihood weight becomes the constant Z = int g^2/sigma^2 dt: the same expectation
// with less variance.
type DSM struct {
	Schedule   AnySchedule `json:"schedule"`
	TMin       float64     `json:"t_min"`
	Weight     string      `json:"weight"`     // "sigma2" or "likelihood"
	Importance bool        `json:"importance"` // needs the likelihood weight
	Mean       bool        `json:"mean"`       // mean over a sample's elements and not their sum
}

// DefaultDSM returns the sigma^2 weight on VP from TMin = 1e-5, as a mean over elements.
func DefaultDSM() DSM {
	return DSM{Schedule: AnySchedule{DefaultVP()}, TMin: 1e-5, Weight: SigmaSquaredWeight, Mean: true}
}

// Kind returns "dsm".
func (l DSM) Kind() string { return "dsm" }

// Validate returns a *FieldError that names the first field that is wrong.
func (l DSM) Validate() error {
	if l.Schedule.Schedule == nil {
		return config.Errorf("dsm", "schedule", "is missing")
	}
	c := config.Check("dsm")
	c.Also(l.Schedule.Validate())
	c.Float("t_min", l.TMin, leastTime, l.Schedule.T())
	c.That(l.TMin != l.Schedule.T(), "t_min", l.TMin, "be less, for it is the end of time")
	c.Name("weight", l.Weight, SigmaSquaredWeight, LikelihoodWeight)
	c.That(!l.Importance || l.Weight == LikelihoodWeight, "importance", true, "be false: it is the likelihood weight's; with %q the times must be uniform", l.Weight)
	return c.Err()
}

// Loss returns the mean over the batch x [B,...] of w(t_b) ||sigma s + z||^2/2, of one element; sample b draws t and z
// from keys[b].
func (l DSM) Loss(s *autodiff.Scope, d Denoiser, x autodiff.Var, keys []rng.Key) autodiff.Var {
	c := s.Enter("dsm")
	sched := l.Schedule.Schedule
	total := sched.Weight(l.TMin, sched.T())
	checkKeys(c, x, keys)
	b := len(keys)
	per := x.Size() / b
	normals, level := borrow(x.Size()), borrow(2*b)
	r, w := (*level)[:b], (*level)[b:]
	st := streams.Get().(*rng.Stream)
	for i := range b {
		st.Reset(keys[i])
		u := st.Float64()
		t := l.TMin + u*(sched.T()-l.TMin)
		w[i] = 1
		switch {
		case l.Importance:
			t, w[i] = sched.TimeAt(l.TMin, total*u), total
		case l.Weight == LikelihoodWeight:
			w[i] = sched.G2(t) / (sched.Sigma(t) * sched.Sigma(t))
		}
		r[i] = sched.Ratio(t)
		st.FillNorm((*normals)[i*per : (i+1)*per])
	}
	n := float64(b)
	if l.Mean {
		n *= float64(per)
	}
	z := c.Const64(x.Shape(), *normals)
	rv := batch.Column(c, x, func(i int) float64 { return r[i] })
	res := c.Add(c.Mul(ScoreOf(c, d, c.Add(x, c.Mul(z, rv)), r), rv), z)
	y := c.SumAll(c.Mul(c.Square(res), batch.Column(c, x, func(i int) float64 { return w[i] / (2 * n) })))
	giveBack(normals)
	giveBack(level)
	streams.Put(st)
	c.Close(y)
	return y
}
