package inverse_test

import (
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
)

// Everything that ships pushes vectors forward but a program outside, and what has one as a member.
func TestWhatPushes(t *testing.T) {
	pushes := func(op inverse.Operator) bool {
		n := op.InShape().Size()
		return inverse.Push(op, make([]float64, op.OutShape().Size()), optest.Constant(n, .5), optest.Normals(n, 1))
	}
	for _, r := range rows {
		if op := optest.Decode(t, r.in, r.json); !pushes(op) {
			t.Errorf("%s has no JVP", r.name)
		}
	}
	for _, r := range curved {
		if op := optest.Decode(t, r.in, r.json); pushes(op) != (r.kind != "external") {
			t.Errorf("%s: whether it has a JVP is %v", r.json, pushes(op))
		}
	}
	outside := program(pointwise("tanh"))
	for _, json := range []string{
		through(pointwise("exp"), outside),
		through(outside, pointwise("exp")),
		`{"kind":"stack","ops":[` + pointwise("exp") + "," + outside + `]}`,
		`{"kind":"scale","factor":2,"op":` + outside + `}`,
		`{"kind":"shift","offset":2,"op":` + outside + `}`,
		`{"kind":"restrict","keep":[1],"op":` + outside + `}`,
		`{"kind":"tone","op":` + outside + `}`,
	} {
		if pushes(optest.Decode(t, autodiff.S(3), json)) {
			t.Errorf("%s has a JVP", json)
		}
	}
}

// The JVP of a linear operator is its Apply, and an operator with neither is told from it.
func TestPushOfALinearOperator(t *testing.T) {
	op := optest.Build(t, autodiff.S(3), matrix)
	v, got := optest.Normals(3, 1), make([]float64, 2)
	if !inverse.Push(op, got, nil, v) || !slices.Equal(got, optest.Apply(op, v)) {
		t.Errorf("A'(x) v is %v", got)
	}
	if inverse.Push(struct{ inverse.Operator }{op}, got, v, v) {
		t.Error("an operator without Adjoint and JVP pushes")
	}
}
