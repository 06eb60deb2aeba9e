package diffusion

import "math"

// firstSteps evaluates F at the start of every row and chooses the row's first step from the size of F and of its
// change (Hairer, Norsett and Wanner, Solving ODEs I, II.4). It takes two evaluations.
func (s *solver) firstSteps(state []float64, from, to float64, all []journey, evals []int) error {
	s.rows = s.rows[:0]
	for r := range all {
		s.rows = append(s.rows, r)
		s.tau[r] = from
	}
	copy(s.y, state)
	if err := s.call(s.tau, s.y, s.k[0]); err != nil {
		return err
	}
	for r := range all {
		lo, hi := r*s.width, (r+1)*s.width
		y, k := s.y[lo:hi], s.k[0][lo:hi]
		h := 1e-6
		if d0, d1 := s.norm(y, y, y), s.norm(k, y, y); d0 > 1e-5 && d1 > 1e-5 {
			h = .01 * d0 / d1
		}
		h = math.Copysign(math.Min(h, math.Abs(to-from)), to-from)
		all[r] = journey{tau: from, h: h, k1: append([]float64(nil), k...)}
		s.h[r], s.at[r] = h, from+h
		for c := range y {
			s.z[lo+c] = y[c] + h*k[c]
		}
	}
	if err := s.call(s.at, s.z, s.e); err != nil {
		return err
	}
	for r := range all {
		lo, hi := r*s.width, (r+1)*s.width
		y, k := s.y[lo:hi], s.k[0][lo:hi]
		for c := lo; c < hi; c++ {
			s.e[c] -= k[c-lo]
		}
		h0 := math.Abs(all[r].h)
		d1, d2 := s.norm(k, y, y), s.norm(s.e[lo:hi], y, y)/h0
		h1 := math.Max(1e-6, h0*1e-3)
		if d := math.Max(d1, d2); d > 1e-15 {
			h1 = math.Pow(.01/d, 1/float64(s.tab.Order))
		}
		all[r].h = math.Copysign(math.Min(100*h0, h1), to-from)
		evals[r] += 2
	}
	return nil
}
