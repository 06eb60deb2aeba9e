// Package optest holds what the tests of operators share.
package optest

import (
	"testing"

	"gonum.org/v1/gonum/floats"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/rng"
)

// Build makes the linear operator that a description asks for.
func Build(t testing.TB, in autodiff.Shape, json string) inverse.Linear {
	t.Helper()
	return Decode(t, in, json).(inverse.Linear)
}

// Decode makes the operator that a description asks for, linear or not.
func Decode(t testing.TB, in autodiff.Shape, json string) inverse.Operator {
	t.Helper()
	op, err := inverse.Decode([]byte(json), in)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// Normals returns n standard normals drawn from seed.
func Normals(n int, seed uint64) []float64 {
	x := make([]float64, n)
	rng.New(seed).Stream().FillNorm(x)
	return x
}

// Constant returns n numbers v.
func Constant(n int, v float64) []float64 {
	x := make([]float64, n)
	floats.AddConst(v, x)
	return x
}

// Apply returns A x.
func Apply(op inverse.Operator, x []float64) []float64 {
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, x)
	return y
}

// PseudoInverse returns A+ y of an operator that has one.
func PseudoInverse(op inverse.Operator, y []float64) []float64 {
	x := make([]float64, op.InShape().Size())
	op.(inverse.PseudoInverter).PseudoInverse(x, y)
	return x
}
