package diffusion

// backward sets grad [n,dim] to d log p/dx for the batch that forward has integrated, by undoing its steps or by the
// continuous adjoint.
func (b *solve) backward(grad []float64) error {
	copy(grad, b.dpi)
	if b.p.Config.Adjoint {
		return b.adjoint(grad)
	}
	d := b.f.dim
	s := b.solver(d)
	s.rhs = func(rows []int, tau, y, dy []float64) error {
		b.f.slope(rows, tau, y, dy, false)
		return nil
	}
	// Undo the last steps first, for all samples together that have a step of that number.
	for last := b.longest(); last > 0; last-- {
		rows := s.rows[:0]
		for r := range b.path {
			if len(b.path[r]) >= last {
				rows = append(rows, r)
			}
		}
		s.rows = rows
		s.reserve(len(rows))
		for p, r := range rows {
			g := b.path[r][last-1]
			s.tau[p], s.h[p] = g.tau, g.h
			copy(s.y[p*d:], g.x)
		}
		if err := b.undo(s, rows, grad); err != nil {
			return err
		}
	}
	return nil
}

// longest returns the largest number of steps that a sample has left to undo.
func (b *solve) longest() int {
	n := 0
	for _, p := range b.path {
		n = max(n, len(p))
	}
	return n
}

// undo takes the gradient back through one step of the packed rows, which s is at. With lambda the gradient after the
// step,
//
//	kbar_i = h (B_i lambda + sum_j>i A_ji ybar_j),   ybar_i = J(y_i)' kbar_i + h B_i grad div(y_i),
//
// the gradient before it is lambda + sum_i ybar_i.
func (b *solve) undo(s *solver, rows []int, grad []float64) error {
	d := b.f.dim
	stages := len(s.tab.B)
	for stages > 1 && s.tab.B[stages-1] == 0 {
		stages-- // the last stage of a first-same-as-last method moves nothing
	}
	b.reserve(stages, len(rows))
	inputs, ybar, kbar, w := b.inputs, b.ybar, b.kbar, b.w
	for i := range stages {
		s.stageInput(i, inputs[i])
		if i+1 == stages {
			break
		}
		for p, t := range s.tau {
			s.at[p] = t + s.tab.C[i]*s.h[p]
		}
		if err := s.call(s.at, inputs[i], s.k[i]); err != nil {
			return err
		}
	}
	for i := stages - 1; i >= 0; i-- {
		for p, r := range rows {
			for c := range d {
				sum := s.tab.B[i] * grad[r*d+c]
				for j := i + 1; j < stages; j++ {
					sum += s.tab.A[j][i] * ybar[j][p*d+c]
				}
				kbar[p*d+c] = s.h[p] * sum
			}
			w[p] = s.h[p] * s.tab.B[i]
			s.at[p] = s.tau[p] + s.tab.C[i]*s.h[p]
		}
		if err := b.ctx.Err(); err != nil {
			return err
		}
		b.f.gradient(rows, s.at, inputs[i], kbar, w, ybar[i], nil)
	}
	for p, r := range rows {
		b.evals[r] += 2*stages - 1
		for c := range d {
			for i := range stages {
				grad[r*d+c] += ybar[i][p*d+c]
			}
		}
	}
	return nil
}

// reserve makes room for the stages of undo.
func (b *solve) reserve(stages, rows int) {
	for len(b.inputs) < stages {
		b.inputs, b.ybar = append(b.inputs, nil), append(b.ybar, nil)
	}
	for i := range stages {
		b.inputs[i], b.ybar[i] = resize(b.inputs[i], rows*b.f.dim), resize(b.ybar[i], rows*b.f.dim)
	}
	b.kbar, b.w = resize(b.kbar, rows*b.f.dim), resize(b.w, rows)
}

// adjoint integrates the continuous adjoint a = d log p/dx from T back to T0 together with x,
//
//	dx/dt = F,   da/dt = -(dF/dx)' a - grad div F,   a(T) = grad log pi(x_T),
//
// with the configured solver. It takes constant memory, and its path differs from the one that the value was computed
// on.
func (b *solve) adjoint(grad []float64) error {
	d, c := b.f.dim, b.p.Config
	s := b.solver(2 * d)
	x, a := make([]float64, b.n*d), make([]float64, b.n*d)
	dx, da, w := make([]float64, b.n*d), make([]float64, b.n*d), make([]float64, b.n)
	for i := range w {
		w[i] = 1
	}
	s.rhs = func(rows []int, tau, y, dy []float64) error {
		n := len(rows)
		for r := range n {
			copy(x[r*d:(r+1)*d], y[2*r*d:])
			copy(a[r*d:(r+1)*d], y[(2*r+1)*d:])
		}
		b.f.gradient(rows, tau, x[:n*d], a[:n*d], w[:n], da[:n*d], dx[:n*d])
		for r := range n {
			for k := range d {
				dy[2*r*d+k] = dx[r*d+k]
				dy[(2*r+1)*d+k] = -da[r*d+k]
			}
		}
		return nil
	}
	s.norm = func(e, y, z []float64) float64 {
		return max(rmsError(e[:d], y, z, c.RTol, c.ATol), rmsError(e[d:], y[d:], z[d:], c.RTol, c.ATol))
	}
	state := make([]float64, 2*b.n*d)
	for r := range b.n {
		copy(state[2*r*d:], b.end[r*d:(r+1)*d])
		copy(state[(2*r+1)*d:], grad[r*d:(r+1)*d])
	}
	if err := b.run(s, state, b.f.grid(b.p.Schedule.T()), b.f.grid(c.T0)); err != nil {
		return err
	}
	for r := range b.n {
		copy(grad[r*d:(r+1)*d], state[(2*r+1)*d:2*(r+1)*d])
	}
	return nil
}
