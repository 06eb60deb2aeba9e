package inverse

import (
	"fmt"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// RestrictConfig describes an operator of which only some entries were measured.
type RestrictConfig struct {
	Op Nested `json:"op"`
	// Keep lists the indices of the entries of op's measurement that there are, in increasing order.
	Keep []int `json:"keep"`
}

// Kind returns "restrict".
func (RestrictConfig) Kind() string { return "restrict" }

// Validate names the field that does not fit images of shape in.
func (c RestrictConfig) Validate(in autodiff.Shape) error {
	_, err := c.Build(in)
	return err
}

// Build returns what Restrict makes of the operator described, for images of shape in.
func (c RestrictConfig) Build(in autodiff.Shape) (Operator, error) {
	if c.Op.Config == nil {
		return nil, config.Errorf("restrict", "op", "it is missing")
	}
	op, err := c.Op.Build(in)
	if err != nil {
		return nil, fmt.Errorf("restrict: op: %w", err)
	}
	return Restrict(op, c.Keep)
}

// Restrict returns the operator that measures only the entries of op's measurement with the indices keep, which must
// increase: a list [len(keep)]. Entries that are missing from a measurement are left out of the likelihood in this way.
// What it returns is Linear, Affine, Differentiable or a DiagonalGram where op is; NoiseOf restricts the noise.
func Restrict(op Operator, keep []int) (Operator, error) {
	if absent.Is(op) {
		return nil, config.Errorf("restrict", "op", "the operator is nil")
	}
	if len(keep) == 0 {
		return nil, config.Errorf("restrict", "keep", "no entry is kept")
	}
	last := -1
	for i, k := range keep {
		if k <= last || k >= op.OutShape().Size() {
			return nil, config.Errorf("restrict", fmt.Sprintf("keep[%d]", i), "is %d; indices must increase and lie in [0,%d)", k, op.OutShape().Size())
		}
		last = k
	}
	r := Restricted{op: op, keep: keep}
	switch op := op.(type) {
	case DiagonalGram:
		return &RestrictedMask{RestrictedLinear{r, op}, op}, nil
	case Linear:
		return &RestrictedLinear{r, op}, nil
	case Affine:
		return r.affine(op)
	case Differentiable:
		return &RestrictedDifferentiable{r, op}, nil
	}
	return &r, nil
}

// affine returns the restriction of A x + b.
func (o *Restricted) affine(op Affine) (Operator, error) {
	a, b := op.Parts()
	linear, err := Restrict(a, o.keep)
	if err != nil {
		return nil, err
	}
	some := make([]float64, len(o.keep))
	for i, k := range o.keep {
		some[i] = b[k]
	}
	base := NewBase(o.Name(), o.InShape(), o.OutShape())
	base.config = o.Config()
	return &Shifted{Base: base, linear: linear.(Linear), b: some}, nil
}

// Restricted measures some of the entries of another operator's measurement.
type Restricted struct {
	op   Operator
	keep []int
}

// Name returns "restrict".
func (o *Restricted) Name() string { return "restrict" }

// InShape returns the shape of an image.
func (o *Restricted) InShape() autodiff.Shape { return o.op.InShape() }

// OutShape returns [k], the number of entries that are kept.
func (o *Restricted) OutShape() autodiff.Shape { return autodiff.S(len(o.keep)) }

// Config returns the operator's description, or nil when the inner operator has none.
func (o *Restricted) Config() Config {
	if d, ok := o.op.(Described); ok && d.Config() != nil {
		return RestrictConfig{Op: Nested{d.Config()}, Keep: o.keep}
	}
	return nil
}

// Apply writes the kept entries of A(x) into dst.
func (o *Restricted) Apply(dst, x []float64) {
	checkLen(o.Name(), "dst", len(dst), len(o.keep))
	y := make([]float64, o.op.OutShape().Size())
	o.op.Apply(y, x)
	for i, k := range o.keep {
		dst[i] = y[k]
	}
}

// spread returns the measurement of the inner operator with y in the kept entries and zero in all others.
func (o *Restricted) spread(y []float64) []float64 {
	checkLen(o.Name(), "y", len(y), len(o.keep))
	all := make([]float64, o.op.OutShape().Size())
	for i, k := range o.keep {
		all[k] = y[i]
	}
	return all
}

// Whole returns the shape of the inner operator's measurement, and y in it with zero for the entries that are not measured.
func (o *Restricted) Whole(y []float64) (autodiff.Shape, []float64) {
	return o.op.OutShape(), o.spread(y)
}

// RestrictedLinear is a Restricted linear operator.
type RestrictedLinear struct {
	Restricted
	linear Linear
}

// Adjoint sets dst = A^T y' of the inner operator A, where y' has y in the entries that are kept and zero in all
// others.
func (o *RestrictedLinear) Adjoint(dst, y []float64) { o.linear.Adjoint(dst, o.spread(y)) }

// RestrictedMask is a RestrictedLinear whose A^T W A is diagonal in pixels.
type RestrictedMask struct {
	RestrictedLinear
	diagonal DiagonalGram
}

// GramDiagonal sets dst to the diagonal of A^T W A of the inner operator A, with w as the weights of the entries that
// are kept and zero for all others.
func (o *RestrictedMask) GramDiagonal(dst, w []float64) { o.diagonal.GramDiagonal(dst, o.spread(w)) }

// RestrictedDifferentiable is a Restricted operator that is not linear.
type RestrictedDifferentiable struct {
	Restricted
	inner Differentiable
}

// VJP sets dst = A'(x)^T ct' of the inner operator A, where ct' has ct in the entries that are kept and zero in all
// others.
func (o *RestrictedDifferentiable) VJP(dst, x, ct []float64) { o.inner.VJP(dst, x, o.spread(ct)) }

// JVP writes the kept entries of A'(x) v into dst.
func (o *RestrictedDifferentiable) JVP(dst, x, v []float64) bool {
	checkLen(o.Name(), "dst", len(dst), len(o.keep))
	y := make([]float64, o.op.OutShape().Size())
	if !Push(o.op, y, x, v) {
		return false
	}
	for i, k := range o.keep {
		dst[i] = y[k]
	}
	return true
}

// RestrictableNoise is a Noise with values for each entry, which can leave entries out.
type RestrictableNoise interface {
	Noise
	// Restrict returns the noise of the entries with the indices keep.
	Restrict(keep []int) Noise
}

// NoiseOf returns the noise of the entries with the indices keep of a measurement. Noise that does not depend on the
// entry serves as it is. The error says that a noise which does is no RestrictableNoise.
func NoiseOf(noise Noise, keep []int) (Noise, error) {
	if r, ok := noise.(RestrictableNoise); ok {
		return r.Restrict(keep), nil
	}
	if err := noise.Validate(len(keep)); err != nil {
		return nil, fmt.Errorf("noise %s cannot leave entries out, since it has no method Restrict: %w", noise.Kind(), err)
	}
	return noise, nil
}

func init() { Register(RestrictConfig{}) }
