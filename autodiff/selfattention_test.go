package autodiff_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

// packings returns the orders of channels that networks use: q, k and v within a head, heads within q, k and v, and
// q, k and v within a channel.
func packings(heads, d int) []QKV {
	return []QKV{{3 * d, d, 1}, {d, heads * d, 1}, {3 * d, 1, 3}}
}

func selfRows() (rows []gradtest.Case) {
	for i, k := range []struct{ b, heads, d, n int }{{2, 3, 2, 5}, {1, 2, 3, 4}, {2, 1, 5, 7}} {
		p := packings(k.heads, k.d)[i]
		x, y := S(k.b, 3*k.heads*k.d, k.n), S(k.b, k.heads*k.d, k.n)
		for name, in := range map[string][]Shape{"self_attention": {x}, "self_attention_vjp": {x, y}, "self_attention_jvp": {x, x}, "self_attention_hvp": {x, y, x}, "self_attention_hvp in x and t": {x, y, x}} {
			op, both := strings.CutSuffix(name, " in x and t")
			rows = append(rows, gradtest.Case{Name: fmt.Sprintf("%s %v %d heads %+v", name, x, k.heads, p), In: in, Lo: -2, Hi: 2,
				F: func(s *Scope, in []Var) Var { return s.SelfMember(op, both, k.heads, p, in...) }})
		}
	}
	return rows
}

// orders returns the values and derivatives of an attention f of x at orders 0, 1 and 2 in both modes.
func orders(dt DType, x Shape, f func(s *Scope, x Var) Var) map[string][]float64 {
	s := NewArena().Scope(Record, dt)
	defer s.Close()
	at := func(sh Shape, k, size float64) Var {
		d := make([]float64, sh.Size())
		for i := range d {
			d[i] = size * math.Sin(k*float64(i+1))
		}
		return s.Watch(s.Const64(sh, d))
	}
	v, t := at(x, 0.7, 2), at(x, 1.9, 1)
	y := f(s, v)
	a := at(y.Shape(), 0.31, 1)
	var g, jv [1]Var
	var both [2]Var
	got := map[string][]float64{"y": testkit.Values(y)}
	s.VJP([]Var{y}, []Var{a}, []Var{v}, g[:])
	got["vjp"] = testkit.Values(g[0])
	s.JVP([]Var{v}, []Var{t}, []Var{y}, jv[:])
	got["jvp"] = testkit.Values(jv[0])
	s.VJP(jv[:], []Var{a}, []Var{v, t}, both[:])
	got["vjp of jvp in x"], got["vjp of jvp in t"] = testkit.Values(both[0]), testkit.Values(both[1])
	s.VJP(g[:], []Var{t}, []Var{v, a}, both[:])
	got["vjp of vjp in x"], got["vjp of vjp in a"] = testkit.Values(both[0]), testkit.Values(both[1])
	s.JVP([]Var{v, a}, []Var{t, a}, g[:], both[:1])
	got["jvp of vjp"] = testkit.Values(both[0])
	s.JVP([]Var{v}, []Var{t}, jv[:], both[:1])
	got["jvp of jvp"] = testkit.Values(both[0])
	return got
}

// TestSelfAttentionAgainstParts compares the family with the composition, one entry at a time.
func TestSelfAttentionAgainstParts(t *testing.T) {
	for i, k := range []struct{ b, heads, d, n int }{{1, 1, 1, 1}, {2, 3, 1, 2}, {1, 2, 3, 17}, {2, 1, 20, 9}, {1, 3, 8, 16}, {1, 2, 7, 40}, {1, 1, 4, 33}} {
		for j, p := range packings(k.heads, k.d) {
			if k.n > 16 && i%3 != j {
				continue
			}
			x := S(k.b, 3*k.heads*k.d, k.n)
			want := orders(F64, x, func(s *Scope, x Var) Var { return s.SelfAttentionUnfused(x, k.heads, p) })
			for dt, tol := range map[DType]float64{F64: 1e-13, F32: 2e-5} {
				got := orders(dt, x, func(s *Scope, x Var) Var { return s.SelfAttention(x, k.heads, p) })
				for name, w := range want {
					scale := 1.0
					for _, v := range w {
						scale = max(scale, math.Abs(v))
					}
					for i := range w {
						if !(math.Abs(got[name][i]-w[i]) <= tol*scale) {
							t.Errorf("%v, %v %d heads %+v: %s[%d] is %v fused and %v in ops", dt, x, k.heads, p, name, i, got[name][i], w[i])
							break
						}
					}
				}
			}
		}
	}
}

