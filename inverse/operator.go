package inverse

import (
	"tweedie/autodiff"
	"tweedie/internal/absent"
)

// Operator maps an image to a clean measurement. Several goroutines may use one at once.
type Operator interface {
	// Name returns the kind of operator, as in a Config.
	Name() string
	// InShape returns the shape of an image, mostly [C,H,W].
	InShape() autodiff.Shape
	// OutShape returns the shape of a measurement.
	OutShape() autodiff.Shape
	// Apply sets dst = A(x); dst and x must not overlap. It panics with a *autodiff.ShapeError on wrong lengths.
	Apply(dst, x []float64)
}

// Linear is an Operator given by a matrix A, and has its transpose. It is an autodiff.LinearMapper.
type Linear interface {
	Operator
	// Adjoint sets dst = A^T y, so that <A x, y> = <x, A^T y>. It panics as Apply does.
	Adjoint(dst, y []float64)
}

// Differentiable is an Operator that applies the transpose of its Jacobian.
type Differentiable interface {
	Operator
	// VJP sets dst = A'(x)^T ct. It panics as Apply does.
	VJP(dst, x, ct []float64)
}

// PseudoInverter applies the Moore-Penrose inverse: A+ y is the shortest x among those with the least ||A x - y||.
type PseudoInverter interface {
	// PseudoInverse sets dst = A+ y. It panics as Apply does.
	PseudoInverse(dst, y []float64)
}

// SVD is a singular value decomposition A = U diag(s) V^T with orthogonal V [n,n] and U [m,m]. For i < k =
// len(Singular()) the columns i of U and V belong to s_i. The columns of V from k on lie in the null space of A, and
// those of U from k on are orthogonal to its range. The s_i are not sorted and may be zero.
type SVD interface {
	// Singular returns s, of length k <= min(m,n). The caller must not write to it.
	Singular() []float64
	// V sets dst = V c, an image from n coordinates.
	V(dst, c []float64)
	// Vt sets dst = V^T x, the n coordinates of an image.
	Vt(dst, x []float64)
	// U sets dst = U c, a measurement from m coordinates.
	U(dst, c []float64)
	// Ut sets dst = U^T y, the m coordinates of a measurement.
	Ut(dst, y []float64)
}

// DiagonalGram is a linear operator, such as a mask, whose A^T W A is diagonal in pixels for every diagonal W.
type DiagonalGram interface {
	Linear
	// GramDiagonal sets dst_i = (A^T diag(w) A)_ii for m weights w.
	GramDiagonal(dst, w []float64)
}

// Described is an operator that can be rebuilt from data: its Config builds the same operator on InShape.
type Described interface {
	Operator
	// Config returns the description, or nil when there is none, as for an operator made of one that is not Described.
	Config() Config
}

// mustHave panics with a *autodiff.ValueError when the function called name was given no operator.
func mustHave(name string, op Operator) {
	if absent.Is(op) {
		panic(&autodiff.ValueError{Op: "inverse." + name, Msg: "the operator is nil"})
	}
}

// MostEntry bounds the entries of matrices and kernels, and the factors of operators: squares of such numbers, and sums
// of their products with data, are finite.
const MostEntry = 1e100
