package autodiff

import "math"

// Attention is softmax(q k^T / sqrt(D)) v over the last two axes: q [...,L,D], k [...,M,D], v [...,M,E] give
// [...,L,E]; the leading axes broadcast (Vaswani et al., arXiv:1706.03762).
// It panics with a *ShapeError when the shapes do not fit.
func (s *Scope) Attention(q, k, v Var) Var {
	d := q.Shape().dims[s.axis("attention", q, -1)]
	c := s.Enter("attention")
	// The scale goes into q, which is smaller than the scores.
	p := c.Softmax(c.MatMul(c.Scale(q, 1/math.Sqrt(float64(d))), k, false, true))
	y := c.MatMul(p, v, false, false)
	c.Close(y)
	return y
}
