package optics

import "math"

// Singular returns the m singular values, all 1/sqrt(r s).
func (o *BlockAverage) Singular() []float64 { return o.singular }

// V sets dst = V c. The first m coordinates belong to the blocks' constants; r s - 1 null coordinates of each block
// follow.
func (o *BlockAverage) V(dst, c []float64) {
	o.CheckV(dst, c)
	m := len(o.singular)
	block := make([]float64, o.size)
	for b := range m {
		block[0] = c[b]
		copy(block[1:], c[m+b*(o.size-1):])
		o.reflect(block)
		for k, v := range block {
			dst[o.pixel(b, k)] = v
		}
	}
}

// Vt sets dst = V^T x, which undoes V.
func (o *BlockAverage) Vt(dst, x []float64) {
	o.CheckV(dst, x)
	m := len(o.singular)
	block := make([]float64, o.size)
	for b := range m {
		for k := range block {
			block[k] = x[o.pixel(b, k)]
		}
		o.reflect(block)
		dst[b] = block[0]
		copy(dst[m+b*(o.size-1):][:o.size-1], block[1:])
	}
}

// U sets dst = c, because U = I.
func (o *BlockAverage) U(dst, c []float64) {
	o.CheckU(dst, c)
	copy(dst, c)
}

// Ut sets dst = y, because U = I.
func (o *BlockAverage) Ut(dst, y []float64) { o.U(dst, y) }

// reflect applies the Householder reflection I - 2 v v^T/|v|^2 with v = e_1 - 1/sqrt(N) to the N pixels of a block.
func (o *BlockAverage) reflect(block []float64) {
	n := float64(o.size)
	u := 1 / math.Sqrt(n)
	norm := 2 - 2*u // |v|^2
	if norm == 0 {
		return
	}
	dot := block[0]
	for _, x := range block {
		dot -= u * x
	}
	f := 2 * dot / norm
	block[0] -= f
	for k := range block {
		block[k] += f * u
	}
}
