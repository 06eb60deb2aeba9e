package diffusion

import (
	"context"
	"math"

	"tweedie/autodiff"
	"tweedie/rng"
)

// ELBO is the surrogate prior of Feng and Bouman (2309.01949), after Song et al. (2021, thm. 3): a lower bound of
// log p, up to O(T0), that takes a few evaluations where the flow takes a thousand,
//
//	b(x) = E log pi(x_T) - (Z/2) E_t,z ||sigma s + z||^2 + D (Z/2 + log alpha(T) + 1/2) - E_z ||sigma_0 s_0 + z||^2/2,
//
// s at x_t = alpha x + sigma z, the last term at T0 (the step from x_T0 to x). What is known is integrated in closed
// form, and what the two squares would be for N(m, v I) is taken off them: with k = v/(v + r^2) at noise level r,
//
//	E_z ||sigma s + z||^2 is estimated by ||sigma s + z||^2 - k^2 (||z||^2 - D) - D k,   int k d log r^2 known.
//
// Its gradient goes through the score. A draw costs two evaluations, four when antithetic, and for the gradient a reverse
// sweep through each.
type ELBO struct {
	Denoiser Denoiser
	Schedule Schedule
	Shape    autodiff.Shape // of one sample
	Config   ELBOConfig
	Batch    int            // rows in one evaluation; 0 is 16
	DType    autodiff.DType // element type of the evaluations
}

// Bound is estimates of b.
type Bound struct {
	LogProb     []float64 // nats
	StdErr      []float64 // standard error over the draws, for independent ones; NaN for a single draw
	Evaluations int       // of the score, for each sample
}

var _ Prior = (*ELBO)(nil)

// Dim is D.
func (e *ELBO) Dim() int { return e.Shape.Size() }

// LogProb sets logp to estimates of b and, unless grad is nil, grad to their gradient.
func (e *ELBO) LogProb(ctx context.Context, x []float64, keys []rng.Key, logp, grad []float64) error {
	if err := checkBuffers("elbo", x, logp, grad, e.Dim()); err != nil {
		return err
	}
	b, err := e.Estimate(ctx, x, keys, grad)
	copy(logp, b.LogProb)
	return err
}

// draw is one term of the estimate: coef (||r score(x + r z, r) + z||^2 - k^2 (||z||^2 - D) - D shape) of a sample.
type draw struct {
	sample, index     int
	r, coef, k, shape float64
}

// Estimate is b of x [B,D] and, unless grad is nil, its gradient into grad [B,D]. keys seed the draws of each sample.
func (e *ELBO) Estimate(ctx context.Context, x []float64, keys []rng.Key, grad []float64) (res Bound, err error) {
	d := e.Dim()
	if err := e.validate(x, keys); err != nil {
		return Bound{}, err
	}
	defer autodiff.Catch(&err)
	n := len(keys)
	draws, noise := e.draws(keys)
	per := len(draws) / max(n, 1)
	res = Bound{LogProb: make([]float64, n), StdErr: make([]float64, n), Evaluations: per}
	clear(grad)
	terms := make([]float64, n*e.Config.Draws)
	size := e.Batch
	if size == 0 {
		size = 16
	}
	arena := autodiff.NewArena()
	for lo := 0; lo < len(draws); lo += size {
		if err := ctx.Err(); err != nil {
			return Bound{}, err
		}
		hi := min(lo+size, len(draws))
		e.evaluate(arena, draws[lo:hi], noise[lo*d:hi*d], x, terms, grad)
	}
	for b := range n {
		e.finish(x[b*d:(b+1)*d], terms[b*e.Config.Draws:(b+1)*e.Config.Draws], b, &res)
		if grad != nil {
			s := e.Schedule
			a, std := s.Alpha(s.T()), TerminalStd(s)
			for c := b * d; c < (b+1)*d; c++ {
				grad[c] -= a * a / (std * std) * x[c]
			}
		}
	}
	if err := checkFinite("the evidence bound", res.LogProb, 0, 1); err != nil {
		return res, err
	}
	return res, checkFinite("the gradient of the evidence bound", grad, 0, d)
}

func (e *ELBO) validate(x []float64, keys []rng.Key) error {
	if err := e.Config.Validate(); err != nil {
		return err
	}
	if err := e.Schedule.Validate(); err != nil {
		return err
	}
	switch d := e.Dim(); {
	case d == 0 || len(x) != len(keys)*d:
		return fieldError("elbo", "x", "%d values were given for %d keys and samples of shape %v", len(x), len(keys), e.Shape)
	case e.Batch < 0:
		return fieldError("elbo", "batch", "%d must not be negative", e.Batch)
	}
	return nil
}

