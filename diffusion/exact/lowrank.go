package exact

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/batch"
	"tweedie/internal/absent"
	"tweedie/internal/config"
	"tweedie/rng"
)

// lowRank is the covariance S = F F^T + diag(v) of factor analysis. With E = (diag(v) + r^2)^-1 it is inverted at every
// noise level r by the matrix of order R, M = 1 + F^T E F (Woodbury):
//
//	w = (S + r^2)^-1 c = E c - E F M^-1 F^T E c,   D = mu + F F^T w + v w,   log det (S + r^2) = log det M - log det E.
type lowRank struct {
	factor   *mat.Dense // F [D,R]
	variance []float64  // v [D], positive
}

// NewLowRankGaussian returns N(mean, F F^T + diag(variance)) with factor F [D,R] and positive variances, for which one
// evaluation takes O(D R + R^3), and nothing of order D^2 is made except by Cov, Eigenvalues, Posterior and Linear.
func NewLowRankGaussian(mean []float64, factor mat.Matrix, variance []float64) (*Gaussian, error) {
	if absent.Is(factor) {
		return nil, config.Errorf("gaussian", "factor", "is nil")
	}
	d, r := factor.Dims()
	if len(mean) != d || len(variance) != d {
		return nil, config.Errorf("gaussian", "factor", "has %d rows; the mean has %d entries and the variance %d", d, len(mean), len(variance))
	}
	l := &lowRank{mat.DenseCopyOf(factor), slices.Clone(variance)}
	c := config.Check("gaussian")
	c.Floats("mean", mean, -config.Huge, config.Huge)
	c.Floats("factor", l.factor.RawMatrix().Data, -config.Huge, config.Huge)
	c.Floats("variance", variance, config.Tiny, config.Huge)
	c.Int("factor", r, 1, d)
	if err := c.Err(); err != nil {
		return nil, err
	}
	return &Gaussian{mean: slices.Clone(mean), low: l}, nil
}

// core returns M^-1 [R,R] and log det (S + sigma^2).
func (l *lowRank) core(sigma float64) (inverse []float64, logDet float64) {
	d, r := l.factor.Dims()
	m := mat.NewSymDense(r, nil)
	for i := range r {
		m.SetSym(i, i, 1)
	}
	for j := range d {
		e := 1 / (l.variance[j] + sigma*sigma)
		logDet -= math.Log(e)
		m.SymRankOne(m, e, l.factor.RowView(j))
	}
	var chol mat.Cholesky
	chol.Factorize(m) // M >= 1
	var inv mat.SymDense
	_ = chol.InverseTo(&inv) // an error says that M is badly conditioned; the inverse stands
	inverse = make([]float64, 0, r*r)
	for i := range r {
		for j := range r {
			inverse = append(inverse, inv.At(i, j))
		}
	}
	return inverse, logDet + chol.LogDet()
}

// whiten returns w = (S + sigma^2)^-1 c, [B,D].
func (l *lowRank) whiten(s *autodiff.Scope, c autodiff.Var, sigma []float64) autodiff.Var {
	d, r := l.factor.Dims()
	e := batch.Fill(s, autodiff.S(len(sigma), d), func(i int) float64 { return 1 / (l.variance[i%d] + sigma[i/d]*sigma[i/d]) })
	inverses := make([]float64, 0, len(sigma)*r*r)
	for b, v := range sigma {
		if b > 0 && v == sigma[b-1] {
			inverses = append(inverses, inverses[len(inverses)-r*r:]...)
			continue
		}
		inv, _ := l.core(v)
		inverses = append(inverses, inv...)
	}
	f := s.Const64(autodiff.S(d, r), l.factor.RawMatrix().Data)
	ec := s.Mul(c, e)
	t := s.Reshape(s.MatMul(ec, f, false, false), autodiff.S(len(sigma), 1, r))
	t = s.MatMul(t, s.Const64(autodiff.S(len(sigma), r, r), inverses), false, false)
	t = s.MatMul(s.Reshape(t, autodiff.S(len(sigma), r)), f, false, true)
	return s.Sub(ec, s.Mul(t, e))
}

// times returns S w, [B,D].
func (l *lowRank) times(s *autodiff.Scope, w autodiff.Var) autodiff.Var {
	d, r := l.factor.Dims()
	f := s.Const64(autodiff.S(d, r), l.factor.RawMatrix().Data)
	return s.Add(s.MatMul(s.MatMul(w, f, false, false), f, false, true), s.Mul(w, s.Const64(autodiff.S(1, d), l.variance)))
}

// logDensity returns log N(c; 0, S + sigma^2) of the host, without the constant.
func (l *lowRank) logDensity(c []float64, sigma float64) float64 {
	d, r := l.factor.Dims()
	inv, logDet := l.core(sigma)
	ec, t, q := make([]float64, d), mat.NewVecDense(r, nil), 0.0
	for i, v := range c {
		ec[i] = v / (l.variance[i] + sigma*sigma)
		q += v * ec[i]
	}
	t.MulVec(l.factor.T(), mat.NewVecDense(d, ec))
	return -(q - mat.Inner(t, mat.NewDense(r, r, inv), t) + logDet) / 2
}

// cov returns S.
func (l *lowRank) cov() *mat.SymDense {
	d, _ := l.factor.Dims()
	s := mat.NewSymDense(d, nil)
	s.SymOuterK(1, l.factor)
	for i, v := range l.variance {
		s.SetSym(i, i, s.At(i, i)+v)
	}
	return s
}

// add adds F n + sqrt(v) n' to dst.
func (l *lowRank) add(dst []float64, st *rng.Stream) {
	d, r := l.factor.Dims()
	n, x := mat.NewVecDense(r, nil), mat.NewVecDense(d, nil)
	st.FillNorm(n.RawVector().Data)
	x.MulVec(l.factor, n)
	for i, v := range l.variance {
		dst[i] += x.AtVec(i) + math.Sqrt(v)*st.Norm()
	}
}
