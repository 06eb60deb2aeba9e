package opcheck

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// forward compares, for an operator that is not linear and has a JVP and a VJP, <ct, J v> of the one with <J'ct, v> of the
// other for two pairs of random vectors.
func (e *examination) forward() {
	op, ok := e.op.(inverse.Differentiable)
	if e.Report.Linear || !ok {
		return
	}
	gap := 0.0
	for k := range 2 {
		v, ct := e.normals(fmt.Sprint("forward", k), e.n), e.normals(fmt.Sprint("forward.ct", k), e.m)
		jv, back := make([]float64, e.m), make([]float64, e.n)
		if !inverse.Push(e.op, jv, e.base, v) {
			return
		}
		op.VJP(back, e.base, ct)
		scale := max(floats.Norm(ct, 2)*floats.Norm(jv, 2), floats.Norm(back, 2)*floats.Norm(v, 2), math.SmallestNonzeroFloat64)
		if d := math.Abs(floats.Dot(ct, jv)-floats.Dot(back, v)) / scale; d > gap || math.IsNaN(d) {
			gap = d
		}
		if math.IsNaN(gap) {
			break
		}
	}
	e.within("forward", gap, mostGap, "the JVP is the transpose of the VJP: <ct, J v> = <J'ct, v>", "the JVP is not the transpose of the VJP: <ct, J v> differs from <J'ct, v>",
		"one of the two is wrong, and the check of the derivative tells which")
}
