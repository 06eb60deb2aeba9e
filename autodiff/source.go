package autodiff

import "tweedie/internal/kernel"

// Input returns a Var of the given shape whose values are undefined until it is Set.
func (s *Scope) Input(shape Shape) Var {
	n := s.newNode(0)
	n.shape, n.dt = shape, s.dt
	n.buf = s.arena.get(shape.Size(), s.dt, s.mode.planning())
	return Var{n, n.gen}
}

// Full returns a Var filled with x.
func (s *Scope) Full(shape Shape, x float64) Var {
	v := s.Input(shape)
	if s.mode.planning() {
		return v
	}
	if s.dt == F64 {
		kernel.Fill(Host[float64](v), x)
	} else {
		kernel.Fill(Host[float32](v), float32(x))
	}
	return v
}

// Zeros returns a Var of zeros.
func (s *Scope) Zeros(shape Shape) Var { return s.Full(shape, 0) }

// Ones returns a Var of ones.
func (s *Scope) Ones(shape Shape) Var { return s.Full(shape, 1) }

// Scalar returns x as a Var of rank 0.
func (s *Scope) Scalar(x float64) Var { return s.Full(Shape{}, x) }

// Const64 returns a Var with a copy of src in row-major order. It panics when the length does not fit the shape.
func (s *Scope) Const64(shape Shape, src []float64) Var {
	v := s.Input(shape)
	v.sameLen("const", len(src))
	if !s.mode.planning() {
		v.Set64(src)
	}
	return v
}

// Const32 returns a Var with a copy of src in row-major order. It panics when the length does not fit the shape.
func (s *Scope) Const32(shape Shape, src []float32) Var {
	v := s.Input(shape)
	v.sameLen("const", len(src))
	if !s.mode.planning() {
		v.Set32(src)
	}
	return v
}

// Watch returns v as something to differentiate by: ops on the returned Var go on the tape. It shares v's storage. A
// Var that is on the tape already, and any Var outside a recording scope, is returned unchanged.
func (s *Scope) Watch(v Var) Var {
	m := v.node("watch", s.Path())
	if s.tape == nil || m.tape == s.tape {
		return v
	}
	w := s.alias(v)
	w.n.tape, w.n.at, w.n.read = s.tape, len(s.tape.nodes), true
	s.tape.nodes = append(s.tape.nodes, w.n)
	return w
}

// StopGradient returns v as a constant: nothing is differentiated through it. It shares v's storage.
func (s *Scope) StopGradient(v Var) Var {
	if m := v.node("stop_gradient", s.Path()); !s.active(m) {
		return v
	}
	return s.alias(v)
}

// alias makes a node without a history on v's storage.
func (s *Scope) alias(v Var) Var {
	m := v.n
	n := s.newNode(0)
	n.shape, n.dt, n.buf = m.shape, m.dt, m.buf
	if n.buf != nil {
		n.buf.refs++
	}
	return Var{n, n.gen}
}
