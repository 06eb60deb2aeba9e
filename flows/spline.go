package flows

import (
	"tweedie/autodiff"
	"tweedie/internal/config"
)

// SplineConfig is the configuration of a monotone rational-quadratic spline on [-Bound, Bound], the identity outside (Durkan et
// al. 2019, "Neural spline flows", linear tails).
type SplineConfig struct {
	Bins   int     `json:"bins"`
	Bound  float64 `json:"bound"`
	Divide float64 `json:"divide,omitempty"` // divides what widths and heights are the softmax of, sqrt(hidden) in nflows; 0 is 1
}

// leastOfSpline is the least width and height of a bin, of the whole, and the least derivative at its ends.
const leastOfSpline = 1e-3

func (c *SplineConfig) validate(k *config.Checker) {
	k.Int("spline.bins", c.Bins, 2, 900)
	k.Float("spline.bound", c.Bound, config.Tiny, config.Huge)
	k.That(c.Divide == 0 || c.Divide >= config.Tiny && c.Divide <= config.Huge, "spline.divide", c.Divide, "want a positive number")
}

// perValue is how many numbers of a net a value takes: widths, heights, and derivatives between bins.
func (c *SplineConfig) perValue() int { return 3*c.Bins - 1 }

// apply maps b [B,n] by the splines of h [B, n (3 Bins - 1)], or undoes it, and returns the log-derivatives [B,n]. With x_k, y_k
// the lower ends of the bin, w and e its width and height, D = e/w, d_0, d_1 the derivatives at its ends and p = (x - x_k)/w,
//
//	y = y_k + e (D p^2 + d_0 p (1-p))/(D + (d_0 + d_1 - 2 D) p (1-p))
func (c *SplineConfig) apply(s *autodiff.Scope, b, h autodiff.Var, undo bool) (y, logs autodiff.Var) {
	r := s.Child()
	n := b.Dim(1)
	h = r.Reshape(h, autodiff.S(b.Dim(0), n, c.perValue()))
	w, x0 := c.bins(r, r.Slice(h, 2, 0, c.Bins))
	e, y0 := c.bins(r, r.Slice(h, 2, c.Bins, 2*c.Bins))
	inner := r.AddScalar(r.Softplus(r.Slice(h, 2, 2*c.Bins, c.perValue())), leastOfSpline)
	ones := r.Ones(inner.Shape().With(2, 1))
	from, edges := r.Clamp(b, -c.Bound, c.Bound), x0
	if undo {
		edges = y0
	}
	one := c.chosen(r, r.Reshape(from, autodiff.S(b.Dim(0), n, 1)), r.Slice(edges, 2, 1, c.Bins))
	pick := func(v autodiff.Var) autodiff.Var { return r.Sum(r.Mul(one, v), 2) }
	w, e, x0, y0 = pick(w), pick(e), pick(x0), pick(y0)
	d0, d1 := pick(r.Concat(2, ones, inner)), pick(r.Concat(2, inner, ones))
	slope := r.Div(e, w)
	bend := r.Sub(r.Add(d0, d1), r.Scale(slope, 2))
	var p autodiff.Var
	if undo {
		up := r.Sub(from, y0)
		bent := r.Mul(up, bend)
		qa, qb, qc := r.Add(bent, r.Mul(e, r.Sub(slope, d0))), r.Sub(r.Mul(e, d0), bent), r.Neg(r.Mul(slope, up))
		root := r.Sqrt(r.Max2(r.Sub(r.Square(qb), r.Scale(r.Mul(qa, qc), 4)), r.Scalar(1e-30)))
		p = r.Div(r.Scale(qc, 2), r.Neg(r.Add(qb, root)))
		y = r.Add(r.Mul(p, w), x0)
	} else {
		p = r.Div(r.Sub(from, x0), w)
	}
	q := r.Affine(p, -1, 1)
	pq := r.Mul(p, q)
	below := r.Add(slope, r.Mul(bend, pq))
	if !undo {
		y = r.Add(y0, r.Div(r.Mul(e, r.Add(r.Mul(slope, r.Square(p)), r.Mul(d0, pq))), below))
	}
	rise := r.Add(r.Add(r.Mul(d1, r.Square(p)), r.Scale(r.Mul(slope, pq), 2)), r.Mul(d0, r.Square(q)))
	logs = r.Add(r.Log(rise), r.Scale(r.Sub(r.Log(slope), r.Log(below)), 2))
	if undo {
		logs = r.Neg(logs)
	}
	outside := r.Less(r.Scalar(c.Bound), r.Abs(b))
	y, logs = r.Where(outside, b, y), r.Where(outside, r.Zeros(logs.Shape()), logs)
	r.Close(y, logs)
	return y, logs
}

// bins is the widths of the bins that a softmax makes, and their lower ends.
func (c *SplineConfig) bins(s *autodiff.Scope, v autodiff.Var) (w, low autodiff.Var) {
	if c.Divide != 0 {
		v = s.Scale(v, 1/c.Divide)
	}
	whole := 2 * c.Bound
	w = s.Affine(s.Softmax(v), whole*(1-leastOfSpline*float64(c.Bins)), whole*leastOfSpline)
	return w, s.AddScalar(s.Sub(s.Cumsum(w, 2), w), -c.Bound)
}

// chosen is 1 for the bin that x [B,n,1] lies in and 0 for the others, [B,n,Bins], given the edges between bins.
func (c *SplineConfig) chosen(s *autodiff.Scope, x, edges autodiff.Var) autodiff.Var {
	below := s.Less(s.BroadcastTo(x, edges.Shape()), edges)
	end := edges.Shape().With(2, 1)
	return s.Sub(s.Concat(2, below, s.Ones(end)), s.Concat(2, s.Zeros(end), below))
}
