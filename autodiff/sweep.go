package autodiff

// sweep is the working memory of one pass over a stretch [lo, hi] of a tape. Each VJP and JVP has its own, so
// that they nest.
type sweep struct {
	lo    int
	val   []Var  // cotangent or tangent of each call
	dep   []bool // the call depends on the Vars differentiated by
	uses  []int  // how many calls still read the tangent
	need  []bool
	grads []Var
	since uint64 // nodes with a later serial were made by this sweep
}

func (a *Arena) sweep(lo, hi int) *sweep {
	var w *sweep
	if k := len(a.sweeps); k > 0 {
		w = a.sweeps[k-1]
		a.sweeps = a.sweeps[:k-1]
	} else {
		w = &sweep{}
	}
	n := hi - lo + 1
	w.lo, w.since = lo, a.serial
	w.val = resize(w.val, n)
	w.dep = resize(w.dep, n)
	w.uses = resize(w.uses, n)
	return w
}

func (a *Arena) endSweep(w *sweep) {
	clear(w.val)
	clear(w.grads)
	a.sweeps = append(a.sweeps, w)
}

// resize returns s with n zero elements, in place when they fit.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	s = s[:n]
	clear(s)
	return s
}

// mark finds the calls in the stretch that depend on xs. Calls before floor count only as members of xs.
func (w *sweep) mark(t *tape, xs []Var, floor int) {
	for _, x := range xs {
		if x.n.tape == t && x.n.at >= w.lo && x.n.at < w.lo+len(w.dep) {
			w.dep[x.n.at-w.lo] = true
		}
	}
	for i := max(floor-w.lo, 0); i < len(w.dep); i++ {
		if w.dep[i] {
			continue
		}
		for _, v := range t.nodes[w.lo+i].call.In {
			if w.has(t, v) {
				w.dep[i] = true
				break
			}
		}
	}
}

// has reports whether v is a call of the stretch that depends on the Vars differentiated by.
func (w *sweep) has(t *tape, v Var) bool {
	n := v.n
	return n.gen == v.gen && n.tape == t && n.at >= w.lo && n.at < w.lo+len(w.dep) && w.dep[n.at-w.lo]
}

// hold puts v into slot i; drop empties the slot. A Var that the sweep made is given back once no slot holds it,
// unless a rule on the tape reads it.
func (w *sweep) hold(i int, v Var) {
	w.val[i] = v
	v.n.slots++
}

func (w *sweep) drop(s *Scope, i int) {
	v := w.val[i]
	w.val[i] = Var{}
	if v.n.slots--; v.n.slots == 0 && w.owns(s, v) {
		s.release(v)
	}
}

func (w *sweep) owns(s *Scope, v Var) bool {
	return v.n.scope == s && v.n.serial > w.since
}

// span returns the stretch of the tape from the first of xs to the last of ys; ok is false when there is none.
func span(xs, ys []Var) (t *tape, lo, hi int, ok bool) {
	hi = -1
	for _, y := range ys {
		if y.n.tape != nil {
			t, hi = y.n.tape, max(hi, y.n.at)
		}
	}
	lo = hi + 1
	for _, x := range xs {
		if x.n.tape == t && t != nil {
			lo = min(lo, x.n.at)
		}
	}
	return t, lo, hi, t != nil && lo <= hi
}
