package diffusion

import (
	"fmt"
	"math"
)

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
