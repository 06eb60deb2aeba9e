package inverse

import (
	"math"
	"slices"
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/config"
)

// ScaleConfig describes the operator c A.
type ScaleConfig struct {
	Factor float64 `json:"factor"`
	Op     Nested  `json:"op"`
}

// Kind returns "scale".
func (ScaleConfig) Kind() string { return "scale" }

// Validate names the field that is wrong.
func (c ScaleConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns what ScaleAny makes of the operator described, for images of shape in.
func (c ScaleConfig) Build(in autodiff.Shape) (Operator, error) {
	op, err := buildMember(c.Op, "scale", "op", in)
	if err != nil {
		return nil, err
	}
	return ScaleAny(c.Factor, op)
}

// ScaleAny is Scale for an operator that need not be linear. What it returns is Linear or Affine where op is, and otherwise
// Differentiable.
func ScaleAny(c float64, op Operator) (Operator, error) {
	base, err := scaleBase(c, op)
	if err != nil {
		return nil, err
	}
	linear, offsets, ok := partsOf([]Operator{op})
	switch {
	case !ok:
		return &scaledDifferentiable{Base: base, op: op.(Differentiable), c: c}, nil
	case offsets == nil:
		return Scale(c, linear[0])
	}
	a, err := Scale(c, linear[0])
	if err != nil {
		return nil, err
	}
	b := slices.Clone(offsets[0])
	scale(c, b)
	return &Shifted{Base: base, linear: a, b: b}, nil
}

// scaleBase returns the base of c A.
func scaleBase(c float64, op Operator) (Base, error) {
	if a := math.Abs(c); !(a >= 1/MostEntry && a <= MostEntry) {
		return Base{}, config.Errorf("scale", "factor", "is %v; its magnitude must lie between %g and %g", c, 1/MostEntry, MostEntry)
	}
	if err := checkMember("scale", "op", op); err != nil {
		return Base{}, err
	}
	describe := func(ns []Nested) Config { return ScaleConfig{Factor: c, Op: ns[0]} }
	return baseOver([]Operator{op}, op.InShape(), op.OutShape(), describe), nil
}

// Scaled applies c A. It has neither a pseudo-inverse nor singular values; ScaledSVD has both.
type Scaled struct {
	Base
	op Linear
	c  float64
}

// Scale returns c A for c != 0: a *ScaledSVD when A has an SVD and a pseudo-inverse, otherwise a *Scaled.
func Scale(c float64, op Linear) (Linear, error) {
	base, err := scaleBase(c, op)
	if err != nil {
		return nil, err
	}
	s := Scaled{Base: base, op: op, c: c}
	svd, ok := op.(SVD)
	inv, ok2 := op.(PseudoInverter)
	if !ok || !ok2 {
		return &s, nil
	}
	t := &ScaledSVD{Scaled: s, svd: svd, inv: inv}
	t.singular = sync.OnceValue(func() []float64 {
		singular := slices.Clone(svd.Singular())
		scale(math.Abs(c), singular)
		return singular
	})
	return t, nil
}

// Apply sets dst = c A x.
func (o *Scaled) Apply(dst, x []float64) {
	o.op.Apply(dst, x)
	scale(o.c, dst)
}

// Adjoint sets dst = c A^T y.
func (o *Scaled) Adjoint(dst, y []float64) {
	o.op.Adjoint(dst, y)
	scale(o.c, dst)
}

// ScaledSVD applies c A and has a decomposition: the singular values |c| s, the V of A, and the U of A times the sign
// of c.
type ScaledSVD struct {
	Scaled
	svd      SVD
	inv      PseudoInverter
	singular func() []float64
}

// PseudoInverse sets dst = A+ y / c.
func (o *ScaledSVD) PseudoInverse(dst, y []float64) {
	o.inv.PseudoInverse(dst, y)
	scale(1/o.c, dst)
}

// Singular returns |c| s.
func (o *ScaledSVD) Singular() []float64 { return o.singular() }

// V sets dst = V c with the V of A.
func (o *ScaledSVD) V(dst, c []float64) { o.svd.V(dst, c) }

// Vt sets dst = V^T x with the V of A.
func (o *ScaledSVD) Vt(dst, x []float64) { o.svd.Vt(dst, x) }

// U sets dst = U c with the U of A times the sign of the factor.
func (o *ScaledSVD) U(dst, c []float64) {
	o.svd.U(dst, c)
	scale(math.Copysign(1, o.c), dst)
}

// Ut undoes U.
func (o *ScaledSVD) Ut(dst, y []float64) {
	o.svd.Ut(dst, y)
	scale(math.Copysign(1, o.c), dst)
}

// scaledDifferentiable applies c A(x) of an A that is not linear.
type scaledDifferentiable struct {
	Base
	op Differentiable
	c  float64
}

// Apply sets dst = c A(x).
func (o *scaledDifferentiable) Apply(dst, x []float64) {
	o.op.Apply(dst, x)
	scale(o.c, dst)
}

// VJP sets dst = c A'(x)^T ct.
func (o *scaledDifferentiable) VJP(dst, x, ct []float64) {
	o.op.VJP(dst, x, ct)
	scale(o.c, dst)
}

// JVP sets dst = c A'(x) v.
func (o *scaledDifferentiable) JVP(dst, x, v []float64) bool {
	ok := Push(o.op, dst, x, v)
	scale(o.c, dst)
	return ok
}

func scale(c float64, x []float64) {
	for i := range x {
		x[i] *= c
	}
}

func init() { Register(ScaleConfig{Factor: 1}) }
