package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/layers"
)

// GaussianConfig is the configuration of a Diagonal or a Full: its initial mean and standard deviation.
type GaussianConfig struct {
	Dim  int     `json:"dim"`
	Mean float64 `json:"mean"` // 0.5 in score_prior
	Std  float64 `json:"std"`  // 0.1 in score_prior
}

func (c GaussianConfig) validate(p layers.Path, kind string) error {
	if c.Dim < 1 || !(c.Std > 0 && c.Std <= config.Huge) || !(math.Abs(c.Mean) <= config.Huge) {
		return p.Errorf(kind, "dim %d, std %g and mean %g: want finite numbers, the first two positive", c.Dim, c.Std, c.Mean)
	}
	return p.Fits(kind, c.Dim)
}

// Diagonal is the Gaussian N(m, diag s^2), x = m + |s| z: entropy D/2 (1 + ln 2 pi) + sum ln|s|.
// Parameters: mean [D], std [D].
type Diagonal struct {
	name      string
	dim       int
	mean, std *autodiff.Param
	params    []*autodiff.Param
}

// NewDiagonal makes a Diagonal with parameters named by path p. The error says what in c is wrong.
func NewDiagonal(p layers.Path, c GaussianConfig) (*Diagonal, error) {
	if err := c.validate(p, "diagonal Gaussian"); err != nil {
		return nil, err
	}
	g := &Diagonal{name: p.Local(), dim: c.Dim}
	g.mean = p.Param("mean", autodiff.S(c.Dim), layers.Constant(c.Mean))
	g.std = p.Param("std", autodiff.S(c.Dim), layers.Constant(c.Std))
	g.params = []*autodiff.Param{g.mean, g.std}
	return g, nil
}

// Params returns mean and std.
func (g *Diagonal) Params() []*autodiff.Param { return g.params }

// Dim returns the number of values in a sample.
func (g *Diagonal) Dim() int { return g.dim }

// NoiseDim returns Dim.
func (g *Diagonal) NoiseDim() int { return g.dim }

// Exact returns true.
func (g *Diagonal) Exact() bool { return true }

// Sample returns x = m + |s| z and log q(x).
func (g *Diagonal) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(g.name)
	rows(c, "diagonal Gaussian", z, g.dim)
	std := c.Abs(c.Param(g.std))
	x = c.Add(c.Mul(z, std), c.Param(g.mean))
	logq = c.Sub(standardNormal(c, z), c.SumAll(c.Log(std)))
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log N(x; m, diag s^2).
func (g *Diagonal) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(g.name)
	rows(c, "diagonal Gaussian", x, g.dim)
	std := c.Abs(c.Param(g.std))
	z := c.Div(c.Sub(x, c.Param(g.mean)), std)
	logq := c.Sub(standardNormal(c, z), c.SumAll(c.Log(std)))
	c.Close(logq)
	return logq
}

// Entropy returns -E log q in closed form, a scalar in nats.
func (g *Diagonal) Entropy(s *autodiff.Scope) autodiff.Var {
	c := s.Enter(g.name)
	h := c.AddScalar(c.SumAll(c.Log(c.Abs(c.Param(g.std)))), float64(g.dim)*(0.5+halfLog2Pi))
	c.Close(h)
	return h
}
