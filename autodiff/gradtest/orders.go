package gradtest

import "tweedie/autodiff"

// program is one recording of y = F(x) with its directions as Vars.
type program struct {
	s       *autodiff.Scope
	x, v, w []autodiff.Var
	y, p    autodiff.Var
}

func (k *checker) program(x [][]float64) *program {
	s := k.arena.Scope(autodiff.Record, autodiff.F64)
	g := &program{s: s, x: k.inputs(s, x)}
	for i, sh := range k.In {
		g.v = append(g.v, s.Const64(sh, k.v[i]))
		g.w = append(g.w, s.Const64(sh, k.w[i]))
	}
	g.y = k.enclosed(s, g.x)
	g.p = s.Const64(k.out, k.p)
	return g
}

// enclosed runs F in a child scope between two copies, so that every value that no rule declared to read is gone.
func (k *checker) enclosed(s *autodiff.Scope, x []autodiff.Var) autodiff.Var {
	c := s.Child()
	in := make([]autodiff.Var, len(x))
	for i := range x {
		in[i] = c.Identity(x[i])
	}
	y := c.Identity(k.F(c, in))
	c.Close(y)
	return y
}

func read(vars []autodiff.Var) [][]float64 {
	out := make([][]float64, len(vars))
	for i, v := range vars {
		out[i] = make([]float64, v.Size())
		v.CopyTo64(out[i])
	}
	return out
}

// reverse computes J^T p on the tape.
func (g *program) reverse() []autodiff.Var {
	r := make([]autodiff.Var, len(g.x))
	g.s.VJP([]autodiff.Var{g.y}, []autodiff.Var{g.p}, g.x, r)
	return r
}

// forward computes J v on the tape.
func (g *program) forward() autodiff.Var {
	var r [1]autodiff.Var
	g.s.JVP(g.x, g.v, []autodiff.Var{g.y}, r[:])
	return r[0]
}

func (k *checker) first() map[string]bool {
	g := k.program(k.x)
	defer g.s.Close()
	ops := map[string]bool{}
	for op := range g.s.Calls {
		ops[op.Name] = true
	}
	want := difference(func(e float64) float64 {
		d, _ := dot(k.p, k.value(autodiff.Eval, k.shifted(k.v, e)))
		return d
	})
	plain := g.s.ChildMode(autodiff.Eval)
	r := make([]autodiff.Var, len(g.x))
	plain.VJP([]autodiff.Var{g.y}, []autodiff.Var{g.p}, g.x, r)
	got, scale := dots(read(r), k.v)
	plain.Close()
	k.report("reverse", got, want, scale)
	got, _ = dots(read(g.reverse()), k.v)
	k.report("recorded reverse", got, want, scale)
	jv := make([]float64, len(k.p))
	g.forward().CopyTo64(jv)
	got, scale = dot(jv, k.p)
	k.report("forward", got, want, scale)
	return ops
}

func (k *checker) second() {
	want := difference(func(e float64) float64 {
		g := k.program(k.shifted(k.w, e))
		defer g.s.Close()
		d, _ := dots(read(g.reverse()), k.v)
		return d
	})
	g := k.program(k.x)
	defer g.s.Close()
	rev := g.reverse()
	fwd := g.forward()
	r := make([]autodiff.Var, len(g.x))

	g.s.VJP(rev, g.v, g.x, r)
	got, scale := dots(read(r), k.w)
	k.report("reverse over reverse", got, want, scale)

	g.s.VJP([]autodiff.Var{fwd}, []autodiff.Var{g.p}, g.x, r)
	got, scale = dots(read(r), k.w)
	k.report("reverse over forward", got, want, scale)

	g.s.JVP(g.x, g.w, rev, r)
	got, scale = dots(read(r), k.v)
	k.report("forward over reverse", got, want, scale)

	var o [1]autodiff.Var
	g.s.JVP(g.x, g.w, []autodiff.Var{fwd}, o[:])
	jv := make([]float64, len(k.p))
	o[0].CopyTo64(jv)
	got, scale = dot(jv, k.p)
	k.report("forward over forward", got, want, scale)
}
