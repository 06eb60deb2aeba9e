package optics

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
)

// axis is a linear map of one dimension, n pixels to m <= n outputs of few taps each.
type axis struct {
	n       int
	taps    [][]tap
	factors func() *factors // of its matrix, computed when it is first called
}

// factors is the singular value decomposition U diag(s) V^T of an axis, U [m,m] and V [n,n].
type factors struct {
	s    []float64
	u, v *mat.Dense
}

// newAxis returns the map to every factor-th place from offset on.
func newAxis(n, factor int, offset float64, f filter, boundary string) *axis {
	a := &axis{n: n, taps: make([][]tap, n/factor)}
	for i := range a.taps {
		for _, t := range f.taps(float64(i*factor)+offset, factor) {
			if t.at = inside(boundary, t.at, n); t.at >= 0 {
				a.taps[i] = append(a.taps[i], t)
			}
		}
	}
	a.factors = sync.OnceValue(a.decompose)
	return a
}

// decompose factors A^T = V1 diag(s) U^T and completes V1 [n,m] to an orthogonal V by the reflections of its QR
// decomposition. It panics with a *autodiff.ValueError if the decomposition does not converge.
func (a *axis) decompose() *factors {
	m := len(a.taps)
	at := mat.NewDense(a.n, m, nil)
	for i, taps := range a.taps {
		for _, t := range taps {
			at.Set(t.at, i, at.At(t.at, i)+t.weight)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(at, mat.SVDThin) {
		panic(&autodiff.ValueError{Op: "downsample", Msg: fmt.Sprintf("the singular values of %d x %d taps did not converge", m, a.n)})
	}
	var u, v1, q mat.Dense
	svd.VTo(&u)
	svd.UTo(&v1)
	var qr mat.QR
	qr.Factorize(&v1)
	qr.QTo(&q)
	q.Slice(0, a.n, 0, m).(*mat.Dense).Copy(&v1) // the columns from m on are orthogonal to them
	return &factors{s: svd.Values(nil), u: &u, v: &q}
}

// apply maps count interleaved lines of x, entry i of line c at x[i*step+c*next], to lines of dst.
func (a *axis) apply(dst, x []float64, count, step, next int, dstNext int) {
	for c := range count {
		for i, taps := range a.taps {
			sum := 0.0
			for _, t := range taps {
				sum += t.weight * x[t.at*step+c*next]
			}
			dst[i*step+c*dstNext] = sum
		}
	}
}

// adjoint adds the transpose of apply to dst.
func (a *axis) adjoint(dst, y []float64, count, step, next int, yNext int) {
	for c := range count {
		for i, taps := range a.taps {
			v := y[i*step+c*yNext]
			for _, t := range taps {
				dst[t.at*step+c*next] += t.weight * v
			}
		}
	}
}
