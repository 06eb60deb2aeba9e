package optics

import (
	"slices"
	"sync"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/inverse"
)

// kronecker is the singular value decomposition of an operator Y = R X S^T of every channel X, whose matrix is the
// Kronecker product of R and S: so are its singular values and vectors. It is computed when it is first asked for.
type kronecker struct {
	base       *inverse.Base
	rows, cols *axis
	order      []int            // coordinates in the order of V: the measured ones of all channels, then the others
	singular   func() []float64 // the products
	cut        float64          // fraction of the largest singular value up to which one counts as zero
}

// newKronecker returns the decomposition for the operator with the given base.
func newKronecker(base *inverse.Base, rows, cols *axis, cut float64) kronecker {
	in := base.InShape()
	k := kronecker{base: base, rows: rows, cols: cols, cut: cut}
	h, w := len(rows.taps), len(cols.taps)
	var null []int
	for i := range in.Size() {
		if i/in.Dim(2)%in.Dim(1) < h && i%in.Dim(2) < w {
			k.order = append(k.order, i)
		} else {
			null = append(null, i)
		}
	}
	k.order = append(k.order, null...)
	k.singular = sync.OnceValue(func() []float64 { return products(in, rows, cols) })
	return k
}

// Singular returns the products of the singular values of R and S, for each channel.
func (o *kronecker) Singular() []float64 { return o.singular() }

// products returns what Singular does.
func products(in autodiff.Shape, rows, cols *axis) []float64 {
	r, c := rows.factors().s, cols.factors().s
	s := make([]float64, 0, in.Dim(0)*len(r)*len(c))
	for range in.Dim(0) {
		for _, a := range r {
			for _, b := range c {
				s = append(s, a*b)
			}
		}
	}
	return s
}

// V sets dst = V_R C V_S^T for each channel of coordinates C.
func (o *kronecker) V(dst, c []float64) {
	o.base.CheckV(dst, c)
	packed := make([]float64, len(c))
	for i, at := range o.order {
		packed[at] = c[i]
	}
	sandwich(dst, packed, o.rows.factors().v, o.cols.factors().v)
}

// Vt undoes V.
func (o *kronecker) Vt(dst, x []float64) {
	o.base.CheckV(dst, x)
	packed := make([]float64, len(x))
	sandwich(packed, x, o.rows.factors().v.T(), o.cols.factors().v.T())
	for i, at := range o.order {
		dst[i] = packed[at]
	}
}

// U sets dst = U_R C U_S^T for each channel of coordinates C.
func (o *kronecker) U(dst, c []float64) {
	o.base.CheckU(dst, c)
	sandwich(dst, c, o.rows.factors().u, o.cols.factors().u)
}

// Ut undoes U.
func (o *kronecker) Ut(dst, y []float64) {
	o.base.CheckU(dst, y)
	sandwich(dst, y, o.rows.factors().u.T(), o.cols.factors().u.T())
}

// PseudoInverse sets dst = V diag(1/s) U^T y, with 0 in place of 1/s where s is at most the cut times the largest.
func (o *kronecker) PseudoInverse(dst, y []float64) {
	o.base.CheckAdjoint(dst, y)
	c, s := make([]float64, len(dst)), o.Singular()
	o.Ut(c[:len(y)], y)
	least := o.cut * slices.Max(s)
	for i, v := range s {
		if v > least {
			c[i] /= v
		} else {
			c[i] = 0
		}
	}
	o.V(dst, c)
}

// sandwich sets every channel of dst to L X R^T for the square matrices L and R.
func sandwich(dst, x []float64, l, r mat.Matrix) {
	h, _ := l.Dims()
	w, _ := r.Dims()
	var half mat.Dense
	for i := 0; i < len(x); i += h * w {
		half.Mul(l, mat.NewDense(h, w, x[i:][:h*w]))
		clear(dst[i:][:h*w])
		mat.NewDense(h, w, dst[i:][:h*w]).Mul(&half, r.T())
	}
}
