package autodiff

// Mode says what a Scope does with the ops that run on it.
type Mode uint8

// The modes. A Plan scope infers shapes and counts bytes and runs no kernel, so that the peak of a run is known
// before it starts; PlanRecord keeps a tape as Record does.
const (
	Eval       Mode = 0
	Record     Mode = 1
	Plan       Mode = 2
	PlanRecord Mode = 3
)

func (m Mode) planning() bool  { return m&Plan != 0 }
func (m Mode) recording() bool { return m&Record != 0 }

// tape holds the calls of a recording scope and its recording children, in order.
type tape struct {
	nodes []*node
	root  *Scope
}

// Scope is where ops run and Vars live. It borrows buffers from its Arena and gives all back at Close but those of
// the Vars that are kept. Scopes nest: each layer runs in a child and keeps only its result. While a tape is
// recorded, a child's Close gives back every buffer that no rule on the tape declared to read.
type Scope struct {
	arena  *Arena
	parent *Scope
	home   *Scope // holds the Vars of parameters
	tape   *tape
	own    []*node
	kids   []*Scope
	path   string // names from the root to here, joined by dots
	mode   Mode
	dt     DType
	frozen bool
	policy Policy
	closed bool
	params map[paramKey]paramVar
	spare  tape
}

// Scope opens a root scope.
func (a *Arena) Scope(mode Mode, dt DType) *Scope { return a.open(nil, mode, dt, "") }

func (a *Arena) open(parent *Scope, mode Mode, dt DType, name string) *Scope {
	if a == nil {
		panic(&LifetimeError{Op: "scope", Msg: "the Arena is nil; NewArena makes one"})
	}
	mode |= a.mode
	var s *Scope
	if k := len(a.scopes); k > 0 {
		s = a.scopes[k-1]
		a.scopes = a.scopes[:k-1]
	} else {
		s = &Scope{arena: a}
	}
	s.path = a.path(parent.Path(), name)
	s.parent, s.mode, s.dt, s.closed = parent, mode, dt, false
	s.frozen, s.policy, s.tape, s.home = false, RematNone, nil, s
	if parent != nil {
		s.frozen, s.policy, s.home = parent.frozen, parent.policy, parent.home
		s.tape = parent.tape
		parent.kids = append(parent.kids, s)
	}
	if !mode.recording() {
		s.tape = nil
	} else if s.tape == nil {
		s.spare.root = s
		s.tape, s.home = &s.spare, s
	}
	return s
}

// Child opens a nested scope of the same mode.
func (s *Scope) Child() *Scope { return s.check().arena.open(s, s.mode, s.dt, "") }

// Enter opens a Child with a name, which error messages show as part of the module's path.
func (s *Scope) Enter(name string) *Scope { return s.check().arena.open(s, s.mode, s.dt, name) }

// ChildMode opens a nested scope of another mode. An Eval child of a recording scope computes without recording (a Var
// that it keeps is a constant to the tape); a Record child of an Eval scope starts a tape of its own. A child of a Plan
// scope plans too, whatever mode is given.
func (s *Scope) ChildMode(mode Mode) *Scope {
	return s.check().arena.open(s, mode|s.mode&Plan, s.dt, "")
}

// ChildType opens a nested scope of another element type; Cast carries values across.
func (s *Scope) ChildType(dt DType) *Scope { return s.check().arena.open(s, s.mode, dt, "") }

func (s *Scope) check() *Scope {
	if s.opened().closed {
		panic(&LifetimeError{Op: "scope", Msg: "the Scope is closed"})
	}
	return s
}

// opened panics unless an arena opened s.
func (s *Scope) opened() *Scope {
	if s == nil || s.arena == nil {
		panic(&LifetimeError{Op: "scope", Msg: "the Scope was never opened; NewArena().Scope opens one"})
	}
	return s
}

// Mode returns the mode that the scope runs in.
func (s *Scope) Mode() Mode { return s.opened().mode }

// DType returns the element type of the scope's Vars.
func (s *Scope) DType() DType { return s.opened().dt }

// Arena returns the arena that the scope borrows from.
func (s *Scope) Arena() *Arena { return s.opened().arena }

// Recording reports whether ops go on a tape.
func (s *Scope) Recording() bool { return s.opened().tape != nil }

// Path returns the names of the scope and its ancestors, joined by dots.
func (s *Scope) Path() string {
	if s == nil {
		return ""
	}
	return s.path
}

// path joins the parent's path and name. The arena keeps the result, so a repeated step allocates nothing.
func (a *Arena) path(above, name string) string {
	if above == "" || name == "" {
		return above + name
	}
	key := [2]string{above, name}
	p, ok := a.paths[key]
	if !ok {
		if a.paths == nil {
			a.paths = make(map[[2]string]string)
		}
		p = above + "." + name
		a.paths[key] = p
	}
	return p
}

func (s *Scope) newNode(inputs int) *node {
	s.check()
	n := s.arena.node(inputs)
	n.scope = s
	s.own = append(s.own, n)
	return n
}

// Close ends the scope. The Vars in keep that live here move to the parent; every other Var of the scope ends.
// Closing the scope where a tape began ends the tape. Closing a root, or closing twice, keeps nothing.
func (s *Scope) Close(keep ...Var) {
	if s.opened().closed {
		return
	}
	for len(s.kids) > 0 {
		s.kids[len(s.kids)-1].Close()
	}
	if p := s.parent; p != nil {
		for _, v := range keep {
			if v.n != nil && v.n.gen == v.gen && v.n.scope == s {
				v.n.keep = true
			}
		}
		p.forget(s)
	}
	taped := s.tape != nil && s.tape.root != s
	for i, n := range s.own {
		s.own[i] = nil
		switch {
		case n.keep:
			n.keep = false
			if !taped {
				n.detach()
			}
			s.parent.take(n)
		case taped && (n.read || n.input || n.tape == s.tape):
			if !n.read && n.buf != nil {
				s.arena.put(n.buf)
				n.buf = nil
			}
			n.inner = true
			s.tape.root.take(n)
		default:
			s.arena.recycle(n)
		}
	}
	s.own = s.own[:0]
	clear(s.params)
	if s.tape != nil && s.tape.root == s {
		clear(s.spare.nodes)
		s.spare.nodes = s.spare.nodes[:0]
	}
	s.closed, s.tape, s.parent, s.home = true, nil, nil, nil
	s.arena.scopes = append(s.arena.scopes, s)
}

// take makes s the owner of n.
func (s *Scope) take(n *node) {
	n.scope = s
	s.own = append(s.own, n)
}

// detach takes n off its tape: from here on it has no history.
func (n *node) detach() {
	n.tape, n.op, n.read, n.input, n.inner, n.param = nil, nil, false, false, false, nil
	clear(n.call.In)
	n.call.In = n.call.In[:0]
}

func (s *Scope) forget(kid *Scope) {
	for i := len(s.kids) - 1; i >= 0; i-- {
		if s.kids[i] == kid {
			s.kids = append(s.kids[:i], s.kids[i+1:]...)
			return
		}
	}
}

// release gives back the storage of v ahead of its scope's Close.
func (s *Scope) release(v Var) {
	if v.n.buf != nil && !v.n.read {
		s.arena.put(v.n.buf)
		v.n.buf = nil
	}
}
