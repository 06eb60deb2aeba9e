package autodiff

import "fmt"

// VJP sets grads[i] = sum_j (d ys[j] / d xs[i])^T cts[j]: the total derivative, through every path on the tape, and
// zeros where there is none. The result lives in s and, when s records, can be differentiated again; on an Eval child
// of the recording scope it is a constant, and intermediate cotangents are given back at once. A zero Var among cts
// means zero. It panics with a *ValueError when the lengths disagree.
func (s *Scope) VJP(ys, cts, xs, grads []Var) { s.vjp(ys, cts, xs, grads, 0, false) }

// VJPLast does what VJP does when nothing is differentiated through the tape afterwards: it gives back each value as
// soon as the sweep has passed its call, so less memory is in use at once. Values that open scopes own are kept. On a
// recording scope, whose results refer to the tape, it does the same as VJP.
func (s *Scope) VJPLast(ys, cts, xs, grads []Var) {
	s.vjp(ys, cts, xs, grads, 0, s.opened().tape == nil)
}

// vjp does the work of VJP through the calls from position floor of the tape on; last says that no later derivative
// goes through these calls.
func (s *Scope) vjp(ys, cts, xs, grads []Var, floor int, last bool) {
	s.checkPairs("vjp", ys, cts)
	if len(xs) != len(grads) {
		panic(&ValueError{Op: "vjp", Module: s.Path(), Msg: fmt.Sprintf("%d inputs but room for %d gradients", len(xs), len(grads))})
	}
	for _, x := range xs {
		x.node("vjp", s.Path())
	}
	t, lo, hi, ok := span(xs, ys)
	if !ok {
		for i, x := range xs {
			grads[i] = s.zerosLike(x)
		}
		return
	}
	w := s.arena.sweep(lo, hi)
	w.mark(t, xs, floor)
	for j, y := range ys {
		if !cts[j].IsZero() && w.has(t, y) {
			w.add(s, y.n.at-lo, cts[j])
		}
	}
	for i := hi - lo; i >= 0; i-- {
		n := t.nodes[lo+i]
		if w.dep[i] && !w.val[i].IsZero() && n.op != nil && lo+i >= floor {
			w.back(s, t, n, i)
			if !wanted(n, xs) {
				w.drop(s, i)
			}
		}
		if last && n.inner && lo+i >= floor && n.buf != nil && !wanted(n, xs) {
			s.arena.put(n.buf)
			n.buf = nil
		}
	}
	for i, x := range xs {
		grads[i] = Var{}
		if w.has(t, x) {
			grads[i] = w.val[x.n.at-lo]
		}
		if grads[i].IsZero() {
			grads[i] = s.zerosLike(x)
		}
	}
	for i, v := range w.val {
		if !v.IsZero() {
			w.val[i].n.slots = 0
		}
	}
	s.arena.endSweep(w)
}

// back runs the VJP rule of n on the cotangent in slot i and adds to the slots of its inputs.
func (w *sweep) back(s *Scope, t *tape, n *node, i int) {
	k := len(n.call.In)
	base := len(w.grads)
	some := false
	for _, v := range n.call.In {
		dep := w.has(t, v)
		some = some || dep
		w.need = append(w.need, dep)
		w.grads = append(w.grads, Var{})
	}
	need, grads := w.need[len(w.need)-k:], w.grads[base:base+k]
	if some {
		w.rule(s, n, i, need, grads)
	}
	clear(grads)
	w.need, w.grads = w.need[:len(w.need)-k], w.grads[:base]
}

// rule runs the VJP rule of n and checks and adds what it returns.
func (w *sweep) rule(s *Scope, n *node, i int, need []bool, grads []Var) {
	r := s.arena.open(s, s.mode, n.dt, n.ruleName())
	n.op.VJP(r, &n.call, w.val[i], need, grads)
	r.Close(grads...)
	for j, g := range grads {
		if !need[j] || g.IsZero() {
			continue
		}
		in := n.call.In[j].n
		if g.Shape() != in.shape {
			panic(&ShapeError{Op: n.op.Name, Module: s.Path(), Shapes: []Shape{in.shape}, Msg: fmt.Sprintf("the VJP rule returned shape %v for input %d", g.n.shape, j)})
		}
		w.add(s, in.at-w.lo, g)
	}
}

// add accumulates g into slot i.
func (w *sweep) add(s *Scope, i int, g Var) {
	old := w.val[i]
	if old.IsZero() {
		w.hold(i, g)
		return
	}
	c := s.ChildType(g.n.dt)
	sum := c.Add(old, g)
	c.Close(sum)
	free := g.n.slots == 0 && w.owns(s, g)
	w.drop(s, i)
	w.hold(i, sum)
	if free && g != old {
		s.release(g)
	}
}

func wanted(n *node, xs []Var) bool {
	for _, x := range xs {
		if x.n == n {
			return true
		}
	}
	return false
}

// zerosLike returns zeros with the shape and element type of x.
func (s *Scope) zerosLike(x Var) Var {
	c := s.ChildType(x.DType())
	z := c.Zeros(x.Shape())
	c.Close(z)
	return z
}

func (s *Scope) checkPairs(op string, ys, cts []Var) {
	if len(ys) != len(cts) {
		panic(&ValueError{Op: op, Module: s.Path(), Msg: fmt.Sprintf("%d Vars but %d directions", len(ys), len(cts))})
	}
	for j, y := range ys {
		y.node(op, s.Path())
		if c := cts[j]; !c.IsZero() && c.Shape() != y.n.shape {
			panic(&ShapeError{Op: op, Module: s.Path(), Shapes: []Shape{y.n.shape}, Msg: fmt.Sprintf("its direction has shape %v", c.n.shape)})
		}
	}
}

// Grad sets grads[i] = dy/dxs[i] for a y with one element. It panics with a *ShapeError when y has more.
func (s *Scope) Grad(y Var, xs, grads []Var) { s.VJP([]Var{y}, []Var{s.unit(y)}, xs, grads) }

// GradLast does the same as Grad with VJPLast.
func (s *Scope) GradLast(y Var, xs, grads []Var) { s.VJPLast([]Var{y}, []Var{s.unit(y)}, xs, grads) }

// unit returns 1 in the shape and element type of y, which must have one element.
func (s *Scope) unit(y Var) Var {
	if y.Size() != 1 {
		panic(&ShapeError{Op: "grad", Module: s.Path(), Shapes: []Shape{y.n.shape}, Msg: "a gradient needs one element; use VJP"})
	}
	c := s.ChildType(y.DType())
	one := c.Ones(y.Shape())
	c.Close(one)
	return one
}

// Grad1 returns dy/dx for a y with one element.
func (s *Scope) Grad1(y, x Var) Var {
	var g [1]Var
	s.Grad(y, []Var{x}, g[:])
	return g[0]
}
