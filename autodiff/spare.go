package autodiff

// vars returns a slice of n zero Vars from the arena's spares.
func (a *Arena) vars(n int) []Var {
	if k := len(a.spareVars); k > 0 {
		v := a.spareVars[k-1]
		a.spareVars = a.spareVars[:k-1]
		return resize(v, n)
	}
	return make([]Var, n, 2*n)
}

func (a *Arena) putVars(v []Var) {
	clear(v)
	a.spareVars = append(a.spareVars, v)
}

// replay returns an unused replay from the arena's spares.
func (a *Arena) replay() *replay {
	if k := len(a.replays); k > 0 {
		p := a.replays[k-1]
		a.replays = a.replays[:k-1]
		return p
	}
	return &replay{}
}
