package autodiff

import "fmt"

// Param is a tensor of a network, stored in float32 outside of every Scope. Ops see it through Scope.Param.
// Gradients are returned by VJP and never stored here, so goroutines may share parameters that nobody writes.
type Param struct {
	name    string
	shape   Shape
	data    []float32
	version uint64
	frozen  bool
}

// NewParam returns a trainable parameter of zeros.
func NewParam(name string, shape Shape) *Param {
	return &Param{name: name, shape: shape, data: make([]float32, shape.Size())}
}

// NewParamOver returns a trainable parameter stored in data, row-major, which is not copied: whoever else writes to
// it calls Touch. It panics with a *ValueError when the length does not fit the shape.
func NewParamOver(name string, shape Shape, data []float32) *Param {
	if n := shape.Size(); n != len(data) {
		panic(&ValueError{Op: "param", Msg: fmt.Sprintf("%q has %d elements of shape %v, the data %d", name, n, shape, len(data))})
	}
	return &Param{name: name, shape: shape, data: data}
}

// NewLazyParam returns a trainable parameter whose storage the first call of Data makes: Plan scopes need none. Using
// it in another scope before that is a *ValueError.
func NewLazyParam(name string, shape Shape) *Param { return &Param{name: name, shape: shape} }

// Name returns the parameter's path in its network, such as "down.0.conv1.weight".
func (p *Param) Name() string { return p.name }

// SetName renames the parameter.
func (p *Param) SetName(name string) { p.name = name }

// Shape returns the extent of every axis.
func (p *Param) Shape() Shape { return p.shape }

// Data returns the live storage, row-major. Call Touch after writing to it.
func (p *Param) Data() []float32 {
	if p.data == nil {
		p.data = make([]float32, p.shape.Size())
	}
	return p.data
}

// Touch says that Data was written: copies made before are stale, and using one is an error.
func (p *Param) Touch() { p.version++ }

// Version counts the calls of Touch.
func (p *Param) Version() uint64 { return p.version }

// Trainable reports whether training changes the parameter; running statistics and other buffers stay out of it.
func (p *Param) Trainable() bool { return !p.frozen }

// SetTrainable says whether training changes the parameter.
func (p *Param) SetTrainable(on bool) { p.frozen = !on }

type paramKey struct {
	p      *Param
	dt     DType
	frozen bool
}

type paramVar struct {
	v       Var
	version uint64
}

// Param returns p as a Var: its own storage in an F32 scope, a widened copy in an F64 scope, and the same Var each
// time within one tape. It can be differentiated by when p is trainable and the scope is not frozen. It panics with a
// *ValueError when p was written since the scope first used it, or has no values yet.
func (s *Scope) Param(p *Param) Var {
	h := s.check().home
	if p == nil {
		panic(&ValueError{Op: "param", Module: s.Path(), Msg: "the *Param is nil; NewParam makes one"})
	}
	key := paramKey{p, s.dt, p.frozen || s.frozen || h.tape == nil}
	if pv, ok := h.params[key]; ok {
		if pv.version != p.version {
			panic(&ValueError{Op: "param", Module: s.Path(), Msg: fmt.Sprintf("%q was written while this scope used it; close the scope first", p.name)})
		}
		return pv.v
	}
	if p.data == nil && !s.mode.planning() {
		panic(&ValueError{Op: "param", Module: s.Path(), Msg: fmt.Sprintf("%q has no values yet: load or set them first", p.name)})
	}
	n := h.newNode(0)
	n.shape, n.dt, n.param = p.shape, s.dt, p
	v := Var{n, n.gen}
	switch {
	case s.dt == F32 && s.mode.planning():
		n.buf = s.arena.external(nil)
	case s.dt == F32:
		n.buf = s.arena.external(p.data)
	case s.mode.planning():
		n.buf = s.arena.get(p.shape.Size(), F64, true)
	default:
		n.buf = s.arena.get(p.shape.Size(), F64, false)
		v.Set32(p.data)
	}
	if !key.frozen {
		n.tape, n.at, n.read = h.tape, len(h.tape.nodes), true
		h.tape.nodes = append(h.tape.nodes, n)
	}
	if h.params == nil {
		h.params = make(map[paramKey]paramVar)
	}
	h.params[key] = paramVar{v, p.version}
	return v
}

// Freeze makes parameters constants in this scope and in the children opened after it.
func (s *Scope) Freeze() { s.opened().frozen = true }
