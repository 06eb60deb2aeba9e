package exactfile

import (
	"tweedie/diffusion/exact"
	"tweedie/internal/config"
)

// Linear is a linear change of variables x = L z: the other fields describe z, and the prior is that of x.
//
//	{"kind": "increments", "axis": 2}            x_i = z_0 + ... + z_i along an axis of the shape
//	{"kind": "matrix", "matrix": "L.npy"}        any L [D,D]
//	{"kind": "dct"}, {"kind": "haar"}            z are coefficients of orthonormal cosines or wavelets
//
// Noise that is alike in all directions of x is so in z only when L is orthonormal. So with any L Gaussians and mixtures
// stay exact, and with an orthonormal one every prior does; the rest is refused.
type Linear struct {
	Kind   string `json:"kind"`
	Axis   *int   `json:"axis,omitempty"`   // of increments, the last one when it is left out
	Matrix *Array `json:"matrix,omitempty"` // of matrix
}

// apply returns the law of L z.
func (l *Linear) apply(b *Builder, z exact.Distribution) (exact.Distribution, error) {
	c := config.Check("")
	c.Name("kind", l.Kind, "increments", "matrix", "dct", "haar")
	c.That(l.Axis == nil || l.Kind == "increments", "axis", l.Axis, "be left out; it is of increments")
	c.That(l.Matrix == nil || l.Kind == "matrix", "matrix", "given", "be left out; it is of the kind matrix")
	if err := c.Err(); err != nil {
		return nil, err
	}
	switch l.Kind {
	case "dct":
		return rotated(z, b.Shape, exact.DCT)
	case "haar":
		return rotated(z, b.Shape, exact.Haar)
	case "increments":
		axis := len(b.Shape) - 1
		if l.Axis != nil {
			axis = *l.Axis
		}
		m, err := exact.Increments(b.Shape, axis)
		if err != nil {
			return nil, err
		}
		return linear(z, m)
	}
	m, err := b.Matrix("matrix", l.Matrix, b.Elements)
	if err != nil {
		return nil, err
	}
	return linear(z, m)
}

func rotated(z exact.Distribution, shape []int, of func([]int) (*exact.Basis, error)) (exact.Distribution, error) {
	basis, err := of(shape)
	if err != nil {
		return nil, err
	}
	return exact.NewRotated(z, basis)
}
