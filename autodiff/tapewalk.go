package autodiff

// Calls iterates over the calls on the scope's tape in order: op and shape of the result. It yields nothing outside a
// recording scope.
func (s *Scope) Calls(yield func(op *Op, out Shape) bool) {
	if s.opened().tape == nil {
		return
	}
	for _, n := range s.tape.nodes {
		if n.op != nil && !yield(n.op, n.shape) {
			return
		}
	}
}
