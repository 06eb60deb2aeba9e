package kernel

// A convolution of an image whose every element is repeated in 2x2 has an algorithm of its
// own. Along one axis, of weights a, b, c with the sum s, the two outputs of an element are
//
//	y[2j]   = a x[j-1] + (b+c) x[j] = s x[j] + a (x[j-1] - x[j])
//	y[2j+1] = (a+b) x[j] + c x[j+1] = s x[j] - c (x[j] - x[j+1])
//
// with three products for two outputs as in F(4,3), and in a plane 9 for 4, but all its maps
// only add and subtract. The gradient of the input has the same products,
//
//	dx[j] = s (dy[2j] + dy[2j+1]) + c (dy[2j-1] - dy[2j+1]) + a (dy[2j+2] - dy[2j]),
//
// and that of the weights is the adjoint, as for every filtering.

// doubling and halving stand for the size of a tile: 2x2 outputs of one element, and one
// element of the input's gradient.
const (
	doubling = -2
	halving  = -1
)

var (
	doublingB = [][]float64{{0, 1, 0}, {1, -1, 0}, {0, 1, -1}}
	doublingA = [][]float64{{1, 1, 0}, {1, 0, -1}}
	doublingG = [][]float64{{1, 1, 1}, {1, 0, 0}, {0, 0, 1}}
	halvingB  = [][]float64{{0, 1, 1, 0}, {1, 0, -1, 0}, {0, -1, 0, 1}} // of weights turned round
	halvingA  = [][]float64{{1, 1, 1}}
)

// doubled reports whether p convolves an image whose every element is repeated in 2x2.
func doubled(p *ConvArgs) bool { return p.Upsample == [3]int{1, 2, 2} }
