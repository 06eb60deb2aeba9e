package autodiff

// Trace makes f see every call that runs on the arena's scopes, right after its evaluation; nil ends it. module is
// the path of the scope. A call made by a derivative rule has "d(MODULE.OP)" in its path, which names the call being
// differentiated. Use it to find where a value went wrong: a traced step allocates.
func (a *Arena) Trace(f func(c *Call, module string)) { a.trace = f }

// Op returns the op that was called.
func (c *Call) Op() *Op { return c.op }

// traced shows the call to the tracer, if there is one, and remembers its place for the rules.
func (s *Scope) traced(n *node) {
	if s.arena.trace == nil {
		return
	}
	n.module = s.Path()
	if n.module != "" {
		n.module += "."
	}
	n.module += n.op.Name
	s.arena.trace(&n.call, s.Path())
}

// ruleName returns the name of the scope that a derivative rule of n runs in.
func (n *node) ruleName() string {
	if n.module == "" {
		return n.op.Name
	}
	return "d(" + n.module + ")"
}
