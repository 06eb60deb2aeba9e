package optics

import "tweedie/inverse"

// Downsample filters an image and keeps every r-th row and every s-th column, so that a measurement of an image [C,H,W] is
// [C,H/r,W/s]: Y = R X S^T for each channel X, with R [H/r,H] and S [W/s,W]. It has neither a pseudo-inverse nor singular
// values; DownsampleSVD has both.
type Downsample struct {
	inverse.Base
	rows, cols *axis
}

// DownsampleSVD is a Downsample of images whose extents are at most 2048. Its singular values and vectors are the products
// of those of R and S, which are computed when they are first asked for, in O(H^3/r + W^3/s) operations.
type DownsampleSVD struct {
	Downsample
	kronecker
}

// Apply sets dst = R X S^T of each channel X.
func (o *Downsample) Apply(dst, x []float64) {
	o.CheckApply(dst, x)
	h, w, m, q := o.rows.n, o.cols.n, len(o.rows.taps), len(o.cols.taps)
	narrow := make([]float64, h*q)
	for c := range o.InShape().Dim(0) {
		o.cols.apply(narrow, x[c*h*w:][:h*w], h, 1, w, q)
		o.rows.apply(dst[c*m*q:][:m*q], narrow, q, q, 1, 1)
	}
}

// Adjoint sets dst = R^T Y S of each channel Y.
func (o *Downsample) Adjoint(dst, y []float64) {
	o.CheckAdjoint(dst, y)
	h, w, m, q := o.rows.n, o.cols.n, len(o.rows.taps), len(o.cols.taps)
	narrow := make([]float64, h*q)
	clear(dst)
	for c := range o.InShape().Dim(0) {
		clear(narrow)
		o.rows.adjoint(narrow, y[c*m*q:][:m*q], q, q, 1, 1)
		o.cols.adjoint(dst[c*h*w:][:h*w], narrow, h, 1, w, q)
	}
}
