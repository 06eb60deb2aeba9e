// Package testkit holds the helpers that the tests of several packages share: values of Vars, random inputs,
// comparisons, and the count of allocations in a warm step.
package testkit

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// Values returns the elements of v in row-major order.
func Values(v autodiff.Var) []float64 {
	out := make([]float64, v.Size())
	v.CopyTo64(out)
	return out
}

// Normals returns n standard normal values, the same for one label in every run.
func Normals(n int, label string) []float64 {
	x := make([]float64, n)
	rng.New(3).Split(label, 0).Stream().FillNorm(x)
	return x
}

// Near ends the test unless got and want have equal lengths and differ by at most tol in every element.
func Near(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol) {
			t.Fatalf("%s: element %d is %.12g, want %.12g (tolerance %g)", what, i, got[i], want[i], tol)
		}
	}
}
