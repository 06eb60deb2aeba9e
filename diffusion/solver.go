package diffusion

import (
	"context"
	"fmt"
	"math"
)

// solver integrates dy/dtau = F(tau, y) for several rows at once. Each row has its own time and step, so that what
// becomes of it does not depend on the others; rows that have arrived leave the evaluations.
type solver struct {
	ctx   context.Context
	tab   Tableau
	width int
	// rhs sets dy = F for the given rows at their own times; y and dy are [len(rows),width].
	rhs func(rows []int, tau, y, dy []float64) error
	// norm is the error of one row in units of its tolerance, from the error estimate e and the states y before, z after.
	norm     func(e, y, z []float64) float64
	maxSteps int
	// onStep, when set, is told every step that is taken, with the state before it.
	onStep func(row int, tau, h float64, y []float64)

	rows            []int
	tau, h, y, z, e []float64
	k               [][]float64
	at              []float64
}

// reserve makes room for n rows.
func (s *solver) reserve(n int) {
	m := n * s.width
	s.tau, s.h, s.at = resize(s.tau, n), resize(s.h, n), resize(s.at, n)
	s.y, s.z, s.e = resize(s.y, m), resize(s.z, m), resize(s.e, m)
	if s.k == nil {
		s.k = make([][]float64, len(s.tab.B))
	}
	for i := range s.k {
		s.k[i] = resize(s.k[i], m)
	}
}

func (s *solver) call(tau, y, dy []float64) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if err := s.rhs(s.rows, tau, y, dy); err != nil {
		return err
	}
	for i, v := range dy {
		if !finite(v) {
			r := i / s.width
			return fmt.Errorf("the probability flow of sample %d became %g at grid time %g", s.rows[r], v, tau[r])
		}
	}
	return nil
}

// stages fills k[first:] for the packed rows at tau, h, y.
func (s *solver) stages(first int) error {
	for i := first; i < len(s.tab.B); i++ {
		s.stageInput(i, s.z)
		for r, t := range s.tau {
			s.at[r] = t + s.tab.C[i]*s.h[r]
		}
		if err := s.call(s.at, s.z, s.k[i]); err != nil {
			return err
		}
	}
	return nil
}

// stageInput sets dst = y + h sum_j A_ij k_j.
func (s *solver) stageInput(i int, dst []float64) { s.combine(dst, s.y, s.tab.A[i]) }

// combine sets dst = base + h sum_j w_j k_j; nil base is zero.
func (s *solver) combine(dst, base, w []float64) {
	for r, h := range s.h {
		for c := r * s.width; c < (r+1)*s.width; c++ {
			sum := 0.0
			for j, a := range w {
				if a != 0 {
					sum += a * s.k[j][c]
				}
			}
			sum *= h
			if base != nil {
				sum += base[c]
			}
			dst[c] = sum
		}
	}
}

// fixed integrates state [n,width] in place over n equal steps of tau; each row takes stages*steps evaluations.
func (s *solver) fixed(state []float64, from, to float64, steps int) error {
	n := len(state) / s.width
	s.reserve(n)
	s.rows = s.rows[:0]
	for r := range n {
		s.rows = append(s.rows, r)
	}
	for i := range steps {
		t := from + (to-from)*float64(i)/float64(steps)
		h := from + (to-from)*float64(i+1)/float64(steps) - t
		for r := range n {
			s.tau[r], s.h[r] = t, h
		}
		copy(s.y, state)
		if err := s.stages(0); err != nil {
			return err
		}
		if s.onStep != nil {
			for r := range n {
				s.onStep(r, t, h, s.y[r*s.width:(r+1)*s.width])
			}
		}
		s.combine(state, s.y, s.tab.B)
	}
	return nil
}

// journey is where one row is.
type journey struct {
	tau, h float64
	k1     []float64
	steps  int
	done   bool
}

// adaptive integrates state [n,width] in place from one tau to the other with steps controlled row by row, and adds
// the evaluations of each row to evals. The controller is integral: factor 0.9 err^(-1/order), at least 0.2 and, after
// an accepted step, 1; at most 10 and, after a rejected one, 0.9 (diffrax's I-controller).
func (s *solver) adaptive(state []float64, from, to float64, evals []int) error {
	n := len(state) / s.width
	s.reserve(n)
	all := make([]journey, n)
	if err := s.firstSteps(state, from, to, all, evals); err != nil {
		return err
	}
	for {
		s.pack(state, all, to)
		if len(s.rows) == 0 {
			return nil
		}
		if err := s.stages(1); err != nil {
			return err
		}
		s.combine(s.e, nil, s.tab.Err)
		s.combine(s.z, s.y, s.tab.B)
		last := s.k[len(s.k)-1]
		for p, r := range s.rows {
			j := &all[r]
			lo, hi := p*s.width, (p+1)*s.width
			evals[r] += len(s.tab.B) - 1
			if j.steps++; j.steps > s.maxSteps {
				return fmt.Errorf("the solver took %d steps and is at grid time %g of %g; loosen the tolerances", s.maxSteps, j.tau, to)
			}
			err := s.norm(s.e[lo:hi], s.y[lo:hi], s.z[lo:hi])
			ok := err < 1
			if ok {
				if s.onStep != nil {
					s.onStep(r, j.tau, s.h[p], s.y[lo:hi])
				}
				copy(state[r*s.width:], s.z[lo:hi])
				copy(j.k1, last[lo:hi])
				j.tau += s.h[p]
				j.done = s.h[p] == to-s.tau[p]
			}
			j.h = s.h[p] * factor(err, s.tab.Order, ok)
		}
	}
}

func factor(err float64, order int, accepted bool) float64 {
	f := 10.0
	if err > 0 {
		f = .9 * math.Pow(err, -1/float64(order))
	}
	if accepted {
		return math.Max(1, math.Min(f, 10))
	}
	return math.Max(.2, math.Min(f, .9))
}

// pack gathers the rows that are under way and shortens the steps that would overshoot.
func (s *solver) pack(state []float64, all []journey, to float64) {
	s.rows = s.rows[:0]
	for r := range all {
		if !all[r].done {
			s.rows = append(s.rows, r)
		}
	}
	s.reserve(len(s.rows))
	for p, r := range s.rows {
		j := &all[r]
		s.tau[p], s.h[p] = j.tau, j.h
		if rest := to - j.tau; math.Abs(j.h) >= math.Abs(rest)*(1-1e-12) {
			s.h[p] = rest
		}
		copy(s.y[p*s.width:], state[r*s.width:(r+1)*s.width])
		copy(s.k[0][p*s.width:], j.k1)
	}
}

// firstSteps evaluates F at the start and chooses each row's first step (Hairer, Norsett and Wanner, Solving ODEs I,
// II.4): two evaluations.
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
