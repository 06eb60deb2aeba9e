package autodiff

// composition computes in ops, which have every derivative, the result of a fused op. A fused op differentiates its
// composition where it has no kernel for the derivative: slower, but right at every order.
type composition func(s *Scope, c *Call, in []Var) Var

// vjp sets the gradients that are needed and not set yet.
func (f composition) vjp(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
	for i := range grads {
		if need[i] && grads[i].IsZero() {
			f.replay(s, c).vjp(ct, need, grads)
			return
		}
	}
}

// jvp returns the tangent of the composition.
func (f composition) jvp(s *Scope, c *Call, ts []Var) Var { return f.replay(s, c).jvp(ts) }

func (f composition) replay(s *Scope, c *Call) *replay {
	p := s.replay(c, len(c.In))
	p.y = f(p.r, c, p.xs)
	return p
}

// vjpOf computes J^T a in ops: J is the derivative of f in input 0 and a is input 1. Its scope must record.
func vjpOf(f composition) composition {
	return func(s *Scope, c *Call, in []Var) Var {
		var g [1]Var
		s.VJP([]Var{f(s, c, in)}, in[1:2], in[:1], g[:])
		return g[0]
	}
}

// jvpOf computes J t in ops; t is input 1. Its scope must record.
func jvpOf(f composition) composition {
	return func(s *Scope, c *Call, in []Var) Var {
		var t [1]Var
		s.JVP(in[:1], in[1:2], []Var{f(s, c, in)}, t[:])
		return t[0]
	}
}

// hvpOf computes the gradient of <a, J t> in ops; a is input 1 and t is input 2. Its scope must record.
func hvpOf(f composition) composition {
	return func(s *Scope, c *Call, in []Var) Var {
		var t, g [1]Var
		s.JVP(in[:1], in[2:3], []Var{f(s, c, in)}, t[:])
		s.VJP(t[:], in[1:2], in[:1], g[:])
		return g[0]
	}
}
