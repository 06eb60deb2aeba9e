package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/absent"
)

// StackConfig describes several measurements of one image, one after the other.
type StackConfig struct {
	Ops []Nested `json:"ops"`
}

// Kind is "stack".
func (StackConfig) Kind() string { return "stack" }

// Validate names the member that does not fit images of shape in.
func (c StackConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build makes a *Stacked.
func (c StackConfig) Build(in autodiff.Shape) (Operator, error) {
	ops := make([]Linear, len(c.Ops))
	for i, n := range c.Ops {
		op, err := buildLinear(n, "stack", fmt.Sprintf("ops[%d]", i), in)
		if err != nil {
			return nil, err
		}
		ops[i] = op
	}
	return Stack(ops...)
}

// Stacked is A = [A_1; A_2; ...], and A^T y = sum_i A_i^T y_i.
type Stacked struct {
	ops []Linear
	m   int
}

// Stack makes one measurement of several operators on images of one shape.
func Stack(ops ...Linear) (*Stacked, error) {
	if len(ops) == 0 {
		return nil, fieldError("stack", "ops", "no operator is given")
	}
	o := &Stacked{ops: ops}
	for i, op := range ops {
		if absent.Is(op) {
			return nil, fieldError("stack", fmt.Sprintf("ops[%d]", i), "the operator is nil")
		}
		if op.InShape() != ops[0].InShape() {
			return nil, fieldError("stack", fmt.Sprintf("ops[%d]", i), "%s takes %v, but %s takes %v",
				op.Name(), op.InShape(), ops[0].Name(), ops[0].InShape())
		}
		o.m += op.OutShape().Size()
	}
	return o, nil
}

// Name is "stack".
func (o *Stacked) Name() string { return "stack" }

// InShape is that of every member.
func (o *Stacked) InShape() autodiff.Shape { return o.ops[0].InShape() }

// OutShape is [m], m being the sum of the members' sizes.
func (o *Stacked) OutShape() autodiff.Shape { return autodiff.S(o.m) }

// Config describes the operator; it is nil when a member has none.
func (o *Stacked) Config() Config {
	if ns := nest(o.ops); ns != nil {
		return StackConfig{Ops: ns}
	}
	return nil
}

// Apply sets dst to the members' measurements in order.
func (o *Stacked) Apply(dst, x []float64) {
	checkApply(o, dst, x)
	for _, op := range o.ops {
		m := op.OutShape().Size()
		op.Apply(dst[:m], x)
		dst = dst[m:]
	}
}

// Adjoint sets dst = sum_i A_i^T y_i.
func (o *Stacked) Adjoint(dst, y []float64) {
	checkAdjoint(o, dst, y)
	clear(dst)
	part := make([]float64, len(dst))
	for _, op := range o.ops {
		m := op.OutShape().Size()
		op.Adjoint(part, y[:m])
		for i, v := range part {
			dst[i] += v
		}
		y = y[m:]
	}
}

func init() { Register(StackConfig{}) }
