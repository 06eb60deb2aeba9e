package autodiff_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	. "tweedie/autodiff"
	"tweedie/internal/testkit"
)

// TestAdjointsOverManyBlocks checks <A x, y> = <x, A^T y> on fields that the kernels cut into several blocks, and
// that one worker and two give the same bits.
func TestAdjointsOverManyBlocks(t *testing.T) {
	spec := ConvSpec{Stride: [3]int{2, 1}, PadLo: [3]int{1, 2}, PadHi: [3]int{0, 1}, Groups: 3}
	for name, c := range map[string]struct {
		x Shape
		f func(s *Scope, x Var) Var
	}{
		"conv": {S(5, 6, 33, 41), func(s *Scope, x Var) Var { return s.Conv(x, ramp(s, S(9, 2, 3, 4), 0.2), spec) }},
		"conv weights": {S(9, 2, 3, 4), func(s *Scope, w Var) Var {
			return s.Conv(ramp(s, S(5, 6, 33, 41), 0.2), w, spec)
		}},
		"avg_pool":   {S(7, 5, 48, 54), func(s *Scope, x Var) Var { return s.AvgPool(x, 3, 2) }},
		"up_nearest": {S(7, 5, 16, 27), func(s *Scope, x Var) Var { return s.UpNearest(x, 3, 2) }},
		"resize":     {S(7, 5, 31, 23), func(s *Scope, x Var) Var { return s.Resize(x, 52, 40) }},
		"fft2":       {S(9, 60, 35, 2), func(s *Scope, x Var) Var { return s.FFT2(x, false) }},
		"group_norm_jvp": {S(11, 12, 23, 31), func(s *Scope, x Var) Var {
			gamma, beta := ramp(s, S(12), 0.4), ramp(s, S(12), 0.9)
			return s.NormMember("group_norm_jvp", 2, 4, true, true, true, ramp(s, x.Shape(), 0.7), x, gamma, beta)
		}},
	} {
		var bits [2]uint64
		for i, workers := range []int{1, 2} {
			before := runtime.GOMAXPROCS(workers)
			s := NewArena().Scope(Record, F64)
			x := s.Watch(ramp(s, c.x, 0.37))
			y := c.f(s, x)
			ct := ramp(s, y.Shape(), 0.61)
			var g [1]Var
			s.VJP([]Var{y}, []Var{ct}, []Var{x}, g[:])
			l, r := s.Dot(y, ct).Scalar(), s.Dot(x, g[0]).Scalar()
			scale := math.Sqrt(s.Dot(y, y).Scalar() * s.Dot(ct, ct).Scalar())
			if math.Abs(l-r) > 1e-13*scale {
				t.Errorf("%s: <A x, y> is %v and <x, A^T y> is %v", name, l, r)
			}
			bits[i] = math.Float64bits(l) ^ math.Float64bits(r)<<1
			s.Close()
			runtime.GOMAXPROCS(before)
		}
		if bits[0] != bits[1] {
			t.Errorf("%s: one worker and two differ", name)
		}
	}
}

// TestGroupNormOverManyBlocks compares gradient, parameter gradients and gradient of a divergence with the
// composition, for many samples of few elements and few samples of many; no sample may affect its neighbours.
func TestGroupNormOverManyBlocks(t *testing.T) {
	type norm = func(s *Scope, x, gamma, beta Var, groups int, eps float64, silu bool) Var
	run := func(f norm, x, a, b []float64, sh Shape) (out [5][]float64) {
		s := NewArena().Scope(Record, F64)
		defer s.Close()
		ch := S(sh.Dim(1))
		in := []Var{s.Watch(s.Const64(sh, x)), s.Watch(ramp(s, ch, 0.4)), s.Watch(ramp(s, ch, 0.9))}
		var g [3]Var
		var jv, h [1]Var
		y := f(s, in[0], in[1], in[2], 4, 1e-4, true)
		s.VJP([]Var{y}, []Var{s.Const64(sh, a)}, in, g[:])
		s.JVP(in[:1], []Var{s.Const64(sh, b)}, []Var{y}, jv[:])
		s.VJP(jv[:], []Var{s.Const64(sh, a)}, in[:1], h[:])
		for i, v := range []Var{g[0], g[1], g[2], jv[0], h[0]} {
			out[i] = testkit.Values(v)
		}
		return out
	}
	for _, sh := range []Shape{S(900, 12), S(700, 8, 5), S(3, 8, 50, 70)} {
		s := NewArena().Scope(Eval, F64)
		x, a, b := testkit.Values(ramp(s, sh, 0.37)), testkit.Values(ramp(s, sh, 0.61)), testkit.Values(ramp(s, sh, 1.7))
		s.Close()
		got, want := run((*Scope).GroupNorm, x, a, b, sh), run((*Scope).GroupNormUnfused, x, a, b, sh)
		for i := range got {
			scale := 1.0
			for _, v := range want[i] {
				scale = max(scale, math.Abs(v))
			}
			for j := range got[i] {
				if math.Abs(got[i][j]-want[i][j]) > 1e-11*scale {
					t.Fatalf("%v: result %d, element %d is %v fused and %v in ops", sh, i, j, got[i][j], want[i][j])
				}
			}
		}
		n := sh.Size() / sh.Dim(0)
		alone := run((*Scope).GroupNorm, x[n:2*n], a[n:2*n], b[n:2*n], sh.With(0, 1))
		for _, i := range []int{0, 3, 4} {
			if !equal(alone[i], got[i][n:2*n]) {
				t.Errorf("%v: result %d of sample 1 depends on its batch", sh, i)
			}
		}
	}
}

// The transposed convolution is the adjoint of the convolution in its input.
func ExampleScope_Conv() {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	x := s.Const64(S(1, 1, 5), []float64{0, 1, 3, 6, 10})
	w := s.Const64(S(1, 1, 2), []float64{-1, 1})
	y := s.Conv(x, w, ConvSpec{})
	back := s.ConvInputGrad(y, w, ConvSpec{}, x.Shape())
	out := make([]float64, 4)
	y.CopyTo64(out)
	fmt.Println(y.Shape(), out)
	out = make([]float64, 5)
	back.CopyTo64(out)
	fmt.Println(back.Shape(), out)
	// Output:
	// [1,1,4] [1 2 3 4]
	// [1,1,5] [-1 -1 -1 -1 4]
}
