package inverse

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/inverse/internal/fft"
	"tweedie/rng"
)

// metric is the covariance C = P^-1 by which Langevin steps are shaped.
type metric interface {
	// times sets dst = C v; they must not overlap.
	times(dst, v []float64)
	// draw sets dst to a draw of N(0, C).
	draw(dst []float64, st *rng.Stream)
}

// diagonalMetric is C = diag(c).
type diagonalMetric []float64

func (c diagonalMetric) times(dst, v []float64) { floats.MulTo(dst, c, v) }

func (c diagonalMetric) draw(dst []float64, st *rng.Stream) {
	for i, v := range c {
		dst[i] = math.Sqrt(v) * st.Norm()
	}
}

// evenMetric is C = v I.
type evenMetric float64

func (c evenMetric) times(dst, v []float64) { floats.ScaleTo(dst, float64(c), v) }

func (c evenMetric) draw(dst []float64, st *rng.Stream) {
	s := math.Sqrt(float64(c))
	for i := range dst {
		dst[i] = s * st.Norm()
	}
}

// fourierMetric is C = diag(r) F^H diag(1/p) F diag(r) with p_k = |H_k|^2 w + base, where r takes up what the information of the data
// differs by from pixel to pixel.
type fourierMetric struct {
	planes  *fft.Planes
	h       []complex128
	w, base float64
	r       []float64
}

func (f fourierMetric) precision(c, k int) float64 {
	a := cmplx.Abs(f.h[(c*f.planes.H*f.planes.W+k)%len(f.h)])
	return a*a*f.w + f.base
}

func (f fourierMetric) times(dst, v []float64) {
	floats.MulTo(dst, v, f.r)
	f.planes.Filter(dst, dst, func(c, k int) complex128 { return complex(1/f.precision(c, k), 0) })
	floats.Mul(dst, f.r)
}

func (f fourierMetric) draw(dst []float64, st *rng.Stream) {
	st.FillNorm(dst)
	f.planes.Filter(dst, dst, func(c, k int) complex128 { return complex(1/math.Sqrt(f.precision(c, k)), 0) })
	floats.Mul(dst, f.r)
}

// denseMetric holds the upper U of P = U^T U.
type denseMetric struct{ root blas64.Triangular }

// newDenseMetric returns the metric of P = J^T diag(w) J + base I, given the rows of diag(w)^1/2 J.
func newDenseMetric(rows *mat.Dense, base float64) (metric, error) {
	_, n := rows.Dims()
	p := mat.NewSymDense(n, nil)
	p.SymOuterK(1, rows.T())
	for i := range n {
		p.SetSym(i, i, p.At(i, i)+base)
	}
	var c mat.Cholesky
	if !c.Factorize(p) {
		return nil, fmt.Errorf("proximal: mala: the expected information and I/eta^2, of precision %.3g, are not positive definite in float64", base)
	}
	var u mat.TriDense
	c.UTo(&u)
	return denseMetric{u.RawTriangular()}, nil
}

func (d denseMetric) times(dst, v []float64) {
	copy(dst, v)
	z := blas64.Vector{N: len(dst), Inc: 1, Data: dst}
	blas64.Trsv(blas.Trans, d.root, z)
	blas64.Trsv(blas.NoTrans, d.root, z)
}

func (d denseMetric) draw(dst []float64, st *rng.Stream) {
	st.FillNorm(dst)
	blas64.Trsv(blas.NoTrans, d.root, blas64.Vector{N: len(dst), Inc: 1, Data: dst})
}
