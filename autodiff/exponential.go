package autodiff

import "tweedie/internal/kernel"

var expOp, expm1Op, logOp, log1pOp *Op

func init() {
	expOp = unary("exp", kernel.Exp, Out,
		func(s *Scope, x, y Var) Var { return y })
	expm1Op = unary("expm1", kernel.Expm1, Out,
		func(s *Scope, x, y Var) Var { return s.AddScalar(y, 1) })
	logOp = unary("log", kernel.Log, In(0),
		func(s *Scope, x, y Var) Var { return s.Recip(x) })
	log1pOp = unary("log1p", kernel.Log1p, In(0),
		func(s *Scope, x, y Var) Var { return s.Recip(s.AddScalar(x, 1)) })
}

// Exp returns e^x.
func (s *Scope) Exp(x Var) Var { return s.Apply(expOp, Attr{}, x) }

// Expm1 returns e^x - 1, exact for small x.
func (s *Scope) Expm1(x Var) Var { return s.Apply(expm1Op, Attr{}, x) }

// Log returns the natural logarithm of x; -Inf at 0, NaN below.
func (s *Scope) Log(x Var) Var { return s.Apply(logOp, Attr{}, x) }

// Log1p returns log(1 + x), exact for small x.
func (s *Scope) Log1p(x Var) Var { return s.Apply(log1pOp, Attr{}, x) }
