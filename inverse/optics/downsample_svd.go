package optics

import (
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/inverse"
)

// Singular returns the products of the singular values of R and S, for each channel.
func (o *Downsample) Singular() []float64 { return o.singular() }

// products returns what Singular does.
func (o *Downsample) products() []float64 {
	r, c := o.rows.factors().s, o.cols.factors().s
	s := make([]float64, 0, o.OutShape().Size())
	for range o.InShape().Dim(0) {
		for _, a := range r {
			for _, b := range c {
				s = append(s, a*b)
			}
		}
	}
	return s
}

// V sets dst = V_R C V_S^T for each channel of coordinates C.
func (o *Downsample) V(dst, c []float64) {
	o.CheckV(dst, c)
	packed := make([]float64, len(c))
	for i, at := range o.order {
		packed[at] = c[i]
	}
	sandwich(dst, packed, o.rows.factors().v, o.cols.factors().v)
}

// Vt undoes V.
func (o *Downsample) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	packed := make([]float64, len(x))
	sandwich(packed, x, o.rows.factors().v.T(), o.cols.factors().v.T())
	for i, at := range o.order {
		dst[i] = packed[at]
	}
}

// U sets dst = U_R C U_S^T for each channel of coordinates C.
func (o *Downsample) U(dst, c []float64) {
	o.CheckU(dst, c)
	sandwich(dst, c, o.rows.factors().u, o.cols.factors().u)
}

// Ut undoes U.
func (o *Downsample) Ut(dst, y []float64) {
	o.CheckU(dst, y)
	sandwich(dst, y, o.rows.factors().u.T(), o.cols.factors().u.T())
}

// PseudoInverse sets dst = V diag(1/s) U^T y, with 0 in place of 1/s where s is at most 1e-8 times the largest.
func (o *Downsample) PseudoInverse(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	c, s := make([]float64, len(dst)), o.Singular()
	o.Ut(c[:len(y)], y)
	least := inverse.RelativeCut * slices.Max(s)
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
