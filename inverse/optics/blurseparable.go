package optics

import "math"

// mostSeparable bounds the extents of images whose separable blurs have singular vectors.
const mostSeparable = 1024

// BlurSeparable is a BlurPadded whose kernel is the product of a column and a row, h_ij = u_i v_j. Its matrix is the
// Kronecker product of two small ones, and it has the products of
// their singular values and vectors, which are computed when they are first asked for, in O(H^3 + W^3) operations.
type BlurSeparable struct {
	*BlurPadded
	kronecker
}

func newBlurSeparable(padded *BlurPadded, cfg BlurConfig, k kernel, column, row []float64) *BlurSeparable {
	in := padded.InShape()
	rows, cols := convolved(in.Dim(1), column, k.row, cfg.Boundary), convolved(in.Dim(2), row, k.col, cfg.Boundary)
	return &BlurSeparable{BlurPadded: padded, kronecker: newKronecker(&padded.Base, rows, cols, cfg.cut())}
}

// factors returns the column u and the row v of a kernel u v^T; ok is false unless their product is the kernel up to 1e-14
// of its largest entry.
func (k kernel) factors() (column, row []float64, ok bool) {
	at := 0
	for i, v := range k.Data {
		if math.Abs(v) > math.Abs(k.Data[at]) {
			at = i
		}
	}
	column, row = make([]float64, k.Rows), make([]float64, k.Cols)
	for i := range column {
		column[i] = k.Data[i*k.Cols+at%k.Cols]
	}
	for j := range row {
		row[j] = k.Data[at/k.Cols*k.Cols+j] / k.Data[at]
	}
	for i, v := range k.Data {
		if math.Abs(v-column[i/k.Cols]*row[i%k.Cols]) > 1e-14*math.Abs(k.Data[at]) {
			return nil, nil, false
		}
	}
	return column, row, true
}
