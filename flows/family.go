package flows

import (
	"math"

	"tweedie/autodiff"
	"tweedie/layers"
)

// Family is a distribution q over samples of Dim values that variational inference fits. Sample and LogProb can be
// differentiated by their inputs and by the parameters.
type Family interface {
	layers.Module
	Dim() int

	// NoiseDim returns how many standard normal values make one sample.
	NoiseDim() int

	// Sample maps noise z [B,NoiseDim] to samples x [B,Dim] of q and their log q(x) [B], in nats.
	Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var)

	// LogProb returns log q(x) [B] for any x [B,Dim], in nats.
	LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var

	// Exact reports whether log q is the density of what Sample draws.
	Exact() bool
}

// Flow is the distribution of a bijector's data when its latents are standard normal.
type Flow struct {
	name string
	b    Bijector
}

// NewFlow makes the Flow of a bijector, which was made at a path below p.
func NewFlow(p layers.Path, b Bijector) *Flow { return &Flow{p.Local(), b} }

// Params returns the parameters of the bijector.
func (f *Flow) Params() []*autodiff.Param { return f.b.Params() }

// Dim returns the number of values in a sample.
func (f *Flow) Dim() int { return f.b.Dim() }

// NoiseDim returns Dim.
func (f *Flow) NoiseDim() int { return f.b.Dim() }

// Exact returns false when a batch norm inside uses the statistics of its batch.
func (f *Flow) Exact() bool { return exact(f.b) }

// Sample returns x = Inverse(z) and log q(x) = log N(z; 0, I) - log|det dx/dz|.
func (f *Flow) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(f.name)
	x, ld := f.b.Inverse(c, z)
	logq = c.Sub(standardNormal(c, z), ld)
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log N(z; 0, I) + log|det dz/dx| at z = Forward(x).
func (f *Flow) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(f.name)
	z, ld := f.b.Forward(c, x)
	logq := c.Add(standardNormal(c, z), ld)
	c.Close(logq)
	return logq
}

// Transformed is the distribution of a bijector's data when its latents are distributed as another family: a Gaussian
// made positive, for example.
type Transformed struct {
	name   string
	base   Family
	b      Bijector
	params []*autodiff.Param
}

// NewTransformed makes the Transformed of a family and a bijector, which were made at paths below p. It returns an
// error unless they have the same dimension.
func NewTransformed(p layers.Path, base Family, b Bijector) (*Transformed, error) {
	if base.Dim() != b.Dim() {
		return nil, p.Errorf("transformed", "the family has %d values and the bijector %d: want equal dimensions", base.Dim(), b.Dim())
	}
	return &Transformed{p.Local(), base, b, layers.Params(base, b)}, nil
}

// On returns the same bijector, on the same parameters, over another family.
func (f *Transformed) On(base Family) *Transformed {
	g := *f
	g.base, g.params = base, layers.Params(base, f.b)
	return &g
}

// Base returns the family whose samples the bijector maps.
func (f *Transformed) Base() Family { return f.base }

// Map returns what Sample makes of samples u [B,Dim] of the base, and of their log q_0(u) [B].
func (f *Transformed) Map(s *autodiff.Scope, u, logq autodiff.Var) (x, mapped autodiff.Var) {
	c := s.Enter(f.name)
	x, ld := f.b.Inverse(c, u)
	mapped = c.Sub(logq, ld)
	c.Close(x, mapped)
	return x, mapped
}

// Params returns the parameters of the family, then those of the bijector.
func (f *Transformed) Params() []*autodiff.Param { return f.params }

// Dim returns the number of values in a sample.
func (f *Transformed) Dim() int { return f.b.Dim() }

// NoiseDim returns the NoiseDim of the family.
func (f *Transformed) NoiseDim() int { return f.base.NoiseDim() }

// Exact returns false when the density of the family or of the bijector is not exact.
func (f *Transformed) Exact() bool { return f.base.Exact() && exact(f.b) }

// Sample returns x = Inverse(u) and log q(x) = log q_0(u) - log|det dx/du|, for a sample u of the family.
func (f *Transformed) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(f.name)
	u, lq := f.base.Sample(c, z)
	x, ld := f.b.Inverse(c, u)
	logq = c.Sub(lq, ld)
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log q_0(u) + log|det du/dx| at u = Forward(x).
func (f *Transformed) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(f.name)
	u, ld := f.b.Forward(c, x)
	logq := c.Add(f.base.LogProb(c, u), ld)
	c.Close(logq)
	return logq
}

// exact asks a bijector, or every link of a chain, whether its log-determinants are exact; by default they are.
func exact(b Bijector) bool {
	switch b := b.(type) {
	case *Chain:
		for _, l := range b.links {
			if !exact(l) {
				return false
			}
		}
	case interface{ Exact() bool }:
		return b.Exact()
	}
	return true
}

// standardNormal returns log N(z; 0, I) [B] for z [B,D].
func standardNormal(s *autodiff.Scope, z autodiff.Var) autodiff.Var {
	c := s.Child()
	l := c.Affine(c.Sum(c.Square(z), 1), -0.5, -float64(z.Dim(1))*halfLog2Pi)
	c.Close(l)
	return l
}

var halfLog2Pi = 0.5 * math.Log(2*math.Pi)
