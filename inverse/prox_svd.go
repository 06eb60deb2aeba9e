package inverse

import (
	"fmt"
	"math"

	"tweedie/rng"
)

// SVDProximal draws in the right singular basis: with c = V^T x and d = U^T y,
//
//	V^T z ~ N((s d/sigma^2 + c/eta^2)/p, 1/p),  p = s^2/sigma^2 + 1/eta^2,  s = 0 on the null space.
type SVDProximal struct {
	*linearGaussian
	svd SVD
	d   []float64 // U^T y
}

// NewSVDProximal returns a sampler for an operator with an SVD and Gaussian noise with one sigma; other likelihoods
// are errors. DenseSVD gives any small linear operator an SVD. For a sigma for each datum NewProximal finds another.
func NewSVDProximal(lik *Likelihood) (*SVDProximal, error) {
	l, err := newLinearGaussian(lik, "svd", true)
	if err != nil {
		return nil, err
	}
	svd, err := svdOf(lik.Op)
	if err != nil {
		return nil, err
	}
	s := &SVDProximal{linearGaussian: l, svd: svd, d: make([]float64, len(lik.Y))}
	svd.Ut(s.d, lik.Y)
	return s, nil
}

// svdOf returns op as an SVD. The error says that it is none.
func svdOf(op Operator) (SVD, error) {
	svd, ok := op.(SVD)
	if !ok {
		return nil, fmt.Errorf("proximal: svd needs singular values, and %s has none; DenseSVD computes them", op.Name())
	}
	return svd, nil
}

// Name returns "svd".
func (s *SVDProximal) Name() string { return "svd" }

// Mean sets dst = m, as ExactProximal says.
func (s *SVDProximal) Mean(dst, x []float64, eta float64) error { return s.draw(dst, x, eta, nil) }

// Sample draws z ~ N(m, P^-1) into dst from n normals of st.
func (s *SVDProximal) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	return s.draw(dst, x, eta, st)
}

// draw does what Sample does, or Mean when st is nil.
func (s *SVDProximal) draw(dst, x []float64, eta float64, st *rng.Stream) error {
	if err := s.check(dst, x, eta); err != nil {
		return err
	}
	c := make([]float64, len(x))
	s.svd.Vt(c, x)
	sigma2, singular := s.noise.Sigma*s.noise.Sigma, s.svd.Singular()
	for i := range c {
		p, b := 1/(eta*eta), c[i]/(eta*eta)
		if i < len(singular) {
			v := singular[i]
			p += v * v / sigma2
			b += v * s.d[i] / sigma2
		}
		c[i] = b / p
		if st != nil {
			c[i] += st.Norm() / math.Sqrt(p)
		}
	}
	s.svd.V(dst, c)
	return nil
}

func init() { registerUniform("svd", NewSVDProximal) }
