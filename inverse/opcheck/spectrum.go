package opcheck

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/inverse"
)

const (
	mostSteps   = 48      // of the bidiagonalization
	mostVectors = 1 << 24 // numbers that it keeps
	smallMatrix = 1 << 18 // entries of a matrix whose singular values are computed outright
)

// spectrum finds the norm, the condition and the rank of a linear operator: from its own singular values, from those of its
// matrix where this is small, and otherwise from a bidiagonalization.
func (e *examination) spectrum() {
	op, ok := e.op.(inverse.Linear)
	if !ok {
		return
	}
	op, lost := e.measuring(op)
	m := op.OutShape().Size()
	values, source := e.singular(op)
	if values == nil {
		e.add("spectrum", Note, "", "norm and condition are not known: a matrix of %d x %d is too large to compute, and the iteration needs a true adjoint%s", m, e.n, lost)
		return
	}
	if finite(floats.Sum(values)) == nil { // numbers that are not finite are told of elsewhere
		return
	}
	least := inverse.RelativeCut * slices.Max(values)
	e.Norm, e.Smallest = slices.Max(values), math.Inf(1)
	for _, s := range values {
		if s > least {
			e.Rank++
			e.Smallest = min(e.Smallest, s)
		}
	}
	if e.Norm == 0 {
		e.Smallest = 0
		e.add("spectrum", Fail, "a kernel, a matrix or a mask of zeros", "all singular values are zero")
		return
	}
	e.Condition = e.Norm / e.Smallest
	if !e.Exact {
		e.add("spectrum", OK, "", "norm %.4g, condition at least %.3g, by %s%s", e.Norm, e.Condition, source, lost)
		return
	}
	free := ""
	if e.Rank < e.n {
		free = fmt.Sprintf("; the data say nothing about %d of %d directions of an image, which the prior must fill", e.n-e.Rank, e.n)
	}
	e.add("spectrum", OK, "", "norm %.4g, condition %.3g, rank %d of %d, by %s%s%s", e.Norm, e.Condition, e.Rank, min(e.n, m), source, lost, free)
}

// measuring returns the operator of the entries of the data that are not missing, and says how many are.
func (e *examination) measuring(whole inverse.Linear) (op inverse.Linear, lost string) {
	if e.o.Likelihood == nil {
		return whole, ""
	}
	kept := e.o.Likelihood.Op.OutShape().Size()
	op, ok := e.o.Likelihood.Op.(inverse.Linear)
	if !ok || kept == e.m {
		return whole, ""
	}
	return op, fmt.Sprintf(", without the %d of %d entries of the data that are missing", e.m-kept, e.m)
}

// singular returns singular values, all where Exact is set.
func (e *examination) singular(op inverse.Linear) ([]float64, string) {
	if s, ok := op.(inverse.SVD); ok {
		e.Exact = true
		return s.Singular(), "its own singular values"
	}
	if d, ok := op.(inverse.DiagonalGram); ok {
		e.Exact = true
		return e.ofDiagonalGram(d), "the diagonal of A'A"
	}
	if e.n <= smallMatrix/op.OutShape().Size() {
		var svd mat.SVD
		if a, err := inverse.Matrix(op); err == nil && svd.Factorize(a, mat.SVDNone) {
			e.Exact = true
			return svd.Values(nil), "the singular values of its matrix"
		}
	}
	if e.falseAdjoint {
		return nil, ""
	}
	values := e.bidiagonal(op)
	return values, fmt.Sprintf("a bidiagonalization of %d steps", len(values))
}

// ofDiagonalGram returns the singular values of an operator whose A'A is diagonal: the roots of its entries.
func (e *examination) ofDiagonalGram(op inverse.DiagonalGram) []float64 {
	values, ones := make([]float64, e.n), make([]float64, op.OutShape().Size())
	for i := range ones {
		ones[i] = 1
	}
	op.GramDiagonal(values, ones)
	for i, v := range values {
		values[i] = math.Sqrt(v)
	}
	return values
}

// bidiagonal runs the iteration of Golub and Kahan (1965) with all vectors kept orthogonal, and returns the singular values of
// the bidiagonal matrix: the largest is that of A up to rounding, the least an upper bound of the least.
func (e *examination) bidiagonal(op inverse.Linear) []float64 {
	m := op.OutShape().Size()
	steps := max(2, min(mostSteps, e.n, m, mostVectors/(e.n+m)))
	var us, vs [][]float64
	var diag, off []float64
	v := e.normals("lanczos", e.n)
	floats.Scale(1/floats.Norm(v, 2), v)
	for k := range steps {
		if e.ctx.Err() != nil {
			break
		}
		vs = append(vs, v)
		u := make([]float64, m)
		op.Apply(u, v)
		alpha := orthogonal(u, us)
		if k > 0 && !(alpha > 1e-14*diag[0]) || alpha == 0 {
			break
		}
		diag, us = append(diag, alpha), append(us, u)
		v = make([]float64, e.n)
		op.Adjoint(v, u)
		beta := orthogonal(v, vs)
		if !(beta > 1e-14*diag[0]) {
			break
		}
		off = append(off, beta)
	}
	if len(diag) == 0 {
		return []float64{0}
	}
	b := mat.NewDense(len(diag), len(diag), nil)
	for i, a := range diag {
		b.Set(i, i, a)
		if i+1 < len(diag) {
			b.Set(i, i+1, off[i])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(b, mat.SVDNone) {
		return []float64{math.NaN()}
	}
	return svd.Values(nil)
}

// orthogonal takes from w its parts along orthonormal vectors, twice, and makes it a unit vector; it returns its length before.
func orthogonal(w []float64, basis [][]float64) float64 {
	for range 2 {
		for _, q := range basis {
			floats.AddScaled(w, -floats.Dot(w, q), q)
		}
	}
	length := floats.Norm(w, 2)
	if length > 0 {
		floats.Scale(1/length, w)
	}
	return length
}
