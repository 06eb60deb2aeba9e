package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Mixture is the family with the density
//
//	q(x) = sum_k w_k q_k(x),   w = softmax(logits),
//
// of other families, its components. Noise is (z_0, z') with z' [N] for the component that needs the most: Phi(z_0) chooses the
// component, so that samples cannot be differentiated by w; SampleOf and Weights, by which an expectation is a sum over components, can.
// Parameters: those of the components, then logits [K], all 0 at first.
type Mixture struct {
	name   string
	of     []Family
	noise  int
	logits *autodiff.Param
	params []*autodiff.Param
}

// NewMixture makes a Mixture of families, which were made at paths below p. It returns an error unless there is at least one and all have
// the same dimension.
func NewMixture(p layers.Path, of ...Family) (*Mixture, error) {
	if len(of) == 0 {
		return nil, p.Errorf("mixture", "no components: want at least one")
	}
	for _, f := range of {
		if f.Dim() != of[0].Dim() {
			return nil, p.Errorf("mixture", "one component has %d values and another %d: want equal dimensions", of[0].Dim(), f.Dim())
		}
	}
	m := &Mixture{name: p.Local(), logits: p.Param("logits", autodiff.S(len(of)), layers.Zero())}
	return m.On(of...), nil
}

// On returns the mixture of other components, as many as there were, with the same weights.
func (m *Mixture) On(of ...Family) *Mixture {
	g := &Mixture{name: m.name, of: of, logits: m.logits}
	for _, f := range of {
		g.noise = max(g.noise, f.NoiseDim())
		g.params = append(g.params, f.Params()...)
	}
	g.params = append(g.params, g.logits)
	return g
}

// Params returns the parameters of the components, in order, and logits.
func (m *Mixture) Params() []*autodiff.Param { return m.params }

// Dim returns the number of values in a sample.
func (m *Mixture) Dim() int { return m.of[0].Dim() }

// NoiseDim returns 1 and the largest NoiseDim of the components.
func (m *Mixture) NoiseDim() int { return 1 + m.noise }

// Components returns the families that are mixed.
func (m *Mixture) Components() []Family { return m.of }

// Logits returns the parameter of the weights.
func (m *Mixture) Logits() *autodiff.Param { return m.logits }

// Exact returns false when the density of a component is not exact.
func (m *Mixture) Exact() bool {
	for _, f := range m.of {
		if !f.Exact() {
			return false
		}
	}
	return true
}

// Weights returns w [K], which sums to 1.
func (m *Mixture) Weights(s *autodiff.Scope) autodiff.Var {
	c := s.Enter(m.name)
	w := c.Exp(m.logWeights(c))
	c.Close(w)
	return w
}

func (m *Mixture) logWeights(s *autodiff.Scope) autodiff.Var {
	l := s.Param(m.logits)
	return s.Sub(l, s.LogSumExp(l, 0))
}

// SampleOf returns samples x [B,Dim] of component k for noise z [B,NoiseDim], whose first column plays no part, and their log q(x) [B] in
// the mixture.
func (m *Mixture) SampleOf(s *autodiff.Scope, k int, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(m.name)
	x = m.component(c, k, z)
	logq = m.density(c, x)
	c.Close(x, logq)
	return x, logq
}

func (m *Mixture) component(s *autodiff.Scope, k int, z autodiff.Var) autodiff.Var {
	rows(s, "mixture", z, 1+m.noise)
	x, _ := m.of[k].Sample(s, s.Slice(z, 1, 1, 1+m.of[k].NoiseDim()))
	return x
}

// density returns log q(x) [B].
func (m *Mixture) density(s *autodiff.Scope, x autodiff.Var) (logq autodiff.Var) {
	w := m.logWeights(s)
	for k, f := range m.of {
		l := s.Add(f.LogProb(s, x), s.Slice(w, 0, k, k+1))
		if k > 0 {
			l = s.LogSumExp(s.Stack(0, logq, l), 0)
		}
		logq = l
	}
	return logq
}

// Sample returns for every row of z a sample of the first component whose cumulated weight is above Phi(z_0), and log q(x).
func (m *Mixture) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(m.name)
	rows(c, "mixture", z, 1+m.noise)
	u := c.Affine(c.Erf(c.Scale(c.Slice(z, 1, 0, 1), 1/math.Sqrt2)), .5, .5)
	sum := c.Cumsum(c.Exp(m.logWeights(c)), 0)
	var before autodiff.Var // 1 where u is below the cumulated weight of the components so far
	for k := range m.of {
		below := c.Ones(u.Shape())
		if k < len(m.of)-1 {
			below = c.Less(u, c.Slice(sum, 0, k, k+1))
		}
		mask := below
		if k > 0 {
			mask = c.Sub(below, before)
		}
		x, before = total(c, x, c.Mul(m.component(c, k, z), mask)), below
	}
	logq = m.density(c, x)
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log q(x).
func (m *Mixture) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(m.name)
	rows(c, "mixture", x, m.Dim())
	logq := m.density(c, x)
	c.Close(logq)
	return logq
}
