package inverse

import (
	"math"
	"slices"
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/absent"
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

// Build returns what Scale makes of the operator described, for images of shape in.
func (c ScaleConfig) Build(in autodiff.Shape) (Operator, error) {
	op, err := buildLinear(c.Op, "scale", "op", in)
	if err != nil {
		return nil, err
	}
	return Scale(c.Factor, op)
}

// Scaled applies c A. It has neither a pseudo-inverse nor singular values; ScaledSVD has both.
type Scaled struct {
	Base
	op Linear
	c  float64
}

// Scale returns c A for c != 0: a *ScaledSVD when A has an SVD and a pseudo-inverse, otherwise a *Scaled.
func Scale(c float64, op Linear) (Linear, error) {
	if a := math.Abs(c); !(a >= 1/MostEntry && a <= MostEntry) {
		return nil, config.Errorf("scale", "factor", "is %v; its magnitude must lie between %g and %g", c, 1/MostEntry, MostEntry)
	}
	if absent.Is(op) {
		return nil, config.Errorf("scale", "op", "the operator is nil")
	}
	describe := func(ns []Nested) Config { return ScaleConfig{Factor: c, Op: ns[0]} }
	s := Scaled{Base: baseOver([]Linear{op}, op.InShape(), op.OutShape(), describe), op: op, c: c}
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

func scale(c float64, x []float64) {
	for i := range x {
		x[i] *= c
	}
}

func init() { Register(ScaleConfig{Factor: 1}) }
