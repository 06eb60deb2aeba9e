package autodiff_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/rng"
)

// counted returns 0, 1, 2, ... in the given shape.
func counted(s *Scope, sh Shape) Var {
	x := make([]float64, sh.Size())
	for i := range x {
		x[i] = float64(i)
	}
	return s.Const64(sh, x)
}

// TestIndexingValues checks results known by inspection, in both element types.
func TestIndexingValues(t *testing.T) {
	abc := func(s *Scope) Var { return s.Const64(S(3), []float64{1, 2, 3}) }
	pad := func(mode PadMode, lo, hi int) func(*Scope) Var {
		return func(s *Scope) Var { return s.Pad(abc(s), []int{lo}, []int{hi}, mode) }
	}
	for _, c := range []struct {
		name  string
		f     func(s *Scope) Var
		shape Shape
		want  string
	}{
		{"permute", func(s *Scope) Var { return s.Permute(counted(s, S(2, 3)), 1, 0) }, S(3, 2), "0 3 1 4 2 5"},
		{"permute three", func(s *Scope) Var { return s.Permute(counted(s, S(2, 2, 3)), 2, 0, 1) }, S(3, 2, 2), "0 3 6 9 1 4 7 10 2 5 8 11"},
		{"transpose", func(s *Scope) Var { return s.Transpose(counted(s, S(2, 2, 2))) }, S(2, 2, 2), "0 2 1 3 4 6 5 7"},
		{"concat 0", func(s *Scope) Var { return s.Concat(0, abc(s), s.Ones(S(1))) }, S(4), "1 2 3 1"},
		{"concat 1", func(s *Scope) Var { return s.Concat(-1, counted(s, S(2, 2)), s.Full(S(2, 1), 9)) }, S(2, 3), "0 1 9 2 3 9"},
		{"stack 0", func(s *Scope) Var { return s.Stack(0, abc(s), abc(s)) }, S(2, 3), "1 2 3 1 2 3"},
		{"stack -1", func(s *Scope) Var { return s.Stack(-1, abc(s), abc(s)) }, S(3, 2), "1 1 2 2 3 3"},
		{"slice", func(s *Scope) Var { return s.Slice(counted(s, S(3, 3)), 1, 1, 3) }, S(3, 2), "1 2 4 5 7 8"},
		{"slice rows", func(s *Scope) Var { return s.Slice(counted(s, S(3, 2)), 0, 1, 2) }, S(1, 2), "2 3"},
		{"embed", func(s *Scope) Var { return s.Embed(abc(s), 0, 1, 5) }, S(5), "0 1 2 3 0"},
		{"embed nothing", func(s *Scope) Var { return s.Embed(s.Ones(S(0)), 0, 1, 3) }, S(3), "0 0 0"},
		{"flip", func(s *Scope) Var { return s.Flip(counted(s, S(2, 3)), 1) }, S(2, 3), "2 1 0 5 4 3"},
		{"flip rows", func(s *Scope) Var { return s.Flip(counted(s, S(3, 2)), 0) }, S(3, 2), "4 5 2 3 0 1"},
		{"gather", func(s *Scope) Var { return s.Gather(counted(s, S(2, 3)), 1, []int{2, 2, 0}) }, S(2, 3), "2 2 0 5 5 3"},
		{"scatter_add", func(s *Scope) Var { return s.ScatterAdd(abc(s), 0, []int{1, 3, 1}, 4) }, S(4), "0 4 0 2"},
		{"pad zero", pad(PadZero, 2, 1), S(6), "0 0 1 2 3 0"},
		{"pad circular", pad(PadCircular, 2, 2), S(7), "2 3 1 2 3 1 2"},
		{"pad reflect", pad(PadReflect, 2, 2), S(7), "3 2 1 2 3 2 1"},
		{"pad symmetric", pad(PadSymmetric, 2, 2), S(7), "2 1 1 2 3 3 2"},
		{"pad circular far", pad(PadCircular, 4, 0), S(7), "3 1 2 3 1 2 3"},
		{"pad reflect far", pad(PadReflect, 5, 3), S(11), "2 1 2 3 2 1 2 3 2 1 2"},
		{"pad symmetric far", pad(PadSymmetric, 4, 5), S(12), "3 3 2 1 1 2 3 3 2 1 1 2"},
		{"triu", func(s *Scope) Var { return s.Triu(counted(s, S(2, 3))) }, S(2, 3), "0 1 2 0 4 5"},
		{"tril", func(s *Scope) Var { return s.Tril(counted(s, S(3, 2))) }, S(3, 2), "0 0 2 3 4 5"},
		{"cumsum", func(s *Scope) Var { return s.Cumsum(counted(s, S(2, 3)), 0) }, S(2, 3), "0 1 2 3 5 7"},
		{"cumsum last", func(s *Scope) Var { return s.Cumsum(counted(s, S(2, 3)), -1) }, S(2, 3), "0 1 3 3 7 12"},
		{"sum", func(s *Scope) Var { return s.Sum(counted(s, S(2, 3, 2)), 0, 2) }, S(3), "14 22 30"},
		{"mean", func(s *Scope) Var { return s.Mean(counted(s, S(2, 3)), 1) }, S(2), "1 4"},
		{"sum all", func(s *Scope) Var { return s.SumAll(counted(s, S(2, 3))) }, S(), "15"},
		{"mean all", func(s *Scope) Var { return s.MeanAll(counted(s, S(2, 3))) }, S(), "2.5"},
		{"dot", func(s *Scope) Var { return s.Dot(abc(s), abc(s)) }, S(), "14"},
		{"max_axis", func(s *Scope) Var { return s.MaxAxis(s.Const64(S(2, 3), []float64{1, 7, 2, -5, -4, -6}), 1) }, S(2), "7 -4"},
		{"max", func(s *Scope) Var { return s.Max2(abc(s), s.Scalar(2)) }, S(3), "2 2 3"},
		{"min", func(s *Scope) Var { return s.Min2(abc(s), s.Scalar(2)) }, S(3), "1 2 2"},
		{"less", func(s *Scope) Var { return s.Less(abc(s), s.Scalar(2)) }, S(3), "1 0 0"},
		{"where", func(s *Scope) Var { return s.Where(s.Less(abc(s), s.Scalar(2)), s.Scalar(9), abc(s)) }, S(3), "9 2 3"},
		{"clamp", func(s *Scope) Var { return s.Clamp(abc(s), 1.5, 2.5) }, S(3), "1.5 2 2.5"},
		{"sign", func(s *Scope) Var { return s.Sign(s.AddScalar(abc(s), -2)) }, S(3), "-1 0 1"},
		{"relu", func(s *Scope) Var { return s.ReLU(s.AddScalar(abc(s), -2)) }, S(3), "0 0 1"},
		{"relu of -Inf", func(s *Scope) Var { return s.ReLU(s.Scalar(math.Inf(-1))) }, S(), "0"},
		{"leaky_relu", func(s *Scope) Var { return s.LeakyReLU(s.AddScalar(abc(s), -2), 0.25) }, S(3), "-0.25 0 1"},
		{"hypot", func(s *Scope) Var { return s.Hypot(s.Scalar(2), s.Scalar(3), 6) }, S(), "7"},
		{"pow", func(s *Scope) Var { return s.Pow(abc(s), 3) }, S(3), "1 8 27"},
	} {
		for _, dt := range []DType{F32, F64} {
			s := NewArena().Scope(Eval, dt)
			y := c.f(s)
			got := strings.Trim(fmt.Sprint(testkit.Values(y)), "[]")
			if y.Shape() != c.shape || got != c.want {
				t.Errorf("%s in %v: %v %s, want %v %s", c.name, dt, y.Shape(), got, c.shape, c.want)
			}
			s.Close()
		}
	}
}

