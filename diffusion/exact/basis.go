package exact

import (
	"math"
	"math/bits"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/config"
)

// Basis is an orthonormal change of coordinates x = Q z of images x. DCT and Haar act on rows and columns alike, at
// O(D (H + W)); NewBasis takes any matrix.
type Basis struct {
	c, h, w    int
	rows, cols []float64 // z = rows x cols^T in each channel, [H,H] and [W,W]
}

// DCT returns the basis of orthonormal cosines (DCT-II) of the rows and columns of images of a shape [C,H,W].
func DCT(shape []int) (*Basis, error) { return tensorBasis("dct", shape, cosines) }

// Haar returns the basis of Haar wavelets of all levels of the rows and columns of images of a shape [C,H,W], with H and
// W powers of 2.
func Haar(shape []int) (*Basis, error) {
	b, err := tensorBasis("haar", shape, haar)
	if err == nil && (bits.OnesCount(uint(b.h)) != 1 || bits.OnesCount(uint(b.w)) != 1) {
		return nil, config.Errorf("haar", "shape", "is %v; the extents of an image must be powers of 2", shape)
	}
	return b, err
}

// NewBasis returns the basis of the columns of Q [D,D], which must be orthonormal to 1e-9.
func NewBasis(q mat.Matrix) (*Basis, error) {
	if absent.Is(q) {
		return nil, config.Errorf("basis", "matrix", "is nil")
	}
	r, d := q.Dims()
	if r != d || d > MaxDense {
		return nil, config.Errorf("basis", "matrix", "is %d x %d; it must be square, of order %d at most", r, d, MaxDense)
	}
	var gram mat.Dense
	gram.Mul(q.T(), q)
	for i := range d {
		for j := range d {
			want := 0.0
			if i == j {
				want = 1
			}
			if v := gram.At(i, j); !(math.Abs(v-want) <= 1e-9) {
				return nil, config.Errorf("basis", "matrix", "has columns %d and %d with inner product %.6g; it must be %g, because noise is alike in all directions only in an orthonormal basis", i, j, v, want)
			}
		}
	}
	return &Basis{1, 1, d, []float64{1}, mat.DenseCopyOf(q.T()).RawMatrix().Data}, nil
}

func tensorBasis(kind string, shape []int, of func(n int) []float64) (*Basis, error) {
	c, h, w, err := planes(shape)
	if err == nil && max(h, w) > MaxDense {
		err = config.Errorf("", "shape", "is %v; an extent may be %d at most", shape, MaxDense)
	}
	if err != nil {
		return nil, config.Named(kind, err)
	}
	return &Basis{c, h, w, of(h), of(w)}, nil
}

// cosines returns the matrix of the DCT-II, [n,n].
func cosines(n int) []float64 {
	m := make([]float64, n*n)
	for k := range n {
		a := math.Sqrt(2 / float64(n))
		if k == 0 {
			a = math.Sqrt(1 / float64(n))
		}
		for i := range n {
			m[k*n+i] = a * math.Cos(math.Pi*float64(k*(2*i+1)%(4*n))/float64(2*n))
		}
	}
	return m
}

// haar returns the matrix of the Haar wavelets, [n,n]: the mean, and then from coarse to fine.
func haar(n int) []float64 {
	m := make([]float64, n*n)
	for i := range n {
		m[i] = 1 / math.Sqrt(float64(n))
	}
	for row, width := 1, n; width > 1 && row < n; width /= 2 {
		for at := 0; at+width <= n && row < n; at, row = at+width, row+1 {
			for i := range width {
				v := 1 / math.Sqrt(float64(width))
				if i >= width/2 {
					v = -v
				}
				m[row*n+at+i] = v
			}
		}
	}
	return m
}

// Dim returns D, the number of elements of an image.
func (b *Basis) Dim() int { return b.c * b.h * b.w }

// analyse returns z = Q^T x, and with back x = Q z, of images [B,D].
func (b *Basis) analyse(s *autodiff.Scope, x autodiff.Var, back bool) autodiff.Var {
	n := x.Dim(0)
	if b.h == 1 {
		y := s.MatMul(s.Reshape(x, autodiff.S(n*b.c, b.w)), s.Const64(autodiff.S(b.w, b.w), b.cols), false, !back)
		return s.Reshape(y, autodiff.S(n, b.Dim()))
	}
	y := s.MatMul(s.Reshape(x, autodiff.S(n*b.c, b.h, b.w)), s.Const64(autodiff.S(b.w, b.w), b.cols), false, !back)
	y = s.MatMul(s.Const64(autodiff.S(1, b.h, b.h), b.rows), y, back, false)
	return s.Reshape(y, autodiff.S(n, b.Dim()))
}

// host is analyse of one image, in place.
func (b *Basis) host(x []float64, back bool) {
	rows, cols := mat.Matrix(mat.NewDense(b.h, b.h, b.rows)), mat.Matrix(mat.NewDense(b.w, b.w, b.cols))
	if back {
		rows, cols = rows.T(), cols.T()
	}
	for c := range b.c {
		p := mat.NewDense(b.h, b.w, x[c*b.h*b.w:(c+1)*b.h*b.w])
		var left, y mat.Dense
		left.Mul(rows, p)
		y.Mul(&left, cols.T())
		p.Copy(&y)
	}
}
