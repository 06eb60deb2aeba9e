package diffusion

// stepper moves the samples of a batch along dX/dt = slope by steps of an explicit Runge-Kutta method. The zero stepper
// is ready; it keeps its memory from step to step.
type stepper struct {
	start []float64
	k     [][]float64
}

// step moves b.X from time from to time to by one step of the method m. slope sets b.D = dX/dt at b.X and time t, and
// is called once a stage. A stage with C = 1 is taken at to itself, not at the number that from + (to - from) rounds
// to.
func (s *stepper) step(b *Batch, m Tableau, from, to float64, slope func(t float64) error) error {
	n, h := len(b.X), to-from
	s.start = append(s.start[:0], b.X...)
	for len(s.k) < len(m.C) {
		s.k = append(s.k, nil)
	}
	for i, c := range m.C {
		t := from + c*h
		if c == 1 {
			t = to
		}
		if i > 0 {
			combine(b.X, s.start, s.k, m.A[i], h, 0, n)
		}
		if err := slope(t); err != nil {
			return err
		}
		s.k[i] = append(s.k[i][:0], b.D...)
	}
	combine(b.X, s.start, s.k, m.B, h, 0, n)
	return nil
}

// combine sets dst = base + h sum_j w_j k_j on the elements lo to hi-1; a nil base is zero.
func combine(dst, base []float64, k [][]float64, w []float64, h float64, lo, hi int) {
	for c := lo; c < hi; c++ {
		sum := 0.0
		for j, a := range w {
			if a != 0 {
				sum += a * k[j][c]
			}
		}
		sum *= h
		if base != nil {
			sum += base[c]
		}
		dst[c] = sum
	}
}

// byOrder returns the Runge-Kutta method of a sampler's order: Euler's for 1, Heun's for 2.
func byOrder(order int) Tableau {
	if order == 1 {
		return euler
	}
	return heun
}