// TestMatMulAgainstLoops compares products over broadcast leading axes with the definition.
func TestMatMulAgainstLoops(t *testing.T) {
	const m, k, n = 3, 4, 2
	for _, l := range [][2]Shape{{S(), S()}, {S(2), S(2)}, {S(5), S()}, {S(), S(5)}, {S(2, 1), S(1, 3)}, {S(2, 3), S(3)},
		{S(2, 1, 4), S(3, 1)}, {S(2, 3, 1), S(2, 1, 4)}, {S(3, 1, 1), S(1, 2, 2)}} {
		for turn := range 4 {
			ta, tb := turn&1 != 0, turn&2 != 0
			s := NewArena().Scope(Eval, F64)
			a := normalVar(s, "a", l[0].Concat(turned(m, k, ta)))
			b := normalVar(s, "b", l[1].Concat(turned(k, n, tb)))
			y := s.MatMul(a, b, ta, tb)
			lead, _ := Broadcast(l[0], l[1])
			if want := lead.Concat(S(m, n)); y.Shape() != want {
				t.Fatalf("shape %v, want %v", y.Shape(), want)
			}
			as := testkit.Values(s.BroadcastTo(a, lead.Concat(turned(m, k, ta))))
			bs := testkit.Values(s.BroadcastTo(b, lead.Concat(turned(k, n, tb))))
			for i, got := range testkit.Values(y) {
				item, r, c := i/(m*n), i/n%m, i%n
				want := 0.0
				for q := range k {
					ia, ib := r*k+q, q*n+c
					if ta {
						ia = q*m + r
					}
					if tb {
						ib = c*k + q
					}
					want += as[item*m*k+ia] * bs[item*k*n+ib]
				}
				near(t, fmt.Sprintf("matmul %v %v, element %d", a.Shape(), b.Shape(), i), got, want, 1e-14)
			}
			s.Close()
		}
	}
}

