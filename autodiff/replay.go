package autodiff

// replay is a second, recorded run of a call's computation, through which the call is differentiated: in a recording
// scope the run itself goes on the tape, so every order follows.
type replay struct {
	s, r  *Scope // the scope of the derivative, and the child that records the run
	xs    []Var  // stand-ins for the call's inputs, the only way the run depends on them
	y     Var    // the result of the run
	floor int    // position of the tape where the run begins
}

// replay opens a run of c. Inputs from position k on are parameters, which the run finds through Scope.Param.
func (s *Scope) replay(c *Call, k int) *replay {
	p := s.arena.replay()
	p.s, p.r = s, s.ChildMode(Record)
	p.floor = len(p.r.tape.nodes)
	p.xs = s.arena.vars(len(c.In))
	for i, v := range c.In {
		switch {
		case i >= k:
			p.xs[i] = p.r.Param(v.n.param)
		case p.r.active(v.n):
			p.xs[i] = p.r.Identity(v)
		default:
			p.xs[i] = p.r.Watch(v)
		}
	}
	return p
}

// derivative returns the scope that the sweep over the run computes in: it records only when s does.
func (p *replay) derivative() *Scope {
	if p.s.Recording() {
		return p.r
	}
	return p.r.ChildMode(Eval)
}

// vjp sets the gradients that are needed and not set yet, and ends the replay.
func (p *replay) vjp(ct Var, need []bool, grads []Var) {
	e := p.derivative()
	n := 0
	for i, x := range p.xs {
		if need[i] && grads[i].IsZero() {
			p.xs[n] = x
			n++
		}
	}
	got := p.s.arena.vars(n)
	e.vjp([]Var{p.y}, []Var{ct}, p.xs[:n], got, p.floor, e != p.r)
	n = 0
	for i := range grads {
		if need[i] && grads[i].IsZero() {
			grads[i] = got[n]
			n++
		}
	}
	p.end(e, got)
}

// jvp returns the tangent of the run and ends the replay.
func (p *replay) jvp(ts []Var) Var {
	e := p.derivative()
	out := p.s.arena.vars(1)
	e.jvp(p.xs, ts, []Var{p.y}, out, p.floor)
	t := out[0]
	p.end(e, out)
	return t
}

// end closes the scopes of the replay but for the Vars in keep, and returns its slices to the arena.
func (p *replay) end(e *Scope, keep []Var) {
	if e != p.r {
		e.Close(keep...)
	}
	p.r.Close(keep...)
	a := p.s.arena
	a.putVars(p.xs)
	a.putVars(keep)
	*p = replay{}
	a.replays = append(a.replays, p)
}
