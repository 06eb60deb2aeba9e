package autodiff

import "fmt"

// JVP sets out[j] = sum_i (d ys[j] / d xs[i]) ts[i] by pushing the tangents ts of xs along the tape. It takes xs as
// independent of one another. The result lives in s and, when s records, can be differentiated again in either
// direction: reverse over forward gives the gradient of a divergence. A zero Var among ts means zero. It panics with
// a *ValueError when the lengths disagree.
func (s *Scope) JVP(xs, ts, ys, out []Var) { s.jvp(xs, ts, ys, out, 0) }

// jvp does the work of JVP through the calls from position floor of the tape on.
func (s *Scope) jvp(xs, ts, ys, out []Var, floor int) {
	s.checkPairs("jvp", xs, ts)
	if len(ys) != len(out) {
		panic(&ValueError{Op: "jvp", Module: s.Path(), Msg: fmt.Sprintf("%d outputs but room for %d tangents", len(ys), len(out))})
	}
	for _, y := range ys {
		y.node("jvp", s.Path())
	}
	t, lo, hi, ok := span(xs, ys)
	if !ok {
		for j, y := range ys {
			out[j] = s.zerosLike(y)
		}
		return
	}
	w := s.arena.sweep(lo, hi)
	w.mark(t, xs, floor)
	for i := range w.dep {
		for _, v := range t.nodes[lo+i].call.In {
			if w.dep[i] && w.has(t, v) {
				w.uses[v.n.at-lo]++
			}
		}
	}
	for i, x := range xs {
		if !ts[i].IsZero() && w.has(t, x) {
			w.hold(x.n.at-lo, ts[i])
		}
	}
	for i := range w.dep {
		n := t.nodes[lo+i]
		if w.dep[i] && n.op != nil && lo+i >= floor && !wanted(n, xs) {
			w.push(s, t, n, i, ys)
		}
	}
	for j, y := range ys {
		out[j] = Var{}
		if w.has(t, y) {
			out[j] = w.val[y.n.at-lo]
		}
		if out[j].IsZero() {
			out[j] = s.zerosLike(y)
		}
	}
	for _, v := range w.val {
		if !v.IsZero() {
			v.n.slots = 0
		}
	}
	s.arena.endSweep(w)
}

// push runs the JVP rule of n on the tangents of its inputs and fills slot i.
func (w *sweep) push(s *Scope, t *tape, n *node, i int, ys []Var) {
	k := len(n.call.In)
	base := len(w.grads)
	some := false
	for _, v := range n.call.In {
		var tv Var
		if w.has(t, v) {
			tv = w.val[v.n.at-w.lo]
		}
		some = some || !tv.IsZero()
		w.grads = append(w.grads, tv)
	}
	ts := w.grads[base : base+k]
	if some {
		r := s.arena.open(s, s.mode, n.dt, n.ruleName())
		var tan Var
		if n.op.JVP != nil {
			tan = n.op.JVP(r, &n.call, ts)
		} else {
			for j := range ts {
				if ts[j].IsZero() {
					ts[j] = r.zerosLike(n.call.In[j])
				}
			}
			tan = r.Apply(n.op, n.call.Attr, ts...)
		}
		r.Close(tan)
		if !tan.IsZero() {
			if tan.Shape() != n.shape {
				panic(&ShapeError{Op: n.op.Name, Module: s.Path(), Shapes: []Shape{n.shape}, Msg: fmt.Sprintf("the JVP rule returned shape %v", tan.n.shape)})
			}
			w.hold(i, tan)
		}
	}
	clear(ts)
	w.grads = w.grads[:base]
	for _, v := range n.call.In {
		if !w.has(t, v) {
			continue
		}
		j := v.n.at - w.lo
		if w.uses[j]--; w.uses[j] == 0 && !w.val[j].IsZero() && !wanted(v.n, ys) {
			w.drop(s, j)
		}
	}
}
