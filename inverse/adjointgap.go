package inverse

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/rng"
)

// AdjointGap returns |<A x, y> - <x, A^T y>| / max(|A x| |y|, |x| |A^T y|) for one pair of standard normal vectors x
// and y drawn from st. A true adjoint gives about 1e-16 sqrt(n), a mere stand-in about 1/sqrt(n). It panics with a
// *autodiff.ValueError when op is nil.
func AdjointGap(op Linear, st *rng.Stream) float64 {
	mustHave("AdjointGap", op)
	n, m := op.InShape().Size(), op.OutShape().Size()
	x, y := make([]float64, n), make([]float64, m)
	st.FillNorm(x)
	st.FillNorm(y)
	ax, aty := make([]float64, m), make([]float64, n)
	op.Apply(ax, x)
	op.Adjoint(aty, y)
	scale := max(floats.Norm(ax, 2)*floats.Norm(y, 2), floats.Norm(x, 2)*floats.Norm(aty, 2))
	if scale == 0 {
		return 0
	}
	return math.Abs(floats.Dot(ax, y)-floats.Dot(x, aty)) / scale
}
