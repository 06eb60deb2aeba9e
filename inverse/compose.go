package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// ComposeConfig describes a chain of operators. Ops[0] is applied first.
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

// Build returns what ComposeAny makes of the members for images of shape in.
func (c ComposeConfig) Build(in autodiff.Shape) (Operator, error) {
	ops := make([]Operator, len(c.Ops))
	for i, n := range c.Ops {
		op, err := buildMember(n, "compose", fmt.Sprintf("ops[%d]", i), in)
		if err != nil {
			return nil, err
		}
		ops[i], in = op, op.OutShape()
	}
	return ComposeAny(ops...)
}

// Composition applies linear operators one after the other: A = A_k ... A_2 A_1.
type Composition struct {
	Base
	ops []Linear
}

// Compose chains linear operators, of which the first is applied first. A measurement of the right length serves the
// next operator as an image of any shape. The error names two neighbours that do not fit.
func Compose(ops ...Linear) (*Composition, error) {
	all := operatorsOf(ops)
	if err := chained(all); err != nil {
		return nil, err
	}
	return &Composition{Base: composeBase(all), ops: ops}, nil
}

// ComposeAny is Compose for operators that need not be linear. What it returns is Linear where all are, Affine where all
// are either, and otherwise Differentiable, by the chain rule. The error names what does not fit, or has no gradient.
func ComposeAny(ops ...Operator) (Operator, error) {
	if err := chained(ops); err != nil {
		return nil, err
	}
	linear, offsets, ok := partsOf(ops)
	switch {
	case !ok:
		return &composedDifferentiable{Base: composeBase(ops), ops: ops}, nil
	case offsets == nil:
		return Compose(linear...)
	}
	a, err := Compose(linear...)
	if err != nil {
		return nil, err
	}
	var b []float64
	for i, op := range linear {
		next := make([]float64, op.OutShape().Size())
		if b != nil {
			op.Apply(next, b)
		}
		addTo(next, offsets[i])
		b = next
	}
	return &Shifted{Base: composeBase(ops), linear: a, b: b}, nil
}

func composeBase(ops []Operator) Base {
	describe := func(ns []Nested) Config { return ComposeConfig{Ops: ns} }
	return baseOver(ops, ops[0].InShape(), ops[len(ops)-1].OutShape(), describe)
}

// chained returns an error that names a member that is nil, has no gradient or does not fit the one before it.
func chained(ops []Operator) error {
	if err := checkMembers("compose", ops); err != nil {
		return err
	}
	for i := 1; i < len(ops); i++ {
		// A vector of the right length stands for an image, so that a flat measurement can be read on.
		if a, b := ops[i-1].OutShape(), ops[i].InShape(); a.Size() != b.Size() {
			return config.Errorf("compose", fmt.Sprintf("ops[%d]", i), "%s takes %v, but %s before it gives %v",
				ops[i].Name(), b, ops[i-1].Name(), a)
		}
	}
	return nil
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

// composedDifferentiable is a chain with a member that is not linear.
type composedDifferentiable struct {
	Base
	ops []Operator
}

// Apply sets dst = A_k(... A_1(x)).
func (o *composedDifferentiable) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	stages := o.stages(x)
	o.ops[len(o.ops)-1].Apply(dst, stages[len(stages)-1])
}

// stages returns what each member is applied to: x, A_1(x), ...
func (o *composedDifferentiable) stages(x []float64) [][]float64 {
	stages := [][]float64{x}
	for i, op := range o.ops[:len(o.ops)-1] {
		y := make([]float64, op.OutShape().Size())
		op.Apply(y, stages[i])
		stages = append(stages, y)
	}
	return stages
}

// VJP sets dst = A_1'(x)^T ... A_k'(x_k)^T ct, where x_k is what the member before gives.
func (o *composedDifferentiable) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	checkLen(o.Name(), "x", len(x), o.InShape().Size())
	stages := o.stages(x)
	for i := len(o.ops) - 1; i > 0; i-- {
		back := make([]float64, len(stages[i]))
		pull(o.ops[i], back, stages[i], ct)
		ct = back
	}
	pull(o.ops[0], dst, x, ct)
}

// JVP sets dst = A_k'(x_k) ... A_1'(x) v, where x_k is what the member before gives.
func (o *composedDifferentiable) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	stages, last := o.stages(x), len(o.ops)-1
	for i, op := range o.ops[:last] {
		next := make([]float64, op.OutShape().Size())
		if !Push(op, next, stages[i], v) {
			return false
		}
		v = next
	}
	return Push(o.ops[last], dst, stages[last], v)
}

func init() { Register(ComposeConfig{}) }
