// Package numtest compares numbers and makes them, for the tests of diffusion and the rooms below it.
package numtest

import (
	"bytes"
	"math"
	"os"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/npy"
	"tweedie/rng"
)

// Near fails t unless got equals want to the relative tolerance tol.
func Near(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*math.Max(math.Abs(want), math.SmallestNonzeroFloat64)) && got != want {
		t.Errorf("%s = %.12g, want %.12g to %.0e", what, got, want, tol)
	}
}

// Within fails t unless |got - want| <= tol.
func Within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s = %.12g, want %.12g within %.2g (off by %.3g)", what, got, want, tol, got-want)
	}
}

// NearAll fails t unless got and want have one length and are Near, entry by entry.
func NearAll(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d entries, want %d", what, len(got), len(want))
	}
	for i := range want {
		Near(t, what, got[i], want[i], tol)
	}
}

// Fixture reads the array testdata/NAME.npy of the package under test; the README there says where it comes from.
func Fixture(t *testing.T, name string) []float64 {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	r := bytes.NewReader(raw)
	h, err := npy.ReadHeader(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := npy.ReadBody(r, h)
	if err != nil {
		t.Fatal(err)
	}
	v := make([]float64, h.Count)
	npy.Float64s(v, h.Kind, h.Size, body)
	return v
}

// Must returns v, and panics on an error.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Vector draws n standard normals from key.
func Vector(key rng.Key, n int) []float64 {
	v := make([]float64, n)
	key.Stream().FillNorm(v)
	return v
}

// Repeat returns n copies of v.
func Repeat(v float64, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

// Keys returns n different keys, the same on every call.
func Keys(n int) []rng.Key {
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(52).Split("sample", i)
	}
	return keys
}

// Apply returns f of x [B,D] in float64, with B the number of noise levels.
func Apply(f func(*autodiff.Scope, autodiff.Var, []float64) autodiff.Var, x []float64, sigma ...float64) []float64 {
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	y := make([]float64, len(x))
	f(s, s.Const64(autodiff.S(len(sigma), len(x)/len(sigma)), x), sigma).CopyTo64(y)
	return y
}
