package autodiff

// Policy says which intermediate values a network computes again in derivatives instead of keeping them.
type Policy uint8

// The policies. A network obeys RematBlock when its blocks are built for it, as the blocks of package unet are; a
// block whose config asks for it computes again under either. The result is the same to the last bit. Solving an ODE
// needs no policy: it keeps its state at every step, and one step is on the tape at a time.
const (
	RematNone  Policy = iota // computes nothing again: fastest
	RematBlock               // computes each block again: a second forward pass, and memory for one block and the inputs of all
)

// policies returns all policies, the fastest first.
func policies() []Policy { return []Policy{RematNone, RematBlock} }

// String returns "none" or "block".
func (p Policy) String() string {
	if p == RematBlock {
		return "block"
	}
	return "none"
}

// SetPolicy sets the policy of this scope and of the children opened after it.
func (s *Scope) SetPolicy(p Policy) { s.opened().policy = p }

// Policy returns the policy set here or in an ancestor; RematNone when none was.
func (s *Scope) Policy() Policy { return s.opened().policy }

// Remat returns f(in...) and keeps none of f's intermediate values: a derivative runs f again. params lists the
// parameters that f uses through Scope.Param and that are to be differentiated by. f must be a pure function of in
// and params. A derivative taken on a recording scope records the second run, so every order is right. Store f once
// (a method value made at construction) where a step must not allocate.
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
		VJP:  func(s *Scope, c *Call, ct Var, need []bool, grads []Var) { c.again(s).vjp(ct, need, grads) },
		JVP:  func(s *Scope, c *Call, ts []Var) Var { return c.again(s).jvp(ts) },
	}
}

// again runs the function of a Remat call a second time.
func (c *Call) again(s *Scope) *replay {
	k := c.Attr.I[0]
	p := s.replay(c, k)
	p.y = c.Attr.Any.(func(*Scope, []Var) Var)(p.r, p.xs[:k])
	return p
}
