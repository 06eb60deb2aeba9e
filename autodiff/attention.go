package autodiff

import "math"

// Attention returns softmax(q k^T / sqrt(D)) v over the last two axes: q [...,L,D], k [...,M,D] and v [...,M,E] give
// [...,L,E]; the leading axes broadcast (Vaswani et al., arXiv:1706.03762).
//
// When L M is above 2^18 the scores [...,L,M] are never all in memory: it attends blocks of rows of q one after
// another, and a derivative computes the scores of a block again (Rabe and Staats, arXiv:2112.05682). It panics with
// a *ShapeError when the shapes do not fit.
func (s *Scope) Attention(q, k, v Var) Var {
	l, m := q.Shape().dims[s.axis("attention", q, -2)], k.Shape().dims[s.axis("attention", k, -2)]
	c := s.Enter("attention")
	var y Var
	if l*m <= attentionScores {
		y = attend(c, []Var{q, k, v})
	} else {
		y = c.attendRows(q, k, v, max(attentionRows, attentionScores/m))
	}
	c.Close(y)
	return y
}

// attentionScores is the most scores held at once. attentionRows is the fewest rows in a block: every block adds once
// to the gradients of k and v.
const (
	attentionScores = 1 << 18
	attentionRows   = 64
)

// attendRows attends blocks of at most rows rows of q. It halves q until a half is one block, because the adjoint of
// a slice is as long as the Var that was sliced.
func (s *Scope) attendRows(q, k, v Var, rows int) Var {
	l := q.Shape().Dim(-2)
	if l <= rows {
		return s.Remat(attend, nil, q, k, v)
	}
	c := s.Child()
	mid := (l/rows + 1) / 2 * rows
	y := c.Concat(-2, c.attendRows(c.Slice(q, -2, 0, mid), k, v, rows), c.attendRows(c.Slice(q, -2, mid, l), k, v, rows))
	c.Close(y)
	return y
}

// attend computes the attention of q, k and v with all scores at once.
func attend(s *Scope, in []Var) Var {
	q, k, v := in[0], in[1], in[2]
	c := s.Child()
	// The scale goes into q, which is smaller than the scores.
	p := c.Softmax(c.MatMul(c.Scale(q, 1/math.Sqrt(float64(q.Shape().Dim(-1)))), k, false, true))
	y := c.MatMul(p, v, false, false)
	c.Close(y)
	return y
}
