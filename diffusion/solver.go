package diffusion

import (
	"context"
	"fmt"
)

// solver integrates dy/dtau = F(tau, y) for several rows at once. Each row has its own time and step, so that its
// result does not depend on the other rows; rows that have arrived are left out of the evaluations.
type solver struct {
	ctx   context.Context
	tab   Tableau
	width int
	// rhs sets dy = F for the given rows at their own times; y and dy are [len(rows),width].
	rhs func(rows []int, tau, y, dy []float64) error
	// norm is the error of one row in units of its tolerance, from the error estimate e and the states y before, z
	// after.
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

// call sets dy = F for the packed rows, after it has asked the context. A value that is not finite is an error.
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

// stages fills the slopes k[first:] of the packed rows, whose times, steps and states are tau, h and y.
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

// stageInput sets dst to the state at stage i, y + h sum_j A_ij k_j.
func (s *solver) stageInput(i int, dst []float64) { s.combine(dst, s.y, s.tab.A[i]) }

// combine sets dst = base + h sum_j w_j k_j, row by row with the row's own h; nil base is zero.
func (s *solver) combine(dst, base, w []float64) {
	for r, h := range s.h {
		combine(dst, base, s.k, w, h, r*s.width, (r+1)*s.width)
	}
}

// fixed integrates state [n,width] in place over equal steps of tau. Each row takes stages*steps evaluations.
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
