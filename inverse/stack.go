package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// StackConfig describes several measurements of one image, one after the other.
type StackConfig struct {
	Ops []Nested `json:"ops"`
}

// Kind returns "stack".
func (StackConfig) Kind() string { return "stack" }

// Validate names the member that does not fit images of shape in.
func (c StackConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns what StackAny makes of the members for images of shape in.
func (c StackConfig) Build(in autodiff.Shape) (Operator, error) {
	ops := make([]Operator, len(c.Ops))
	for i, n := range c.Ops {
		op, err := buildMember(n, "stack", fmt.Sprintf("ops[%d]", i), in)
		if err != nil {
			return nil, err
		}
		ops[i] = op
	}
	return StackAny(ops...)
}

// Stacked measures one image with several operators: A = [A_1; A_2; ...] and A^T y = sum_i A_i^T y_i.
type Stacked struct {
	Base
	ops []Linear
}

// Stack joins the measurements of several operators on images of one shape. The error names the operator that does
// not fit.
func Stack(ops ...Linear) (*Stacked, error) {
	base, err := stackBase(operatorsOf(ops))
	if err != nil {
		return nil, err
	}
	return &Stacked{Base: base, ops: ops}, nil
}

// StackAny is Stack for operators that need not be linear. What it returns is Linear where all are, Affine where all are
// either, and otherwise Differentiable.
func StackAny(ops ...Operator) (Operator, error) {
	base, err := stackBase(ops)
	if err != nil {
		return nil, err
	}
	linear, offsets, ok := partsOf(ops)
	switch {
	case !ok:
		return &stackedDifferentiable{Base: base, ops: ops}, nil
	case offsets == nil:
		return &Stacked{Base: base, ops: linear}, nil
	}
	a, err := Stack(linear...)
	if err != nil {
		return nil, err
	}
	b := make([]float64, 0, base.out.Size())
	for i, op := range ops {
		part := make([]float64, op.OutShape().Size())
		addTo(part, offsets[i])
		b = append(b, part...)
	}
	return &Shifted{Base: base, linear: a, b: b}, nil
}

// stackBase returns the base of operators that fit each other.
func stackBase(ops []Operator) (Base, error) {
	if err := checkMembers("stack", ops); err != nil {
		return Base{}, err
	}
	m := 0
	for i, op := range ops {
		if op.InShape() != ops[0].InShape() {
			return Base{}, config.Errorf("stack", fmt.Sprintf("ops[%d]", i), "%s takes %v, but %s takes %v",
				op.Name(), op.InShape(), ops[0].Name(), ops[0].InShape())
		}
		m += op.OutShape().Size()
	}
	return baseOver(ops, ops[0].InShape(), autodiff.S(m), func(ns []Nested) Config { return StackConfig{Ops: ns} }), nil
}

// Apply writes the members' measurements of x into dst, one after the other.
func (o *Stacked) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for _, op := range o.ops {
		m := op.OutShape().Size()
		op.Apply(dst[:m], x)
		dst = dst[m:]
	}
}

// Adjoint sets dst = sum_i A_i^T y_i.
func (o *Stacked) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	clear(dst)
	part := make([]float64, len(dst))
	for _, op := range o.ops {
		m := op.OutShape().Size()
		op.Adjoint(part, y[:m])
		addTo(dst, part)
		y = y[m:]
	}
}

// stackedDifferentiable measures one image with several operators, of which one is not linear.
type stackedDifferentiable struct {
	Base
	ops []Operator
}

// Apply writes the members' measurements of x into dst, one after the other.
func (o *stackedDifferentiable) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for _, op := range o.ops {
		m := op.OutShape().Size()
		op.Apply(dst[:m], x)
		dst = dst[m:]
	}
}

// VJP sets dst = sum_i A_i'(x)^T ct_i.
func (o *stackedDifferentiable) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	checkLen(o.Name(), "x", len(x), o.InShape().Size())
	clear(dst)
	part := make([]float64, len(dst))
	for _, op := range o.ops {
		m := op.OutShape().Size()
		pull(op, part, x, ct[:m])
		addTo(dst, part)
		ct = ct[m:]
	}
}

// JVP writes the members' A_i'(x) v into dst, one after the other.
func (o *stackedDifferentiable) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	for _, op := range o.ops {
		m := op.OutShape().Size()
		if !Push(op, dst[:m], x, v) {
			return false
		}
		dst = dst[m:]
	}
	return true
}

func init() { Register(StackConfig{}) }
