package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/absent"
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

// Build returns a *Stacked for images of shape in.
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

// Stacked measures one image with several operators: A = [A_1; A_2; ...] and A^T y = sum_i A_i^T y_i.
type Stacked struct {
	Base
	ops []Linear
}

// Stack joins the measurements of several operators on images of one shape. The error names the operator that does
// not fit.
func Stack(ops ...Linear) (*Stacked, error) {
	if len(ops) == 0 {
		return nil, config.Errorf("stack", "ops", "no operator is given")
	}
	m := 0
	for i, op := range ops {
		if absent.Is(op) {
			return nil, config.Errorf("stack", fmt.Sprintf("ops[%d]", i), "the operator is nil")
		}
		if op.InShape() != ops[0].InShape() {
			return nil, config.Errorf("stack", fmt.Sprintf("ops[%d]", i), "%s takes %v, but %s takes %v",
				op.Name(), op.InShape(), ops[0].Name(), ops[0].InShape())
		}
		m += op.OutShape().Size()
	}
	in, out := ops[0].InShape(), autodiff.S(m)
	o := &Stacked{Base: NewBase("stack", in, out), ops: ops}
	if ns := nest(ops); ns != nil {
		o.Base = BaseOf(StackConfig{Ops: ns}, in, out)
	}
	return o, nil
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
		for i, v := range part {
			dst[i] += v
		}
		y = y[m:]
	}
}

func init() { Register(StackConfig{}) }