// TestSelfAttentionOfLargeScores has scores of +-80: the weights neither overflow nor stop summing to 1.
func TestSelfAttentionOfLargeScores(t *testing.T) {
	const n, d = 37, 4
	x := make([]float64, 3*d*n)
	for l := range n {
		for i := range d {
			// q_l . k_m / sqrt(d) is sin(l) 80 sin(3m).
			x[i*n+l], x[(d+i)*n+l], x[(2*d+i)*n+l] = math.Sin(float64(l)), 80/math.Sqrt(d)*math.Sin(3*float64(l)), float64(i)
		}
	}
	for _, dt := range []DType{F32, F64} {
		s := NewArena().Scope(Record, dt)
		v := s.Watch(s.Const64(S(1, 3*d, n), x))
		y := s.SelfAttention(v, 1, QKV{3 * d, d, 1})
		for i, got := range testkit.Values(y) {
			if want := float64(i / n); math.Abs(got-want) > 1e-6*want {
				t.Errorf("%v: y[%d] is %v, want %v", dt, i, got, want)
			}
		}
		for i, got := range testkit.Values(s.Grad1(s.SumAll(s.Square(y)), v)) {
			if math.IsNaN(got) || math.IsInf(got, 0) {
				t.Errorf("%v: gradient %d is %v", dt, i, got)
			}
		}
		s.Close()
	}
}

// TestSelfAttentionKeepsNoScores bounds the memory of the gradient of a divergence through long attention by half of
// one matrix of scores, and requires that the path runs the family's kernels.
func TestSelfAttentionKeepsNoScores(t *testing.T) {
	const n, d = 2048, 8
	f, err := Foresee(func(a *Arena) {
		s := a.Scope(Record, F32)
		defer s.Close()
		x := s.Watch(s.Input(S(1, 3*d, n)))
		y := s.SelfAttention(x, 1, QKV{3 * d, d, 1})
		var jv [1]Var
		s.JVP([]Var{x}, []Var{s.Input(x.Shape())}, []Var{y}, jv[:])
		calls := ""
		for op := range s.Calls {
			calls += op.Name + " "
		}
		if want := "self_attention self_attention_jvp "; calls != want {
			t.Errorf("calls on the tape: %s, want %s", calls, want)
		}
		s.ChildMode(Eval).Grad1(s.SumAll(jv[0]), x)
	})
	if err != nil {
		t.Fatal(err)
	}
	if most := n * n * 4 / 2; f.Peak > most {
		t.Errorf("a peak of %d bytes, want at most %d", f.Peak, most)
	}
}

func TestSelfAttentionErrors(t *testing.T) {
	mustShapeError(t, func(s *Scope) { s.SelfAttention(s.Input(S(2, 9, 4)), 2, QKV{3, 1, 1}) }, "[2,9,4]", "2 heads")
	mustShapeError(t, func(s *Scope) { s.SelfAttention(s.Input(S(2, 12)), 2, QKV{6, 2, 1}) }, "[2,12]", "[B,3C,N]")
	mustShapeError(t, func(s *Scope) {
		s.SelfMember("self_attention_hvp", false, 1, QKV{6, 2, 1}, s.Input(S(1, 6, 5)), s.Input(S(1, 2, 5)), s.Input(S(1, 2, 5)))
	}, "input 2", "[1,6,5]")
	for _, p := range []QKV{{}, {6, 2, 2}, {6, 2, -1}, {2, 2, 1}} {
		if err := catch(func(s *Scope) { s.SelfAttention(s.Input(S(1, 12, 5)), 2, p) }); err == nil {
			t.Errorf("%+v of two heads of two channels was taken", p)
		}
	}
}

func catch(f func(s *Scope)) (err error) {
	defer Catch(&err)
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	f(s)
	return nil
}

// TestSelfAttentionStepDoesNotAllocate measures warm steps of value, gradient, and gradient of the divergence.
func TestSelfAttentionStepDoesNotAllocate(t *testing.T) {
	a := NewArena()
	var x, ct, y, jv, g [1]Var
	testkit.NoMallocs(t, "self-attention", func() {
		s := a.Scope(Record, F32)
		x[0] = s.Watch(s.Full(S(2, 24, 70), 0.7))
		ct[0] = s.Ones(x[0].Shape())
		y[0] = s.SelfAttention(x[0], 2, QKV{12, 4, 1})
		s.JVP(x[:], ct[:], y[:], jv[:])
		e := s.ChildMode(Eval)
		e.Grad(e.SumAll(y[0]), x[:], g[:])
		e.Close()
		e = s.ChildMode(Eval)
		ct[0] = s.Ones(y[0].Shape())
		e.VJP(jv[:], ct[:], x[:], g[:])
		e.Close()
		s.Close()
	})
}
