package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// Affine is an operator A x + b. With Gaussian noise its likelihood is that of the linear A and the measurement y - b,
// which NewLikelihood makes of it, so that what serves linear operators serves it.
type Affine interface {
	Differentiable
	// Parts returns A and b. The caller must not write to b.
	Parts() (a Linear, b []float64)
}

// ShiftConfig describes A(x) + b.
type ShiftConfig struct {
	Op Nested `json:"op"`
	// Offset is b: one number for all entries of a measurement, or one for each.
	Offset Array `json:"offset"`
}

// Kind returns "shift".
func (ShiftConfig) Kind() string { return "shift" }

// Validate names the field that does not fit images of shape in.
func (c ShiftConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns what Shift makes of the operator described, for images of shape in.
func (c ShiftConfig) Build(in autodiff.Shape) (Operator, error) {
	op, err := buildMember(c.Op, "shift", "op", in)
	if err != nil {
		return nil, err
	}
	if !c.Offset.Given() {
		return nil, config.Errorf("shift", "offset", "it is missing; give one number, or one for each entry of a measurement")
	}
	b, err := c.offset(op)
	if err != nil {
		return nil, err
	}
	return shift(op, b, func(ns []Nested) Config { return ShiftConfig{Op: ns[0], Offset: c.Offset} })
}

// offset returns one number for each entry of a measurement of op.
func (c ShiftConfig) offset(op Operator) ([]float64, error) {
	_, isComplex := ComplexShape(op)
	m := op.OutShape().Size()
	v, err := valuesOf("shift", "offset", c.Offset, isComplex, func(shape []int, complex bool) error {
		n, ok := config.Size(shape...)
		if complex {
			n *= 2
		}
		if !ok || n != 1 && n != m {
			return fmt.Errorf("%s gives %v, so one number or %d belong", op.Name(), op.OutShape(), m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	b := v.Data
	if v.Complex {
		b = SplitComplex(b)
	}
	if len(b) == 1 && m != 1 {
		all := make([]float64, m)
		for i := range all {
			all[i] = b[0]
		}
		return all, nil
	}
	return b, nil
}

// Shift returns A(x) + b: Affine where op is Linear or Affine, and otherwise Differentiable. It keeps b.
func Shift(op Operator, b []float64) (Operator, error) {
	return shift(op, b, func(ns []Nested) Config { return ShiftConfig{Op: ns[0], Offset: *Numbers([]int{len(b)}, b)} })
}

func shift(op Operator, b []float64, describe func([]Nested) Config) (Operator, error) {
	if err := checkMember("shift", "op", op); err != nil {
		return nil, err
	}
	if m := op.OutShape().Size(); len(b) != m {
		return nil, config.Errorf("shift", "offset", "%d numbers where %s gives %v, which is %d", len(b), op.Name(), op.OutShape(), m)
	}
	k := config.Check("shift")
	k.Floats("offset", b, -MostEntry, MostEntry)
	if err := k.Err(); err != nil {
		return nil, err
	}
	base := baseOver([]Operator{op}, op.InShape(), op.OutShape(), describe)
	linear, offsets, ok := partsOf([]Operator{op})
	if !ok {
		return &shiftedDifferentiable{Base: base, op: op.(Differentiable), b: b}, nil
	}
	if offsets != nil {
		b = append([]float64(nil), b...)
		addTo(b, offsets[0])
	}
	return &Shifted{Base: base, linear: linear[0], b: b}, nil
}

// Shifted applies A x + b.
type Shifted struct {
	Base
	linear Linear
	b      []float64
}

// Parts returns A and b.
func (o *Shifted) Parts() (Linear, []float64) { return o.linear, o.b }

// Apply sets dst = A x + b.
func (o *Shifted) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	o.linear.Apply(dst, x)
	addTo(dst, o.b)
}

// VJP sets dst = A^T ct.
func (o *Shifted) VJP(dst, x, ct []float64) {
	o.CheckAdjoint(dst, ct)
	checkLen(o.Name(), "x", len(x), o.InShape().Size())
	o.linear.Adjoint(dst, ct)
}

// JVP sets dst = A v.
func (o *Shifted) JVP(dst, x, v []float64) bool {
	o.CheckJVP(dst, x, v)
	o.linear.Apply(dst, v)
	return true
}

// ComplexShape returns the shape of the complex numbers that A measures.
func (o *Shifted) ComplexShape() (autodiff.Shape, bool) { return ComplexShape(o.linear) }

// shiftedDifferentiable applies A(x) + b of an A that is not linear.
type shiftedDifferentiable struct {
	Base
	op Differentiable
	b  []float64
}

// Apply sets dst = A(x) + b.
func (o *shiftedDifferentiable) Apply(dst, x []float64) {
	o.op.Apply(dst, x)
	addTo(dst, o.b)
}

// VJP sets dst = A'(x)^T ct.
func (o *shiftedDifferentiable) VJP(dst, x, ct []float64) { o.op.VJP(dst, x, ct) }

// JVP sets dst = A'(x) v.
func (o *shiftedDifferentiable) JVP(dst, x, v []float64) bool { return Push(o.op, dst, x, v) }

// ComplexShape returns the shape of the complex numbers that A measures.
func (o *shiftedDifferentiable) ComplexShape() (autodiff.Shape, bool) { return ComplexShape(o.op) }

// centred returns an operator without its offset, and the measurement without it, where noise that is added makes that the
// same likelihood.
func centred(op Operator, noise Noise, y []float64) (Operator, []float64) {
	a, ok := op.(Affine)
	if _, gaussian := noise.(Gaussian); !ok || !gaussian {
		return op, y
	}
	linear, b := a.Parts()
	if len(b) != len(y) {
		return op, y // Validate says so
	}
	moved := make([]float64, len(y))
	for i := range y {
		moved[i] = y[i] - b[i]
	}
	return linear, moved
}

func init() { Register(ShiftConfig{}) }
