package autodiff

// composition is what a fused op computes, written in ops that each have every derivative. A fused op uses it
// for the derivatives that it has no kernel for: they cost more there, but exist at every order.
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

// jvp is the tangent of the composition.
func (f composition) jvp(s *Scope, c *Call, ts []Var) Var { return f.replay(s, c).jvp(ts) }

func (f composition) replay(s *Scope, c *Call) *replay {
	p := s.replay(c, len(c.In))
	p.y = f(p.r, c, p.xs)
	return p
}
