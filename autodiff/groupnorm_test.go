package autodiff_test

import (
	"fmt"
	"math"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

func normRows() (rows []gradtest.Case) {
	for _, k := range []struct {
		x                 Shape
		groups            int
		gamma, beta, silu bool
		each              bool // gamma and beta have values for every sample
	}{
		{S(2, 6, 3, 5), 3, true, true, true, false},
		{S(3, 4, 7), 2, true, true, false, false},
		{S(1, 3, 2, 3, 2), 1, true, false, true, false},
		{S(2, 4, 3), 4, false, true, true, false},
		{S(2, 6), 2, false, false, false, false},
		{S(3, 4, 5), 2, true, true, true, true},
		{S(2, 6), 2, true, false, false, true},
	} {
		ch := S(k.x.Dim(1))
		if k.each {
			ch = S(k.x.Dim(0), k.x.Dim(1))
		}
		for _, m := range []struct {
			name string
			lead int
		}{{"group_norm", 1}, {"group_norm_vjp", 2}, {"group_norm_jvp", 2}, {"group_norm_hvp", 3}, {"group_norm_params", 2}} {
			c := gradtest.Case{Name: fmt.Sprintf("%s %v groups=%d gamma=%v beta=%v silu=%v each=%v", m.name, k.x, k.groups, k.gamma, k.beta, k.silu, k.each),
				F: func(s *Scope, x []Var) Var {
					return s.NormMember(m.name, m.lead, k.groups, k.gamma, k.beta, k.silu, x...)
				}}
			for range m.lead {
				c.In = append(c.In, k.x)
			}
			if k.gamma {
				c.In = append(c.In, ch)
			}
			if k.beta {
				c.In = append(c.In, ch)
			}
			rows = append(rows, c)
		}
	}
	return rows
}

// TestGroupNormFusedAgainstParts compares the fused family with the composition at orders 0, 1 and 2, one entry
// at a time: y, J^T a, J t, the gradients of <a, J t> in everything, and the tangents of J^T a and J t.
func TestGroupNormFusedAgainstParts(t *testing.T) {
	const n, ch, h, w, groups, eps = 3, 4, 5, 3, 2, 1e-3
	type norm = func(s *Scope, x, gamma, beta Var, groups int, eps float64, silu bool) Var
	all := func(f norm, silu bool, channels Shape) map[string][]float64 {
		s := NewArena().Scope(Record, F64)
		defer s.Close()
		x := s.Watch(ramp(s, S(n, ch, h, w), 0.7))
		gamma, beta := s.Watch(ramp(s, channels, 1.3)), s.Watch(ramp(s, channels, 2.1))
		a, tan := s.Watch(ramp(s, x.Shape(), 0.31)), s.Watch(ramp(s, x.Shape(), 0.53))
		xs := []Var{x, gamma, beta, a, tan}
		y := f(s, x, gamma, beta, groups, eps, silu)
		got := map[string][]float64{"y": testkit.Values(y)}
		keep := func(name string, vs ...Var) {
			for i, v := range vs {
				got[fmt.Sprint(name, i)] = testkit.Values(v)
			}
		}
		var g [5]Var
		var o, jv [1]Var
		s.VJP([]Var{y}, []Var{a}, xs[:3], g[:3])
		keep("vjp", g[:3]...)
		s.JVP(xs[:1], xs[4:], []Var{y}, jv[:])
		keep("jvp", jv[0])
		s.VJP(jv[:], xs[3:4], xs, g[:])
		keep("grad of jvp", g[:]...)
		var back [1]Var
		s.VJP([]Var{y}, []Var{a}, xs[:1], back[:])
		s.JVP(xs[:1], xs[4:], back[:], o[:])
		keep("jvp of vjp", o[0])
		s.JVP(xs[:1], xs[4:], jv[:], o[:])
		keep("jvp of jvp", o[0])
		s.VJP(back[:], xs[4:], xs, g[:])
		keep("grad of vjp", g[:]...)
		return got
	}
	for i := range 4 {
		silu, channels := i%2 == 1, []Shape{S(ch), S(n, ch)}[i/2]
		want := all((*Scope).GroupNormUnfused, silu, channels)
		got := all((*Scope).GroupNorm, silu, channels)
		for name, w := range want {
			scale := 0.0
			for _, v := range w {
				scale = max(scale, math.Abs(v))
			}
			for i := range w {
				if math.Abs(got[name][i]-w[i]) > 1e-12*max(scale, 1) {
					t.Errorf("silu=%v, gamma %v: %s[%d] is %v fused and %v in ops", silu, channels, name, i, got[name][i], w[i])
					break
				}
			}
		}
	}
}

// TestGroupNormRulesAreFused requires that the divergence path runs the family's kernels only.
func TestGroupNormRulesAreFused(t *testing.T) {
	s := NewArena().Scope(Record, F64)
	defer s.Close()
	x := s.Watch(ramp(s, S(1, 4, 3), 0.7))
	e := ramp(s, x.Shape(), 0.3)
	y := s.GroupNorm(x, Var{}, Var{}, 2, 1e-5, true)
	var jv [1]Var
	s.JVP([]Var{x}, []Var{e}, []Var{y}, jv[:])
	s.Grad1(s.Dot(e, jv[0]), x)
	got := ""
	for op := range s.Calls {
		got += op.Name + " "
	}
	if want := "group_norm group_norm_jvp dot group_norm_hvp "; got != want {
		t.Errorf("calls on the tape: %s, want %s", got, want)
	}
}

func TestGroupNormShapeErrors(t *testing.T) {
	mustShapeError(t, func(s *Scope) { s.GroupNorm(s.Input(S(2, 6, 3)), Var{}, Var{}, 4, 0, false) }, "[2,6,3]", "4 groups", "6 channels")
	mustShapeError(t, func(s *Scope) { s.GroupNorm(s.Input(S(2, 6, 3)), s.Input(S(3)), Var{}, 2, 0, false) }, "shape [6]")
	mustShapeError(t, func(s *Scope) { s.GroupNorm(s.Input(S(2, 6, 3)), s.Input(S(3, 6)), Var{}, 2, 0, false) }, "[2,6]", "[3,6]")
	mustShapeError(t, func(s *Scope) { s.GroupNorm(s.Input(S(2, 6, 3)), s.Input(S(2, 6)), s.Input(S(6)), 2, 0, false) }, "both [2,6]")
	mustShapeError(t, func(s *Scope) { s.GroupNorm(s.Input(S(6)), Var{}, Var{}, 2, 0, false) }, "[N,C,...]")
}
