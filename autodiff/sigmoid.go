package autodiff

import (
	"math"

	"tweedie/internal/kernel"
)

var tanhOp, sigmoidOp, softplusOp, erfOp *Op

func init() {
	tanhOp = unary("tanh", kernel.Tanh, Out,
		func(s *Scope, x, y Var) Var { return s.Affine(s.Square(y), -1, 1) })
	sigmoidOp = unary("sigmoid", kernel.Sigmoid, Out,
		func(s *Scope, x, y Var) Var { return s.Mul(y, s.Affine(y, -1, 1)) })
	softplusOp = unary("softplus", kernel.Softplus, In(0),
		func(s *Scope, x, y Var) Var { return s.Sigmoid(x) })
	erfOp = unary("erf", kernel.Erf, In(0),
		func(s *Scope, x, y Var) Var { return s.Scale(s.Exp(s.Neg(s.Square(x))), 2/math.Sqrt(math.Pi)) })
}

// Tanh returns the hyperbolic tangent of x.
func (s *Scope) Tanh(x Var) Var { return s.Apply(tanhOp, Attr{}, x) }

// Sigmoid returns 1/(1 + exp(-x)).
func (s *Scope) Sigmoid(x Var) Var { return s.Apply(sigmoidOp, Attr{}, x) }

// Softplus returns log(1 + exp(x)).
func (s *Scope) Softplus(x Var) Var { return s.Apply(softplusOp, Attr{}, x) }

// Erf returns the error function, 2/sqrt(pi) times the integral of exp(-u^2) from 0 to x.
func (s *Scope) Erf(x Var) Var { return s.Apply(erfOp, Attr{}, x) }
