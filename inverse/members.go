package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// buildMember builds a member of another operator, which must have a gradient. Errors call the member by its field.
func buildMember(n Nested, kind, field string, in autodiff.Shape) (Operator, error) {
	if n.Config == nil {
		return nil, config.Errorf(kind, field, "it is missing")
	}
	op, err := n.Build(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", kind, field, err)
	}
	return op, checkMember(kind, field, op)
}

// checkMember returns an error for a member that is nil or has no gradient.
func checkMember(kind, field string, op Operator) error {
	if absent.Is(op) {
		return config.Errorf(kind, field, "the operator is nil")
	}
	switch op.(type) {
	case Linear, Differentiable:
		return nil
	}
	return config.Errorf(kind, field, "%s has neither Adjoint nor VJP", op.Name())
}

// checkMembers is checkMember for a list, which must not be empty.
func checkMembers(kind string, ops []Operator) error {
	if len(ops) == 0 {
		return config.Errorf(kind, "ops", "no operator is given")
	}
	for i, op := range ops {
		if err := checkMember(kind, fmt.Sprintf("ops[%d]", i), op); err != nil {
			return err
		}
	}
	return nil
}

// baseOver returns the base of an operator made of members, which describe makes of their descriptions. The operator
// has no description when a member has none.
func baseOver(ops []Operator, in, out autodiff.Shape, describe func([]Nested) Config) Base {
	ns, all := make([]Nested, len(ops)), true
	for i, op := range ops {
		if d, ok := op.(Described); ok {
			ns[i].Config = d.Config()
		}
		all = all && ns[i].Config != nil
	}
	b := BaseOf(describe(ns), in, out)
	if !all {
		b.config = nil
	}
	return b
}

// operatorsOf returns linear operators as operators.
func operatorsOf(ops []Linear) []Operator {
	all := make([]Operator, len(ops))
	for i, op := range ops {
		all[i] = op
	}
	return all
}

// partsOf returns the matrices and the offsets of members that are all linear or affine. A linear one has no offset, and
// offsets is nil when none has.
func partsOf(ops []Operator) (linear []Linear, offsets [][]float64, ok bool) {
	linear = make([]Linear, len(ops))
	all, any := make([][]float64, len(ops)), false
	for i, op := range ops {
		switch op := op.(type) {
		case Linear:
			linear[i] = op
		case Affine:
			linear[i], all[i] = op.Parts()
			any = true
		default:
			return nil, nil, false
		}
	}
	if any {
		offsets = all
	}
	return linear, offsets, true
}

// pull sets dst = A'(x)^T ct for an operator with a gradient.
func pull(op Operator, dst, x, ct []float64) {
	if l, ok := op.(Linear); ok {
		l.Adjoint(dst, ct)
		return
	}
	op.(Differentiable).VJP(dst, x, ct)
}

// addTo adds b to dst; a nil b is zero.
func addTo(dst, b []float64) {
	for i, v := range b {
		dst[i] += v
	}
}
