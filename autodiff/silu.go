package autodiff

import (
	"math"

	"tweedie/internal/kernel"
)

var siluOp, siluGradOp, geluOp *Op

func init() {
	siluOp = unary("silu", kernel.SiLU, In(0),
		func(s *Scope, x, y Var) Var { return s.siluGrad(x) })
	siluGradOp = Define(Op{
		Name:  "silu_grad",
		Reads: []Reads{In(0)},
		Infer: inferSame,
		Eval:  byType(evalSiLUGrad[float32], evalSiLUGrad[float64]),
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			grads[0] = s.Mul(ct, s.siluCurvature(c.In[0]))
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var { return s.Mul(ts[0], s.siluCurvature(c.In[0])) },
	})
	geluOp = unary("gelu", kernel.GELU, In(0),
		func(s *Scope, x, y Var) Var {
			cdf := s.Affine(s.Erf(s.Scale(x, math.Sqrt2/2)), 0.5, 0.5)
			pdf := s.Scale(s.Exp(s.Scale(s.Square(x), -0.5)), 1/math.Sqrt(2*math.Pi))
			return s.Add(cdf, s.Mul(x, pdf))
		})
}

func evalSiLUGrad[T float32 | float64](c *Call) {
	kernel.SiLUGrad(Host[T](c.Out), Host[T](c.In[0]))
}

// siluGrad returns d/dx silu(x).
func (s *Scope) siluGrad(x Var) Var { return s.Apply(siluGradOp, Attr{}, x) }

// siluCurvature returns the second derivative of silu, p(1-p) (2 + x(1-2p)) with p = sigmoid(x).
func (s *Scope) siluCurvature(x Var) Var {
	p := s.Sigmoid(x)
	q := s.Affine(p, -1, 1)
	return s.Mul(s.Mul(p, q), s.AddScalar(s.Mul(x, s.Affine(p, -2, 1)), 2))
}

// SiLU returns x sigmoid(x), also called swish.
func (s *Scope) SiLU(x Var) Var { return s.Apply(siluOp, Attr{}, x) }

// GELU returns x Phi(x), where Phi is the normal distribution function: the erf form.
func (s *Scope) GELU(x Var) Var { return s.Apply(geluOp, Attr{}, x) }