func normalVar(s *Scope, name string, sh Shape) Var {
	x := make([]float64, sh.Size())
	rng.New(3).Split(name, 0).Stream().FillNorm(x)
	return s.Const64(sh, x)
}

// TestSolveTriangularSolves multiplies the solution back.
func TestSolveTriangularSolves(t *testing.T) {
	for turn := range 4 {
		upper, trans := turn&1 != 0, turn&2 != 0
		for _, l := range [][2]Shape{{S(), S()}, {S(2), S(2)}, {S(), S(2)}, {S(2, 1), S(3)}} {
			for _, k := range []int{1, 5, 300} {
				s := NewArena().Scope(Eval, F64)
				eye := make([]float64, 16)
				for i := range 4 {
					eye[i*5] = 3
				}
				a := s.Add(normalVar(s, "a", l[0].Concat(S(4, 4))), s.Const64(S(4, 4), eye))
				b := normalVar(s, "b", l[1].Concat(S(4, k)))
				x := s.SolveTriangular(a, b, upper, trans)
				half := s.Tril(a)
				if upper {
					half = s.Triu(a)
				}
				r := testkit.Values(s.Sub(s.MatMul(half, x, trans, false), b))
				for _, e := range r {
					near(t, "residual", e, 0, 1e-10)
				}
				s.Close()
			}
		}
	}
}

// TestSoftmaxIsShiftSafe: large logits neither overflow nor lose the answer.
func TestSoftmaxIsShiftSafe(t *testing.T) {
	for _, dt := range []DType{F32, F64} {
		s := NewArena().Scope(Eval, dt)
		x := s.Const64(S(2, 2), []float64{1000, 1000, -1000, -1001})
		p := testkit.Values(s.Softmax(x))
		near(t, "softmax", p[0], 0.5, 1e-6)
		near(t, "softmax", p[2], 1/(1+math.Exp(-1)), 1e-6)
		near(t, "logsumexp", at(s.LogSumExp(x, 1), 0), 1000+math.Ln2, 1e-6)
		near(t, "log_softmax", at(s.LogSoftmax(x), 3), -1-math.Log1p(math.Exp(-1)), 1e-4)
		s.Close()
	}
}

