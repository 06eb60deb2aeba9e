package autodiff_test

import (
	"math"
	"math/cmplx"
	"testing"

	. "tweedie/autodiff"
	"tweedie/autodiff/gradtest"
	"tweedie/internal/testkit"
)

func fftRows() []gradtest.Case {
	one := func(inverse bool) func(*Scope, []Var) Var {
		return func(s *Scope, x []Var) Var { return s.FFT(x[0], inverse) }
	}
	two := func(inverse bool) func(*Scope, []Var) Var {
		return func(s *Scope, x []Var) Var { return s.FFT2(x[0], inverse) }
	}
	return []gradtest.Case{
		{Name: "fft", F: one(false), In: []Shape{S(3, 7, 2)}},
		{Name: "fft inverse", F: one(true), In: []Shape{S(12, 2)}},
		{Name: "fft2", F: two(false), In: []Shape{S(2, 3, 5, 2)}},
		{Name: "fft2 inverse", F: two(true), In: []Shape{S(1, 2, 4, 3, 2)}},
		{Name: "complex", In: []Shape{S(2, 3), S(2, 3), S(3, 2)}, F: func(s *Scope, x []Var) Var {
			z := s.ComplexMul(s.ToComplex(x[0], x[1]), x[2])
			return s.Add(s.Real(z), s.Mul(s.Imag(z), x[0]))
		}},
		{Name: "to_complex of a real field", In: []Shape{S(2, 3)}, F: func(s *Scope, x []Var) Var { return s.ToComplex(x[0], Var{}) }},
	}
}

// TestFFTAgainstDefinition evaluates the sums, for lengths with factors 2, 3, 4, 5 and large primes.
func TestFFTAgainstDefinition(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	for _, n := range []int{1, 2, 3, 4, 7, 12, 30, 37, 64} {
		x := ramp(s, S(2, n, 2), 0.7)
		xd, fwd, inv := testkit.Values(x), testkit.Values(s.FFT(x, false)), testkit.Values(s.FFT(x, true))
		for i := range 2 * n {
			var f, b complex128
			for j := range n {
				at := 2 * (i/n*n + j)
				z := complex(xd[at], xd[at+1])
				f += z * cmplx.Rect(1, -2*math.Pi*float64(i%n*j%n)/float64(n))
				b += z * cmplx.Rect(1/float64(n), 2*math.Pi*float64(i%n*j%n)/float64(n))
			}
			if cmplx.Abs(f-complex(fwd[2*i], fwd[2*i+1])) > 1e-13*float64(n) || cmplx.Abs(b-complex(inv[2*i], inv[2*i+1])) > 1e-13 {
				t.Fatalf("n=%d, k=%d: forward %v, want %v; inverse %v, want %v", n, i%n, fwd[2*i:2*i+2], f, inv[2*i:2*i+2], b)
			}
		}
	}
	x := ramp(s, S(3, 5, 6, 2), 0.3)
	for i, v := range testkit.Values(s.FFT2(s.FFT2(x, false), true)) {
		if math.Abs(v-testkit.Values(x)[i]) > 1e-14 {
			t.Fatalf("the inverse of FFT2 gives %v at %d, want %v", v, i, testkit.Values(x)[i])
		}
	}
	rows := s.Permute(s.FFT(s.Permute(s.FFT(x, false), 0, 2, 1, 3), false), 0, 2, 1, 3)
	for i, v := range testkit.Values(s.FFT2(x, false)) {
		if math.Abs(v-testkit.Values(rows)[i]) > 1e-13 {
			t.Fatalf("FFT2 gives %v at %d, FFT over each axis %v", v, i, testkit.Values(rows)[i])
		}
	}
	mustShapeError(t, func(s *Scope) { s.FFT(s.Input(S(4, 3)), false) }, "[4,3]", "last axis of 2")
	mustShapeError(t, func(s *Scope) { s.FFT2(s.Input(S(4, 2)), false) }, "2 axes")
	mustShapeError(t, func(s *Scope) { s.Real(s.Input(S(4, 3))) }, "re, im")
}

func TestComplexMulValue(t *testing.T) {
	s := NewArena().Scope(Eval, F64)
	defer s.Close()
	z := s.ComplexMul(s.Const64(S(2), []float64{1, 2}), s.Const64(S(2, 2), []float64{3, 4, 0, 1}))
	if got, want := testkit.Values(z), []float64{-5, 10, -2, 1}; !equal(got, want) {
		t.Errorf("(1+2i) times (3+4i) and i is %v, want %v", got, want)
	}
}
