package diffusion

import "tweedie/autodiff"

// gradient sets dst = J' bar + w grad_x sum_j weight e_j' J e_j, where J = dF/dx in grid time at x [rows,dim] and
// weight is 1 over the number of probes, or 1 for an exact trace. Unless dx is nil it also sets dx = F. It takes one
// evaluation for each group of directions and, where some w is not zero, a recorded forward sweep for each direction
// and a reverse sweep for each group.
func (f *flow) gradient(rows []int, tau, x, bar, w, dst, dx []float64) {
	f.clock(tau)
	weight := 1.0
	if !f.same {
		weight = 1 / float64(f.n)
	}
	n := 0
	for r := range rows {
		if w[r] != 0 {
			n = f.n
		}
		for c := r * f.dim; c < (r+1)*f.dim; c++ {
			a, _ := f.coef(r)
			dst[c] = a * bar[c]
		}
	}
	group := f.group
	if group == 0 {
		group = max(n, 1)
	}
	for lo := 0; lo == 0 || lo < n; lo += group {
		f.gradientGroup(rows, x, bar, w, dst, dx, lo, min(lo+group, n), weight)
	}
}

// gradientGroup adds the part of gradient that directions lo to hi-1 contribute to dst and, with lo = 0, the term J'
// bar.
func (f *flow) gradientGroup(rows []int, x, bar, w, dst, dx []float64, lo, hi int, weight float64) {
	s := f.arena.Scope(autodiff.Record, autodiff.F64)
	defer s.Close()
	s.Freeze()
	u := s.Watch(f.gather(s, len(rows), func(r int) []float64 { return x[r*f.dim:][:f.dim] }))
	score := Score(s, f.den, f.sched, u, f.t)
	ys, cts := f.ys[:0], f.cts[:0]
	if lo == 0 {
		if dx != nil {
			f.scatter(score, func(r int, v []float64) {
				a, b := f.coef(r)
				for c := range v {
					dx[r*f.dim+c] = a*x[r*f.dim+c] + b*v[c]
				}
			})
		}
		ys = append(ys, score)
		cts = append(cts, f.weighted(s, len(rows), func(r, c int) float64 {
			_, b := f.coef(r)
			return b * bar[r*f.dim+c]
		}))
	}
	for j := lo; j < hi; j++ {
		e := f.gather(s, len(rows), func(r int) []float64 { return f.dir(rows[r], j) })
		var out [1]autodiff.Var
		s.JVP([]autodiff.Var{u}, []autodiff.Var{e}, []autodiff.Var{score}, out[:])
		ys = append(ys, out[0])
		cts = append(cts, f.weighted(s, len(rows), func(r, c int) float64 {
			_, b := f.coef(r)
			return b * w[r] * weight * f.dir(rows[r], j)[c]
		}))
	}
	f.ys, f.cts = ys, cts
	c := s.ChildMode(autodiff.Eval)
	var grad [1]autodiff.Var
	c.VJPLast(ys, cts, []autodiff.Var{u}, grad[:])
	f.scatter(grad[0], func(r int, v []float64) {
		for c := range v {
			dst[r*f.dim+c] += v[c]
		}
	})
}