// TestMisuseIsExplained: each message names the op, the module, the shapes, and what would be right.
func TestMisuseIsExplained(t *testing.T) {
	for _, c := range []struct {
		f    func(s *Scope, x Var)
		want []string
	}{
		{func(s *Scope, x Var) { s.Sum(x) }, []string{"sum", "no axes", "SumAll"}},
		{func(s *Scope, x Var) { s.Sum(x, 1, -1) }, []string{"sum", "axis 1", "twice"}},
		{func(s *Scope, x Var) { s.Mean(x, 2) }, []string{"mean", "axis 2", "-2 to 1"}},
		{func(s *Scope, x Var) { s.Cumsum(x, -3) }, []string{"cumsum", "axis -3"}},
		{func(s *Scope, x Var) { s.Dot(x, s.Ones(S(3))) }, []string{"dot", "[3]", "same shape"}},
		{func(s *Scope, x Var) { s.MaxAxis(s.Ones(S(2, 0)), 1) }, []string{"max_axis", "[2,0]", "empty"}},
		{func(s *Scope, x Var) { s.Softmax(s.Scalar(1)) }, []string{"softmax", "axis -1"}},
		{func(s *Scope, x Var) { s.MatMul(x, x, false, false) }, []string{"matmul", "[2,3] x [2,3]", "2x3 times 2x3", "equal"}},
		{func(s *Scope, x Var) { s.MatMul(x, s.Ones(S(3)), false, false) }, []string{"matmul", "rank 1", "rank 2"}},
		{func(s *Scope, x Var) { s.MatMul(s.Ones(S(2, 1, 1)), s.Ones(S(3, 1, 1)), false, false) }, []string{"matmul", "[2,1,1] x [3,1,1]", "broadcast"}},
		{func(s *Scope, x Var) { s.SolveTriangular(x, x, true, false) }, []string{"solve_triangular", "square", "[...,N,K]"}},
		{func(s *Scope, x Var) { s.Permute(x, 0) }, []string{"permute", "[0]", "2 axes once"}},
		{func(s *Scope, x Var) { s.Permute(x, 0, 0) }, []string{"permute", "[0 0]"}},
		{func(s *Scope, x Var) { s.Transpose(s.Ones(S(3))) }, []string{"transpose", "rank 2"}},
		{func(s *Scope, x Var) { s.Concat(0) }, []string{"concat", "nothing to join"}},
		{func(s *Scope, x Var) { s.Concat(0, x, s.Ones(S(2, 4))) }, []string{"concat", "[2,3] x [2,4]", "input 1", "axis 0"}},
		{func(s *Scope, x Var) { s.Concat(1, x, s.Ones(S(2))) }, []string{"concat", "[2,3] x [2]", "input 1"}},
		{func(s *Scope, x Var) { s.Stack(0, x, s.Ones(S(3, 2))) }, []string{"stack", "[3,2]", "equal"}},
		{func(s *Scope, x Var) { s.Stack(4, x) }, []string{"stack", "-3 to 2"}},
		{func(s *Scope, x Var) { s.Slice(x, 1, 1, 4) }, []string{"slice", "[1:4]", "hi <= 3"}},
		{func(s *Scope, x Var) { s.Slice(x, 1, 2, 1) }, []string{"slice", "[2:1]"}},
		{func(s *Scope, x Var) { s.Embed(x, 1, 1, 3) }, []string{"embed", "[1:4] of 3"}},
		{func(s *Scope, x Var) { s.Gather(x, 0, []int{0, 2}) }, []string{"gather", "index 1 is 2", "0 to 1"}},
		{func(s *Scope, x Var) { s.ScatterAdd(x, 0, []int{0, 5}, 4) }, []string{"scatter_add", "index 1 is 5", "0 to 3"}},
		{func(s *Scope, x Var) { s.ScatterAdd(x, 0, []int{0}, 4) }, []string{"scatter_add", "1 indices for the 2"}},
		{func(s *Scope, x Var) { s.Pad(x, []int{1}, nil, PadZero) }, []string{"pad", "1 paddings before and 0 after"}},
		{func(s *Scope, x Var) { s.Pad(x, []int{-1}, []int{0}, PadZero) }, []string{"pad", "(-1, 0)", "Slice"}},
		{func(s *Scope, x Var) { s.Pad(s.Ones(S(0)), []int{1}, []int{0}, PadReflect) }, []string{"pad", "empty"}},
		{func(s *Scope, x Var) { s.Clamp(x, 1, 0) }, []string{"clamp", "[1, 0]", "lo <= hi"}},
		{func(s *Scope, x Var) { s.Clamp(x, math.NaN(), 0) }, []string{"clamp", "lo <= hi"}},
		{func(s *Scope, x Var) { s.Where(x, x, s.Ones(S(4))) }, []string{"where", "[2,3] x [2,3] x [4]", "broadcast"}},
		{func(s *Scope, x Var) { s.Max2(x, s.Ones(S(2))) }, []string{"max", "[2,3] x [2]", "broadcast"}},
	} {
		var err error
		func() {
			defer Catch(&err)
			s := NewArena().Scope(Eval, F32).Enter("net")
			c.f(s, s.Ones(S(2, 3)))
		}()
		if err == nil {
			t.Errorf("%v: no error", c.want)
			continue
		}
		for _, w := range append(c.want, "net: ") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q does not say %q", err, w)
			}
		}
	}
}
