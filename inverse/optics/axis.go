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

// newAxis returns a map of n pixels by taps.
func newAxis(n int, taps [][]tap) *axis {
	a := &axis{n: n, taps: taps}
	a.factors = sync.OnceValue(a.decompose)
	return a
}

// sampled returns the map to every factor-th place from offset on.
func sampled(n, factor int, offset float64, f filter, boundary string) *axis {
	taps := make([][]tap, n/factor)
	for i := range taps {
		for _, t := range f.taps(float64(i*factor)+offset, factor) {
			if t.at = inside(boundary, t.at, n); t.at >= 0 {
				taps[i] = append(taps[i], t)
			}
		}
	}
	return newAxis(n, taps)
}

// convolved returns the convolution of n pixels with h, whose centre is entry centre.
func convolved(n int, h []float64, centre int, boundary string) *axis {
	first, count := 0, n
	if boundary == "valid" {
		first, count = len(h)-1-centre, n-len(h)+1
	}
	taps := make([][]tap, count)
	for i := range taps {
		for k, v := range h {
			if at := inside(boundary, first+i-(k-centre), n); at >= 0 && v != 0 {
				taps[i] = append(taps[i], tap{at, v})
			}
		}
	}
	return newAxis(n, taps)
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
		panic(&autodiff.ValueError{Op: "optics", Msg: fmt.Sprintf("the singular values of %d x %d taps did not converge", m, a.n)})
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
