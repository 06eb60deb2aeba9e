package autodiff

// composition is what a fused op computes, written in ops that each have every derivative. A fused op uses it
// for the derivatives that it has no kernel for: they cost more there, but exist at every order.
type composition func(s *Scope, c *Call, in []Var) Var

// replay runs f, recording, in a child r of s. xs are fresh stand-ins for the call's inputs, and floor is the
// first position of the tape that belongs to the run.
func (f composition) replay(s *Scope, c *Call) (r *Scope, xs []Var, y Var, floor int) {
	r = s.ChildMode(Record)
	floor = len(r.tape.nodes)
	xs = s.arena.vars(len(c.In))
	for i, v := range c.In {
		if r.active(v.n) {
			xs[i] = r.Identity(v)
		} else {
			xs[i] = r.Watch(v)
		}
	}
	return r, xs, f(r, c, xs), floor
}

// vjp sets the gradients that are needed and not set yet.
func (f composition) vjp(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
	n := 0
	for i := range grads {
		if need[i] && grads[i].IsZero() {
			n++
		}
	}
	if n == 0 {
		return
	}
	r, xs, y, floor := f.replay(s, c)
	e := r
	if !s.Recording() {
		e = r.ChildMode(Eval)
	}
	n = 0
	for i, x := range xs {
		if need[i] && grads[i].IsZero() {
			xs[n] = x
			n++
		}
	}
	got := s.arena.vars(n)
	e.vjp([]Var{y}, []Var{ct}, xs[:n], got, floor)
	n = 0
	for i := range grads {
		if need[i] && grads[i].IsZero() {
			grads[i] = got[n]
			n++
		}
	}
	if e != r {
		e.Close(got...)
	}
	r.Close(got...)
	s.arena.putVars(got)
	s.arena.putVars(xs)
}

// jvp is the tangent of the composition.
func (f composition) jvp(s *Scope, c *Call, ts []Var) Var {
	r, xs, y, floor := f.replay(s, c)
	e := r
	if !s.Recording() {
		e = r.ChildMode(Eval)
	}
	var out [1]Var
	e.jvp(xs, ts, []Var{y}, out[:], floor)
	s.arena.putVars(xs)
	if e != r {
		e.Close(out[0])
	}
	r.Close(out[0])
	return out[0]
}
