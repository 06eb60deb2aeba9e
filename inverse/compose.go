package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// ComposeConfig describes a chain of linear operators. Ops[0] is applied first.
type ComposeConfig struct {
	Ops []Nested `json:"ops"`
}

// Kind returns "compose".
func (ComposeConfig) Kind() string { return "compose" }

// Validate names the member that does not fit what comes before it.
func (c ComposeConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns a *Composition for images of shape in.
func (c ComposeConfig) Build(in autodiff.Shape) (Operator, error) {
	ops := make([]Linear, len(c.Ops))
	for i, n := range c.Ops {
		op, err := buildLinear(n, "compose", fmt.Sprintf("ops[%d]", i), in)
		if err != nil {
			return nil, err
		}
		ops[i], in = op, op.OutShape()
	}
	return Compose(ops...)
}

// buildLinear builds a member of another operator. Errors call the member by its field.
func buildLinear(n Nested, kind, field string, in autodiff.Shape) (Linear, error) {
	if n.Config == nil {
		return nil, config.Errorf(kind, field, "it is missing")
	}
	op, err := n.Build(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", kind, field, err)
	}
	l, ok := op.(Linear)
	if !ok {
		return nil, config.Errorf(kind, field, "%s is not linear", op.Name())
	}
	return l, nil
}

// nest lists the descriptions of the members. It returns nil when a member has none.
func nest(ops []Linear) []Nested {
	ns := make([]Nested, len(ops))
	for i, op := range ops {
		d, ok := op.(Described)
		if !ok {
			return nil
		}
		if ns[i].Config = d.Config(); ns[i].Config == nil {
			return nil
		}
	}
	return ns
}

// Composition applies linear operators one after the other: A = A_k ... A_2 A_1.
type Composition struct {
	Base
	ops []Linear
}

// Compose chains linear operators, of which the first is applied first. A measurement of the right length serves the
// next operator as an image of any shape. The error names two neighbours that do not fit.
func Compose(ops ...Linear) (*Composition, error) {
	if len(ops) == 0 {
		return nil, config.Errorf("compose", "ops", "no operator is given")
	}
	for i, op := range ops {
		if absent.Is(op) {
			return nil, config.Errorf("compose", fmt.Sprintf("ops[%d]", i), "the operator is nil")
		}
	}
	for i := 1; i < len(ops); i++ {
		// A vector of the right length stands for an image, so that a flat measurement can be read on.
		if a, b := ops[i-1].OutShape(), ops[i].InShape(); a.Size() != b.Size() {
			return nil, config.Errorf("compose", fmt.Sprintf("ops[%d]", i), "%s takes %v, but %s before it gives %v",
				ops[i].Name(), b, ops[i-1].Name(), a)
		}
	}
	in, out := ops[0].InShape(), ops[len(ops)-1].OutShape()
	o := &Composition{Base: NewBase("compose", in, out), ops: ops}
	if ns := nest(ops); ns != nil {
		o.Base = BaseOf(ComposeConfig{Ops: ns}, in, out)
	}
	return o, nil
}

// Apply sets dst = A_k ... A_1 x.
func (o *Composition) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	for _, op := range o.ops[:len(o.ops)-1] {
		y := make([]float64, op.OutShape().Size())
		op.Apply(y, x)
		x = y
	}
	o.ops[len(o.ops)-1].Apply(dst, x)
}

// Adjoint sets dst = A_1^T ... A_k^T y.
func (o *Composition) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	for i := len(o.ops) - 1; i > 0; i-- {
		x := make([]float64, o.ops[i].InShape().Size())
		o.ops[i].Adjoint(x, y)
		y = x
	}
	o.ops[0].Adjoint(dst, y)
}

func init() { Register(ComposeConfig{}) }
