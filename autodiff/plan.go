package autodiff

import "fmt"

// newPlanner returns an arena whose scopes plan, whatever mode they are opened in. A step that sets, computes and
// differentiates Vars but reads no values runs on it unchanged, and takes no memory for them.
func newPlanner() *Arena {
	a := NewArena()
	a.mode = Plan
	return a
}

// Footprint is the memory that a step takes, in bytes, besides parameters.
type Footprint struct {
	Peak int // largest sum of buffers in use at once
	Held int // kept by the arena: Peak and the gaps between buffers
}

// Foresee returns the footprint of a repeated step without running it: step plans on the arena that it is given. Its
// typed panics, misuse of ops for instance, become the error.
func Foresee(step func(a *Arena)) (f Footprint, err error) {
	defer Catch(&err)
	a := newPlanner()
	for range 2 { // the second step finds other gaps than the first
		step(a)
	}
	return Footprint{a.Peak(), a.Held()}, nil
}

// Choose returns the fastest Policy under which the step fits into a budget in bytes, and its footprint. When
// none fits it returns the one that needs least, and an error that says how much.
func Choose(budget int, step func(a *Arena, p Policy)) (Policy, Footprint, error) {
	var best Policy
	var least Footprint
	for i, p := range policies() {
		f, err := Foresee(func(a *Arena) { step(a, p) })
		if err != nil || f.Held <= budget {
			return p, f, err
		}
		if i == 0 || f.Held < least.Held {
			best, least = p, f
		}
	}
	return best, least, fmt.Errorf("autodiff: the step needs at least %.1f MiB; the budget is %.1f: take a smaller batch", float64(least.Held)/(1<<20), float64(budget)/(1<<20))
}

// Trainable returns the parameters on the scope's tape that can be differentiated by, in the order of first use.
func (s *Scope) Trainable() []Var {
	var vs []Var
	if s.opened().tape != nil {
		for _, n := range s.tape.nodes {
			if n.param != nil {
				vs = append(vs, Var{n, n.gen})
			}
		}
	}
	return vs
}
