package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Full is the Gaussian N(m, L L^T), x = m + L z, with a lower triangular L whose diagonal is e^l. Its entropy is D/2
// (1 + ln 2 pi) + sum l. It has D + D(D+1)/2 parameters: mean [D], log_diag [D] = l, and lower [D(D-1)/2], the
// entries of L below its diagonal, row by row.
type Full struct {
	name             string
	dim              int
	mean, log, lower *autodiff.Param
	at               []int // places in L [D*D] of the diagonal, then of lower
	params           []*autodiff.Param
}

// NewFull makes a Full with parameters named by path p. It starts as a multiple of the identity. The error says what in
// c is wrong.
func NewFull(p layers.Path, c GaussianConfig) (*Full, error) {
	if err := c.validate(p, "full Gaussian"); err != nil {
		return nil, err
	}
	if err := p.Fits("full Gaussian", c.Dim, c.Dim); err != nil {
		return nil, err
	}
	d := c.Dim
	g := &Full{name: p.Local(), dim: d}
	g.mean = p.Param("mean", autodiff.S(d), layers.Constant(c.Mean))
	g.log = p.Param("log_diag", autodiff.S(d), layers.Constant(math.Log(c.Std)))
	g.lower = p.Param("lower", autodiff.S(d*(d-1)/2), layers.Zero())
	g.params = []*autodiff.Param{g.mean, g.log, g.lower}
	for i := range d {
		g.at = append(g.at, i*d+i)
	}
	for i := range d {
		for j := range i {
			g.at = append(g.at, i*d+j)
		}
	}
	return g, nil
}

// Params returns mean, log_diag and lower.
func (g *Full) Params() []*autodiff.Param { return g.params }

// Dim returns the number of values in a sample.
func (g *Full) Dim() int { return g.dim }

// NoiseDim returns Dim.
func (g *Full) NoiseDim() int { return g.dim }

// Exact returns true.
func (g *Full) Exact() bool { return true }

// factor returns L [D,D] and sum l.
func (g *Full) factor(s *autodiff.Scope) (l, logdet autodiff.Var) {
	diag := s.Param(g.log)
	all := s.Concat(0, s.Exp(diag), s.Param(g.lower))
	l = s.Reshape(s.ScatterAdd(all, 0, g.at, g.dim*g.dim), autodiff.S(g.dim, g.dim))
	return l, s.SumAll(diag)
}

// Sample returns x = m + L z and log q(x).
func (g *Full) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(g.name)
	rows(c, "full Gaussian", z, g.dim)
	l, logdet := g.factor(c)
	x = c.Add(c.MatMul(z, l, false, true), c.Param(g.mean))
	logq = c.Sub(standardNormal(c, z), logdet)
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log N(x; m, L L^T), by a triangular solve.
func (g *Full) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(g.name)
	rows(c, "full Gaussian", x, g.dim)
	l, logdet := g.factor(c)
	r := c.Transpose(c.Sub(x, c.Param(g.mean)))
	z := c.Transpose(c.SolveTriangular(l, r, false, false))
	logq := c.Sub(standardNormal(c, z), logdet)
	c.Close(logq)
	return logq
}

// Entropy returns -E log q in closed form, a scalar in nats.
func (g *Full) Entropy(s *autodiff.Scope) autodiff.Var {
	c := s.Enter(g.name)
	h := c.AddScalar(c.SumAll(c.Param(g.log)), float64(g.dim)*(0.5+halfLog2Pi))
	c.Close(h)
	return h
}
