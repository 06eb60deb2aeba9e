package flows

import (
	"tweedie/autodiff"
	"tweedie/layers"
)

// leastDiagonal is added to the diagonal of U.
const leastDiagonal = 1e-3

// Triangles multiplies a sample by a matrix of two triangular factors and adds a constant (Durkan et al. 2019, section 4.1):
//
//	Forward  z = L U x + bias,  U_ii = softplus(v_i) + 1e-3,  L_ii = 1,  log-determinant  sum_i ln U_ii
//
// Parameters: lower_entries and upper_entries [D(D-1)/2], row by row, unconstrained_upper_diag (v) and bias [D].
type Triangles struct {
	name                     string
	dim                      int
	below, above, diagonal   []int // places in a matrix, row by row
	lower, upper, diag, bias *autodiff.Param
}

// NewTriangles makes a Triangles of dim values at p, diagonal at first. The error says that dim is out of range.
func NewTriangles(p layers.Path, dim int) (*Triangles, error) {
	if err := p.Fits("triangles", dim, dim); err != nil {
		return nil, err
	}
	m := &Triangles{name: p.Local(), dim: dim}
	for i := range dim {
		for j := range dim {
			switch at := i*dim + j; {
			case j < i:
				m.below = append(m.below, at)
			case j > i:
				m.above = append(m.above, at)
			default:
				m.diagonal = append(m.diagonal, at)
			}
		}
	}
	m.lower = p.Param("lower_entries", autodiff.S(len(m.below)), layers.Zero())
	m.upper = p.Param("upper_entries", autodiff.S(len(m.above)), layers.Zero())
	m.diag = p.Param("unconstrained_upper_diag", autodiff.S(dim), layers.Zero())
	m.bias = p.Param("bias", autodiff.S(dim), layers.Zero())
	return m, nil
}

// Params returns lower_entries, upper_entries, unconstrained_upper_diag and bias.
func (m *Triangles) Params() []*autodiff.Param {
	return []*autodiff.Param{m.lower, m.upper, m.diag, m.bias}
}

// Dim returns the number of values in a sample.
func (m *Triangles) Dim() int { return m.dim }

// matrix is L U, with ln|det L U|.
func (m *Triangles) matrix(s *autodiff.Scope) (w, logdet autodiff.Var) {
	n := m.dim
	placed := func(v autodiff.Var, at []int) autodiff.Var {
		return s.Reshape(s.ScatterAdd(v, 0, at, n*n), autodiff.S(n, n))
	}
	d := s.AddScalar(s.Softplus(s.Param(m.diag)), leastDiagonal)
	l := s.Add(placed(s.Param(m.lower), m.below), placed(s.Ones(autodiff.S(n)), m.diagonal))
	u := s.Add(placed(s.Param(m.upper), m.above), placed(d, m.diagonal))
	return s.MatMul(l, u, false, false), s.SumAll(s.Log(d))
}

// Forward maps data x [B,D] to latents z [B,D] with log|det dz/dx| [B].
// It panics with a *autodiff.ShapeError when x is not [B,D].
func (m *Triangles) Forward(s *autodiff.Scope, x autodiff.Var) (z, logdet autodiff.Var) {
	c := s.Enter(m.name)
	rows(c, "triangles", x, m.dim)
	w, ld := m.matrix(c)
	z, logdet = c.Add(c.MatMul(x, w, false, true), c.Param(m.bias)), spread(c, ld, x)
	c.Close(z, logdet)
	return z, logdet
}

// Inverse maps latents z [B,D] to data x [B,D] with log|det dx/dz| [B].
// It panics with a *autodiff.ShapeError when z is not [B,D].
func (m *Triangles) Inverse(s *autodiff.Scope, z autodiff.Var) (x, logdet autodiff.Var) {
	c := s.Enter(m.name)
	rows(c, "triangles", z, m.dim)
	w, ld := m.matrix(c)
	x = c.MatMul(c.Sub(z, c.Param(m.bias)), inverse(c, w), false, true)
	logdet = spread(c, c.Neg(ld), z)
	c.Close(x, logdet)
	return x, logdet
}