// draws is the rows to evaluate, those of a sample together, and their normals.
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

// evaluate adds the rows' terms to terms [B,Draws] and, unless grad is nil, takes their gradient, averaged over the
// draws, off grad.
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
	u := s.Watch(fill(s, shape, func(i int) float64 {
		row := rows[i/d]
		return x[row.sample*d+i%d] + row.r*noise[i]
	}))
	res := s.Mul(ScoreOf(s, e.Denoiser, u, *r), column(s, u, func(b int) float64 { return rows[b].r }))
	res = s.Reshape(s.Square(s.Add(res, z)), autodiff.S(len(rows), d))
	sum := s.Mul(s.Sum(res, 1), fill(s, autodiff.S(len(rows)), func(b int) float64 { return rows[b].coef }))
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
	s.ChildMode(autodiff.Eval).Grad1(s.SumAll(sum), u).CopyTo64(g)
	for i, row := range rows {
		for c := range d {
			grad[row.sample*d+c] -= g[i*d+c] / float64(e.Config.Draws)
		}
	}
}

// finish turns the terms of sample b into its bound.
func (e *ELBO) finish(x, terms []float64, b int, res *Bound) {
	n := float64(len(terms))
	mean, spread := 0.0, 0.0
	for _, v := range terms {
		mean += v / n
	}
	for _, v := range terms {
		spread += (v - mean) * (v - mean)
	}
	// int_q0^qT v/(v+q) dq/(2q), the known integral of k/2 over q = r^2, as g^2/sigma^2 dt = d log r^2.
	v, lo, hi := e.Config.Variance, e.Schedule.Ratio(e.Config.T0), e.Schedule.Ratio(e.Schedule.T())
	known := (math.Log1p(v/(lo*lo)) - math.Log1p(v/(hi*hi))) / 2
	res.LogProb[b] = elboConstant(e.Schedule, e.Config.T0, x) - mean - float64(len(x))*known
	res.StdErr[b] = math.Sqrt(spread / (n - 1) / n)
}

// elboConstant is E log pi(x_T) + D (Z/2 + log alpha(T) + 1/2).
func elboConstant(s Schedule, t0 float64, x []float64) float64 {
	d := float64(len(x))
	a, sigma, std := s.Alpha(s.T()), s.Sigma(s.T()), TerminalStd(s)
	v := std * std
	sum := d*(s.Weight(t0, s.T())/2+math.Log(a)+.5) - d/2*(log2Pi+math.Log(v)) - d*sigma*sigma/(2*v)
	for _, c := range x {
		sum -= a * a * c * c / (2 * v)
	}
	return sum
}

// ELBO is the expectation of the bound b(x) under the Gaussian's own score, by quadrature in log t to about 1e-10.
func (g *Gaussian) ELBO(s Schedule, t0 float64, x []float64) float64 {
	d := g.Dim()
	checkHost("gaussian", x, d)
	sum := elboConstant(s, t0, x)
	for i, l := range g.lambda {
		c := x[i] - g.mean[i]
		if g.q != nil {
			c = 0
			for j := range x {
				c += g.q[j*d+i] * (x[j] - g.mean[j])
			}
		}
		// square is E (sigma s + z)^2 along this eigenvector.
		square := func(t float64) float64 {
			a, v := s.Alpha(t), s.Sigma(t)*s.Sigma(t)
			q := a*a*l + v
			return a * a * (a*a*l*l + v*c*c) / (q * q)
		}
		rate := func(t float64) float64 { return s.G2(t) / (2 * s.Sigma(t) * s.Sigma(t)) * square(t) }
		sum -= square(t0)/2 + logSimpson(rate, t0, s.T(), 4000)
	}
	return sum
}

// logSimpson is int_a^b f dt by Simpson's rule on n (even) intervals of log t.
func logSimpson(f func(float64) float64, a, b float64, n int) float64 {
	h := math.Log(b/a) / float64(n)
	sum := 0.0
	for i := 0; i <= n; i++ {
		w := float64(2 + 2*(i&1))
		if i == 0 || i == n {
			w = 1
		}
		t := a * math.Exp(float64(i)*h)
		sum += w * t * f(t)
	}
	return sum * h / 3
}
