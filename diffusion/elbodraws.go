package diffusion

import (
	"math"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/rng"
)

// draw is one term of a sample's estimate, coef (||r score(x + r z, r) + z||^2 - k^2 (||z||^2 - D) - D shape).
type draw struct {
	sample, index     int
	r, coef, k, shape float64
}

// draws returns the terms to evaluate, the terms of a sample one after the other, and the D normals z of each.
func (e *ELBO) draws(keys []rng.Key) (list []draw, noise []float64) {
	c, s, d := e.Config, e.Schedule, e.Dim()
	z := s.Weight(c.T0, s.T())
	signs := 1
	if c.Antithetic {
		signs = 2
	}
	shift := 0.0
	if c.Strata == ByBatch && len(keys) > 0 {
		shift = keys[0].Split("elbo shift", 0).Stream().Float64()
	}
	for b, k := range keys {
		st := k.Split("elbo", 0).Stream()
		for i := range c.Draws {
			u := st.Float64()
			switch c.Strata {
			case BySample:
				u = (float64(i) + u) / float64(c.Draws)
			case ByBatch:
				_, u = math.Modf(shift + float64(i*len(keys)+b)/float64(c.Draws*len(keys)))
			}
			t, w := s.TimeAt(c.T0, z*u), z
			if !c.Importance {
				t = c.T0 + u*(s.T()-c.T0)
				w = (s.T() - c.T0) * s.G2(t) / (s.Sigma(t) * s.Sigma(t))
			}
			for j, at := range []draw{{r: s.Ratio(t), coef: w / 2}, {r: s.Ratio(c.T0), coef: .5}} {
				at.sample, at.index, at.coef = b, i, at.coef/float64(signs)
				at.k = c.Variance / (c.Variance + at.r*at.r)
				if j == 0 {
					at.shape = at.k
				}
				list = append(list, at)
				from := len(noise)
				noise = append(noise, make([]float64, d)...)
				st.FillNorm(noise[from:])
				if c.Antithetic {
					list = append(list, at)
					for _, v := range noise[from : from+d] {
						noise = append(noise, -v)
					}
				}
			}
		}
	}
	return list, noise
}

// evaluate computes the given terms, adds them to terms [B,Draws] and, unless grad is nil, subtracts their gradient,
// averaged over the draws of a sample, from grad [B,D].
func (e *ELBO) evaluate(arena *autodiff.Arena, rows []draw, noise, x, terms, grad []float64) {
	d := e.Dim()
	mode := autodiff.Eval
	if grad != nil {
		mode = autodiff.Record
	}
	s := arena.Scope(mode, e.DType)
	defer s.Close()
	s.Freeze()
	shape := e.Shape.Insert(0, len(rows))
	r := borrow(len(rows))
	defer giveBack(r)
	for i, row := range rows {
		(*r)[i] = row.r
	}
	z := s.Const64(shape, noise)
	u := s.Watch(batch.Fill(s, shape, func(i int) float64 {
		row := rows[i/d]
		return x[row.sample*d+i%d] + row.r*noise[i]
	}))
	res := s.Mul(ScoreOf(s, e.Denoiser, u, *r), batch.Column(s, u, func(b int) float64 { return rows[b].r }))
	res = s.Reshape(s.Square(s.Add(res, z)), autodiff.S(len(rows), d))
	sum := s.Mul(s.Sum(res, 1), batch.Fill(s, autodiff.S(len(rows)), func(b int) float64 { return rows[b].coef }))
	each := make([]float64, len(rows))
	sum.CopyTo64(each)
	for i, row := range rows {
		zz := -float64(d)
		for _, v := range noise[i*d : (i+1)*d] {
			zz += v * v
		}
		terms[row.sample*e.Config.Draws+row.index] += each[i] - row.coef*(row.k*row.k*zz+float64(d)*row.shape)
	}
	if grad == nil {
		return
	}
	g := make([]float64, len(noise))
	var du [1]autodiff.Var
	s.ChildMode(autodiff.Eval).GradLast(s.SumAll(sum), []autodiff.Var{u}, du[:])
	du[0].CopyTo64(g)
	for i, row := range rows {
		for c := range d {
			grad[row.sample*d+c] -= g[i*d+c] / float64(e.Config.Draws)
		}
	}
}
