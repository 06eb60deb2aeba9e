package diffusion

import (
	"fmt"
	"math"
)

// journey is the progress of one row: where it is, its next step h, the slope k1 there, and the steps tried.
type journey struct {
	tau, h float64
	k1     []float64
	steps  int
	done   bool
}

// adaptive integrates state [n,width] in place from one grid time to another, with the steps of each row controlled by
// the error of that row, and adds the evaluations of each row to evals. An integral controller scales a step by 0.9
// err^(-1/order), clamped to [1, 10] after an accepted step and to [0.2, 0.9] after a rejected one (the I-controller of
// diffrax). A row that takes more than maxSteps is an error.
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

// factor returns what the integral controller multiplies a step by, from its error in units of the tolerance.
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

// pack copies the rows that have not arrived to the front of the work arrays, and shortens the steps that would
// overshoot the end of the interval.
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
