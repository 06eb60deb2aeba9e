package inverse

import (
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Covariance is a symmetric positive definite matrix C [m,m] = L L^T, an Array in JSON. L is computed once.
type Covariance struct {
	Array

	once sync.Once
	root mat.TriDense // L
	err  error
}

// NewCovariance returns the m x m matrix with the entries data, row by row.
func NewCovariance(m int, data []float64) *Covariance {
	return &Covariance{Array: *Numbers([]int{m, m}, data)}
}

// mostCorrelated is the largest m: the matrix has 2^26 entries.
const mostCorrelated = 1 << 13

// mostCondition bounds the condition number, beyond which solutions have no digits.
const mostCondition = 1e13

// check returns the entries of an m x m matrix, which are finite and the same above and below the diagonal.
func (c *Covariance) check(m int) ([]float64, error) {
	if m > mostCorrelated {
		return nil, config.Errorf("gaussian", "covariance", "of %d measurements is too large; at most %d can be correlated", m, mostCorrelated)
	}
	v, err := valuesOf("gaussian", "covariance", c.Array, false, func(shape []int, _ bool) error {
		if len(shape) != 2 || shape[0] != m || shape[1] != m {
			return fmt.Errorf("it must be [%d,%[1]d], a row and a column for each measurement", m)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if c.Values.Data == nil {
		c.Values = v
	}
	k := config.Check("gaussian")
	for i := range m {
		k.Float(fmt.Sprintf("covariance[%d][%[1]d]", i), v.Data[i*m+i], leastSigma, mostSigma)
	}
	if k.Err() != nil {
		return nil, k.Err()
	}
	for i := range m {
		for j := range i {
			a, b, size := v.Data[i*m+j], v.Data[j*m+i], math.Sqrt(v.Data[i*m+i])*math.Sqrt(v.Data[j*m+j])
			field := func() string { return fmt.Sprintf("covariance[%d][%d]", i, j) }
			if !(math.Abs(a) <= size) {
				return nil, config.Errorf("gaussian", field(), "is %v; its magnitude must be at most the product of the deviations, %.6g", a, size)
			}
			if !(math.Abs(a-b) <= 1e-6*size) {
				return nil, config.Errorf("gaussian", field(), "is %v, and %v across the diagonal; the matrix must be symmetric", a, b)
			}
		}
	}
	return v.Data, nil
}

// factor returns L of an m x m matrix. The error says what is wrong with the matrix.
func (c *Covariance) factor(m int) (*mat.TriDense, error) {
	data, err := c.check(m)
	if err != nil {
		return nil, err
	}
	c.factorise(m, data)
	return &c.root, c.err
}

// factorise computes L once.
func (c *Covariance) factorise(m int, data []float64) {
	c.once.Do(func() {
		sym := mat.NewSymDense(m, nil)
		for i := range m {
			for j := range i + 1 {
				sym.SetSym(i, j, (data[i*m+j]+data[j*m+i])/2)
			}
		}
		var chol mat.Cholesky
		switch {
		case !chol.Factorize(sym):
			c.err = config.Errorf("gaussian", "covariance", "is not positive definite")
		case chol.Cond() > mostCondition:
			c.err = config.Errorf("gaussian", "covariance", "has the condition number %.3g; it must be at most %g", chol.Cond(), float64(mostCondition))
		default:
			chol.LTo(&c.root)
		}
	})
}

// lower returns L of a matrix that Validate took. It panics with a *autodiff.ValueError where there is none, and with a
// *autodiff.ShapeError when it is not m x m.
func (c *Covariance) lower(m int) *mat.TriDense {
	checkLen("gaussian", "covariance", len(c.Values.Data), m*m)
	if c.factorise(m, c.Values.Data); c.err != nil {
		panic(&autodiff.ValueError{Op: "gaussian", Msg: c.err.Error()})
	}
	return &c.root
}

// deviation returns sqrt(C_ii).
func (c *Covariance) deviation(i int) float64 {
	return math.Sqrt(c.Values.Data[i*c.Values.Shape[1]+i])
}

// trsv multiplies v by L^-1, or by L^-T.
func trsv(l *mat.TriDense, t blas.Transpose, v []float64) {
	blas64.Trsv(t, l.RawTriangular(), blas64.Vector{N: len(v), Inc: 1, Data: v})
}

// whiten returns L^-1 (y - clean).
func (c *Covariance) whiten(y, clean []float64) []float64 {
	r := floats.SubTo(make([]float64, len(y)), y, clean)
	trsv(c.lower(len(y)), blas.NoTrans, r)
	return r
}

// solve sets dst = C^-1 (a - b).
func (c *Covariance) solve(dst, a, b []float64) {
	r := c.whiten(a, b)
	trsv(c.lower(len(a)), blas.Trans, r)
	copy(dst, r)
}

// sample sets dst = clean + L n, with n drawn from st.
func (c *Covariance) sample(dst, clean []float64, st *rng.Stream) {
	n := make([]float64, len(clean))
	st.FillNorm(n)
	blas64.Trmv(blas.NoTrans, c.lower(len(n)).RawTriangular(), blas64.Vector{N: len(n), Inc: 1, Data: n})
	floats.AddTo(dst, clean, n)
}

// logDet returns log det C.
func (c *Covariance) logDet(m int) float64 {
	l, sum := c.lower(m), 0.0
	for i := range m {
		sum += 2 * math.Log(l.At(i, i))
	}
	return sum
}

// restrict returns the rows and columns with the indices keep, the covariance of these entries.
func (c *Covariance) restrict(keep []int) *Covariance {
	m, data := c.Values.Shape[1], make([]float64, 0, len(keep)*len(keep))
	for _, i := range keep {
		for _, j := range keep {
			data = append(data, c.Values.Data[i*m+j])
		}
	}
	return NewCovariance(len(keep), data)
}
