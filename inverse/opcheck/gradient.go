package opcheck

import (
	"context"

	"tweedie/inverse"
)

// Gradient makes the one check of Examine without which a method goes to a wrong answer: of a linear operator that the adjoint is the
// transpose, of any other that its VJP is that of its values, along one direction at the first of the draws. It costs a few
// applications.
func Gradient(ctx context.Context, op inverse.Operator, o Options) *Report {
	e := newExamination(ctx, op, o)
	e.quick = true
	if e.Report.Linear {
		e.try("adjoint", e.adjoint)
	} else {
		e.try("derivative", e.derivative)
	}
	return e.Report
}
