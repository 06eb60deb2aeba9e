package inverse

import (
	"math"

	"tweedie/autodiff"
	"tweedie/internal/absent"
)

// ScaleConfig describes c*A.
type ScaleConfig struct {
	Factor float64 `json:"factor"`
	Op     Nested  `json:"op"`
}

// Kind is "scale".
func (ScaleConfig) Kind() string { return "scale" }

// Validate names the field that is wrong.
func (c ScaleConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build is Scale of the operator described.
func (c ScaleConfig) Build(in autodiff.Shape) (Operator, error) {
	op, err := buildLinear(c.Op, "scale", "op", in)
	if err != nil {
		return nil, err
	}
	return Scale(c.Factor, op)
}

// Scaled is c*A. It has neither pseudo-inverse nor singular values; ScaledSVD does.
type Scaled struct {
	op Linear
	c  float64
}

// Scale is c*A, c != 0: a *ScaledSVD when A has an SVD and a pseudo-inverse, otherwise a *Scaled.
func Scale(c float64, op Linear) (Linear, error) {
	if c == 0 || math.IsNaN(c) || math.IsInf(c, 0) {
		return nil, fieldError("scale", "factor", "%v is not a finite number other than 0", c)
	}
	if absent.Is(op) {
		return nil, fieldError("scale", "op", "the operator is nil")
	}
	s := Scaled{op: op, c: c}
	svd, ok := op.(SVD)
	inv, ok2 := op.(PseudoInverter)
	if !ok || !ok2 {
		return &s, nil
	}
	t := &ScaledSVD{Scaled: s, svd: svd, inv: inv, singular: make([]float64, len(svd.Singular()))}
	for i, v := range svd.Singular() {
		t.singular[i] = math.Abs(c) * v
	}
	return t, nil
}

// Name is "scale".
func (o *Scaled) Name() string { return "scale" }

// InShape is that of A.
func (o *Scaled) InShape() autodiff.Shape { return o.op.InShape() }

// OutShape is that of A.
func (o *Scaled) OutShape() autodiff.Shape { return o.op.OutShape() }

// Config describes the operator; it is nil when a member has none.
func (o *Scaled) Config() Config {
	if ns := nest([]Linear{o.op}); ns != nil {
		return ScaleConfig{Factor: o.c, Op: ns[0]}
	}
	return nil
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

// ScaledSVD is c*A with singular values |c| s, the V of A, and its U times the sign of c.
type ScaledSVD struct {
	Scaled
	svd      SVD
	inv      PseudoInverter
	singular []float64
}

// PseudoInverse sets dst = A+ y / c.
func (o *ScaledSVD) PseudoInverse(dst, y []float64) {
	o.inv.PseudoInverse(dst, y)
	scale(1/o.c, dst)
}

// Singular is |c| s.
func (o *ScaledSVD) Singular() []float64 { return o.singular }

// V is that of A.
func (o *ScaledSVD) V(dst, c []float64) { o.svd.V(dst, c) }

// Vt is that of A.
func (o *ScaledSVD) Vt(dst, x []float64) { o.svd.Vt(dst, x) }

// U is that of A times the sign of c.
func (o *ScaledSVD) U(dst, c []float64) {
	o.svd.U(dst, c)
	scale(math.Copysign(1, o.c), dst)
}

// Ut is that of A times the sign of c.
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
