package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// LowRankConfig is the configuration of a LowRank.
type LowRankConfig struct {
	Dim    int     `json:"dim"`
	Rank   int     `json:"rank"`
	Mean   float64 `json:"mean"`
	Std    float64 `json:"std"`    // initial value of d
	Factor float64 `json:"factor"` // standard deviation of the initial entries of U; at 0 they would stay 0
}

// LowRank is the Gaussian N(m, diag d^2 + U U^T), x = m + d z_1 + U z_2 with noise (z_1 [D], z_2 [R]).
// With r = (x-m)/d, V = U/d, M = I + V^T V = K K^T and h = M^{-1} V^T r, the matrix determinant lemma and
// Woodbury's identity give, as a sum of squares that does not cancel,
//
//	log q(x) = -(|r - V h|^2 + |h|^2)/2 - sum ln d - sum ln K_ii - D/2 ln(2 pi)
//
// in O(B D R + D R^2 + R^3). Parameters: mean [D], log_std [D] = ln d, factor [D,R] = U.
type LowRank struct {
	name              string
	dim, rank         int
	mean, log, factor *autodiff.Param
	diagonal          []int
	params            []*autodiff.Param
}

// NewLowRank makes a LowRank with parameters named and seeded by path p. The error says what in c is wrong.
func NewLowRank(p layers.Path, c LowRankConfig) (*LowRank, error) {
	switch {
	case c.Dim < 1 || c.Rank < 1 || c.Rank > c.Dim:
		return nil, p.Errorf("low-rank Gaussian", "dim %d and rank %d: want 1 <= rank <= dim", c.Dim, c.Rank)
	case !(c.Std > 0 && c.Std <= config.Huge) || !(c.Factor > 0 && c.Factor <= config.Huge) || !(math.Abs(c.Mean) <= config.Huge):
		return nil, p.Errorf("low-rank Gaussian", "mean %g, std %g and factor %g: want finite numbers, the latter two positive", c.Mean, c.Std, c.Factor)
	}
	if err := p.Fits("low-rank Gaussian", c.Dim, c.Rank); err != nil {
		return nil, err
	}
	g := &LowRank{name: p.Local(), dim: c.Dim, rank: c.Rank}
	g.mean = p.Param("mean", autodiff.S(c.Dim), layers.Constant(c.Mean))
	g.log = p.Param("log_std", autodiff.S(c.Dim), layers.Constant(math.Log(c.Std)))
	g.factor = p.Param("factor", autodiff.S(c.Dim, c.Rank), layers.Normal(c.Factor))
	g.params = []*autodiff.Param{g.mean, g.log, g.factor}
	for i := range c.Rank {
		g.diagonal = append(g.diagonal, i*c.Rank+i)
	}
	return g, nil
}

// Params returns mean, log_std and factor.
func (g *LowRank) Params() []*autodiff.Param { return g.params }

// Dim returns the number of values in a sample.
func (g *LowRank) Dim() int { return g.dim }

// NoiseDim returns Dim + Rank.
func (g *LowRank) NoiseDim() int { return g.dim + g.rank }

// Exact returns true.
func (g *LowRank) Exact() bool { return true }

// scaled returns V = U/d [D,R], K [R,R], and sum ln d + sum ln K_ii.
func (g *LowRank) scaled(s *autodiff.Scope) (v, k, logdet autodiff.Var) {
	l := s.Param(g.log)
	v = s.Mul(s.Param(g.factor), s.Reshape(s.Exp(s.Neg(l)), autodiff.S(g.dim, 1)))
	one := s.ScatterAdd(s.Ones(autodiff.S(g.rank)), 0, g.diagonal, g.rank*g.rank)
	m := s.Add(s.MatMul(v, v, true, false), s.Reshape(one, autodiff.S(g.rank, g.rank)))
	k = cholesky(s, m)
	diag := s.Gather(s.Reshape(k, autodiff.S(g.rank*g.rank)), 0, g.diagonal)
	return v, k, s.Add(s.SumAll(l), s.SumAll(s.Log(diag)))
}

// density returns log q for the standardised residual r [B,D].
func (g *LowRank) density(s *autodiff.Scope, r autodiff.Var) autodiff.Var {
	v, k, logdet := g.scaled(s)
	w := s.MatMul(v, r, true, true) // V^T r [R,B]
	h := s.SolveTriangular(k, s.SolveTriangular(k, w, false, false), false, true)
	rest := s.Sub(r, s.MatMul(h, v, true, true))
	q := s.Add(s.Sum(s.Square(rest), 1), s.Sum(s.Square(h), 0))
	return s.Sub(s.Affine(q, -0.5, -float64(g.dim)*halfLog2Pi), logdet)
}

// Sample returns x = m + d z_1 + U z_2 for z [B,D+R], and log q(x).
func (g *LowRank) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(g.name)
	rows(c, "low-rank Gaussian", z, g.dim+g.rank)
	d := c.Exp(c.Param(g.log))
	move := c.Mul(c.Slice(z, 1, 0, g.dim), d)
	move = c.Add(move, c.MatMul(c.Slice(z, 1, g.dim, g.dim+g.rank), c.Param(g.factor), false, true))
	x = c.Add(move, c.Param(g.mean))
	logq = g.density(c, c.Div(move, d))
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log N(x; m, diag d^2 + U U^T).
func (g *LowRank) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(g.name)
	rows(c, "low-rank Gaussian", x, g.dim)
	r := c.Mul(c.Sub(x, c.Param(g.mean)), c.Exp(c.Neg(c.Param(g.log))))
	logq := g.density(c, r)
	c.Close(logq)
	return logq
}

// Entropy returns -E log q in closed form, a scalar in nats.
func (g *LowRank) Entropy(s *autodiff.Scope) autodiff.Var {
	c := s.Enter(g.name)
	_, _, logdet := g.scaled(c)
	h := c.AddScalar(logdet, float64(g.dim)*(0.5+halfLog2Pi))
	c.Close(h)
	return h
}
