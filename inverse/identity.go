package inverse

import (
	"slices"

	"tweedie/autodiff"
)

// IdentityConfig describes y = x, the operator of denoising.
type IdentityConfig struct{}

// Kind returns "identity".
func (IdentityConfig) Kind() string { return "identity" }

// Validate accepts every shape.
func (IdentityConfig) Validate(autodiff.Shape) error { return nil }

// Measures returns the size of an image.
func (IdentityConfig) Measures(in autodiff.Shape) (m int, ok bool) { return in.Size(), true }

// Build returns an *Identity for images of shape in.
func (IdentityConfig) Build(in autodiff.Shape) (Operator, error) { return NewIdentity(in), nil }

// Identity is the operator A = I. U = V = I, and every singular value is 1.
type Identity struct {
	Base
	ones []float64
}

// NewIdentity returns the identity on images of shape in.
func NewIdentity(in autodiff.Shape) *Identity {
	return &Identity{Base: BaseOf(IdentityConfig{}, in, in), ones: slices.Repeat([]float64{1}, in.Size())}
}

// Apply sets dst = x.
func (o *Identity) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	copy(dst, x)
}

// Adjoint sets dst = y.
func (o *Identity) Adjoint(dst, y []float64) { o.Apply(dst, y) }

// PseudoInverse sets dst = y.
func (o *Identity) PseudoInverse(dst, y []float64) { o.Apply(dst, y) }

// Singular returns n ones.
func (o *Identity) Singular() []float64 { return o.ones }

// V sets dst = c.
func (o *Identity) V(dst, c []float64) { o.Apply(dst, c) }

// Vt sets dst = x.
func (o *Identity) Vt(dst, x []float64) { o.Apply(dst, x) }

// U sets dst = c.
func (o *Identity) U(dst, c []float64) { o.Apply(dst, c) }

// Ut sets dst = y.
func (o *Identity) Ut(dst, y []float64) { o.Apply(dst, y) }

// GramDiagonal sets dst = w.
func (o *Identity) GramDiagonal(dst, w []float64) { o.Apply(dst, w) }

func init() { Register(IdentityConfig{}) }
