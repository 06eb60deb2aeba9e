package main

import (
	"math"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/infer/dpi"
	"tweedie/layers"
)

// Johnson is a family with independent values whose tails are heavier than a Gaussian's, Johnson's SU distribution:
//
//	x = m + |s| sinh z,   z ~ N(0, I),   log q(x) = log N(z; 0, I) - sum (ln|s| + ln cosh z).
//
// Parameters: location [D] = m, scale [D] = s.
type Johnson struct {
	name            string
	dim             int
	location, scale *autodiff.Param
}

func init() {
	err := dpi.RegisterFamily("johnson", func(c dpi.FamilyConfig, dim int, root layers.Path) (flows.Family, error) {
		return NewJohnson(root.At("q"), dim, c.Mean, c.Std), nil
	})
	if err != nil {
		panic(err) // the name is taken
	}
}

// NewJohnson makes a Johnson of dim values at p that starts with one location and one scale for all.
func NewJohnson(p layers.Path, dim int, location, scale float64) *Johnson {
	return &Johnson{
		name:     p.Local(),
		dim:      dim,
		location: p.Param("location", autodiff.S(dim), layers.Constant(location)),
		scale:    p.Param("scale", autodiff.S(dim), layers.Constant(scale)),
	}
}

// Params returns location and scale.
func (f *Johnson) Params() []*autodiff.Param { return []*autodiff.Param{f.location, f.scale} }

// Dim returns the number of values in a sample.
func (f *Johnson) Dim() int { return f.dim }

// NoiseDim returns Dim.
func (f *Johnson) NoiseDim() int { return f.dim }

// Exact returns true.
func (f *Johnson) Exact() bool { return true }

// Sample maps noise z [B,D] to x [B,D] and log q(x) [B].
func (f *Johnson) Sample(s *autodiff.Scope, z autodiff.Var) (x, logq autodiff.Var) {
	c := s.Enter(f.name)
	scale := c.Abs(c.Param(f.scale))
	sinh := c.Scale(c.Sub(c.Exp(z), c.Exp(c.Neg(z))), .5)
	x = c.Add(c.Mul(sinh, scale), c.Param(f.location))
	logq = f.density(c, z, scale)
	c.Close(x, logq)
	return x, logq
}

// LogProb returns log q(x) [B] at z = asinh((x - m)/|s|).
func (f *Johnson) LogProb(s *autodiff.Scope, x autodiff.Var) autodiff.Var {
	c := s.Enter(f.name)
	scale := c.Abs(c.Param(f.scale))
	w := c.Div(c.Sub(x, c.Param(f.location)), scale)
	z := c.Sub(asinh(c, c.ReLU(w)), asinh(c, c.ReLU(c.Neg(w)))) // odd, and without cancellation on either side
	logq := f.density(c, z, scale)
	c.Close(logq)
	return logq
}

// density returns log q [B] of the sample that the noise z [B,D] makes. It uses ln cosh z = softplus(2z) - z - ln 2.
func (f *Johnson) density(c *autodiff.Scope, z, scale autodiff.Var) autodiff.Var {
	cosh := c.Sub(c.Softplus(c.Scale(z, 2)), z)
	each := c.Neg(c.Add(c.Scale(c.Square(z), .5), cosh))
	constant := float64(f.dim) * (math.Ln2 - math.Log(2*math.Pi)/2)
	return c.Sub(c.AddScalar(c.Sum(each, 1), constant), c.SumAll(c.Log(scale)))
}

// asinh returns ln(w + sqrt(w^2 + 1)) for w of at least 0.
func asinh(c *autodiff.Scope, w autodiff.Var) autodiff.Var {
	return c.Log(c.Add(w, c.Sqrt(c.AddScalar(c.Square(w), 1))))
}
