package autodiff

// Remat is f(in...) that keeps none of f's intermediate values: a derivative runs f again. params are the
// parameters that f uses through Scope.Param and that are to be differentiated by. f must be a pure function of
// in and params. A derivative taken on a recording scope records the second run, so every order is right.
// Store f once (a method value made at construction) where a step must not allocate.
func (s *Scope) Remat(f func(s *Scope, in []Var) Var, params []*Param, in ...Var) Var {
	c := s.ChildMode(Eval)
	xs := s.arena.vars(len(in)) // f may keep its argument, so in would escape
	copy(xs, in)
	y := f(c, xs)
	c.Close(y)
	s.arena.putVars(xs)
	n := s.newNode(len(in) + len(params))
	n.op = rematOp
	n.call.Attr = Attr{Any: f}
	n.call.Attr.I[0] = len(in)
	n.call.op, n.call.scope = rematOp, s
	n.call.In = append(n.call.In[:0], in...)
	for _, p := range params {
		n.call.In = append(n.call.In, s.Param(p))
	}
	m := y.node("remat", s.Path())
	n.shape, n.dt, n.buf = m.shape, m.dt, m.buf
	n.buf.refs++
	n.call.Out = Var{n, n.gen}
	active := false
	for _, v := range n.call.In {
		active = active || s.active(v.node("remat", s.Path()))
	}
	s.record(n, active)
	if active {
		for _, v := range n.call.In {
			v.n.read = true
		}
	}
	return n.call.Out
}

var rematOp *Op

func init() {
	rematOp = &Op{
		Name: "remat",
		VJP: func(s *Scope, c *Call, ct Var, need []bool, grads []Var) {
			r, xs, y, floor := c.replay(s)
			e := r
			if !s.Recording() {
				e = r.ChildMode(Eval)
			}
			all := s.arena.vars(len(xs))
			e.vjp([]Var{y}, []Var{ct}, xs, all, floor)
			copy(grads, all)
			s.arena.putVars(all)
			s.arena.putVars(xs)
			if e != r {
				e.Close(grads...)
			}
			r.Close(grads...)
		},
		JVP: func(s *Scope, c *Call, ts []Var) Var {
			r, xs, y, floor := c.replay(s)
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
		},
	}
}

// replay runs the function of a Remat call again, recording, in a child r of s. xs are fresh stand-ins for the
// call's inputs, and floor is the first position of the tape that belongs to the second run.
func (c *Call) replay(s *Scope) (r *Scope, xs []Var, y Var, floor int) {
	r = s.ChildMode(Record)
	floor = len(r.tape.nodes)
	k := c.Attr.I[0]
	xs = s.arena.vars(len(c.In))
	for i, v := range c.In {
		switch {
		case i >= k:
			xs[i] = r.Param(v.n.param)
		case r.active(v.n):
			xs[i] = r.Identity(v)
		default:
			xs[i] = r.Watch(v)
		}
	}
	y = c.Attr.Any.(func(*Scope, []Var) Var)(r, xs[:k])
	return r, xs, y, floor
}

// vars is a slice of n zero Vars from the arena's spares.
func (a *Arena) vars(n int) []Var {
	if k := len(a.spareVars); k > 0 {
		v := a.spareVars[k-1]
		a.spareVars = a.spareVars[:k-1]
		return resize(v, n)
	}
	return make([]Var, n, 2*n)
}

func (a *Arena) putVars(v []Var) {
	clear(v)
	a.spareVars = append(a.spareVars, v)
}
