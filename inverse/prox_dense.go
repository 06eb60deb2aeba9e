package inverse

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"tweedie/rng"
)

// DenseProximal draws with the Cholesky factor of P = U^T U: z = U^-1 (U^-T b + xi), b = A^T S^-1 y + x/eta^2. It
// keeps the factor for the last eta; another one costs n^3/3 operations.
type DenseProximal struct {
	*linearGaussian
	gram *mat.SymDense // A^T S^-1 A

	mu   sync.Mutex
	eta  float64
	root blas64.Triangular // upper U with P = U^T U at eta, never changed once made
}

// NewDenseProximal returns a sampler for a linear operator and Gaussian noise. It writes out A [m,n] and A^T S^-1 A
// [n,n].
func NewDenseProximal(lik *Likelihood) (*DenseProximal, error) {
	l, err := newLinearGaussian(lik, "dense", false)
	if err != nil {
		return nil, err
	}
	n := lik.Size()
	if n > largestDense/n {
		return nil, fmt.Errorf("proximal: dense would need a matrix of %d x %d; cg needs none", n, n)
	}
	a, err := Matrix(l.op)
	if err != nil {
		return nil, err
	}
	a.Apply(func(i, _ int, v float64) float64 { return v / l.noise.At(i) }, a)
	d := &DenseProximal{linearGaussian: l, gram: mat.NewSymDense(n, nil)}
	d.gram.SymOuterK(1, a.T())
	return d, nil
}

// Name returns "dense".
func (d *DenseProximal) Name() string { return "dense" }

// factor returns U for eta.
func (d *DenseProximal) factor(eta float64) (blas64.Triangular, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.root.Data != nil && d.eta == eta {
		return d.root, nil
	}
	p := mat.NewSymDense(d.gram.SymmetricDim(), nil)
	p.CopySym(d.gram)
	for i := range d.info {
		p.SetSym(i, i, p.At(i, i)+1/(eta*eta))
	}
	var c mat.Cholesky
	if !c.Factorize(p) {
		return blas64.Triangular{}, fmt.Errorf("proximal: A^T S^-1 A + I/eta^2 is not positive definite in float64 at eta = %v", eta)
	}
	var u mat.TriDense
	c.UTo(&u)
	d.eta, d.root = eta, u.RawTriangular()
	return d.root, nil
}

// Mean sets dst = m, as ExactProximal says.
func (d *DenseProximal) Mean(dst, x []float64, eta float64) error { return d.draw(dst, x, eta, nil) }

// Sample draws z ~ N(m, P^-1) into dst from n normals of st.
func (d *DenseProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	return d.draw(dst, x, eta, st)
}

// draw does what Sample does, or Mean when st is nil.
func (d *DenseProximal) draw(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := d.check(dst, x, eta); err != nil {
		return err
	}
	u, err := d.factor(eta)
	if err != nil {
		return err
	}
	for i, v := range x {
		dst[i] = d.info[i] + v/(eta*eta)
	}
	z := blas64.Vector{N: len(dst), Inc: 1, Data: dst}
	blas64.Trsv(blas.Trans, u, z)
	if st != nil {
		for i := range dst {
			dst[i] += st.Norm()
		}
	}
	blas64.Trsv(blas.NoTrans, u, z)
	return nil
}

func init() { registerExact("dense", NewDenseProximal) }
