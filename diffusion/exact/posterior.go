package exact

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/internal/numeric"
	"tweedie/internal/config"
)

// Measurement is a linear measurement y = A x + n with n ~ N(0, Noise). A is [m,D], and Noise [m,m] is positive
// definite.
type Measurement struct {
	A     mat.Matrix
	Y     []float64
	Noise mat.Symmetric
}

// Measure returns the measurement of y through a with noise N(0, sigma^2 I).
func Measure(a mat.Matrix, y []float64, sigma float64) Measurement {
	noise := mat.NewSymDense(len(y), nil)
	for i := range y {
		noise.SetSym(i, i, sigma*sigma)
	}
	return Measurement{a, y, noise}
}

// DenseMatrix returns the matrix of a linear map, [m,D], which it finds column by column by D applications.
func DenseMatrix(l autodiff.LinearMapper) *mat.Dense {
	d, m := l.InShape().Size(), l.OutShape().Size()
	a := mat.NewDense(m, d, nil)
	x, y := make([]float64, d), make([]float64, m)
	for j := range x {
		x[j] = 1
		l.Apply(y, x)
		x[j] = 0
		a.SetCol(j, y)
	}
	return a
}

// validate returns a *diffusion.FieldError about the first part that does not fit the others or D = d.
func (m Measurement) validate(d int) error {
	r, c := m.A.Dims()
	if c != d {
		return config.Errorf("measurement", "a", "it has %d columns and the prior %d elements", c, d)
	}
	if len(m.Y) != r {
		return config.Errorf("measurement", "y", "%d values were given for %d rows", len(m.Y), r)
	}
	if n := m.Noise.SymmetricDim(); n != r {
		return config.Errorf("measurement", "noise", "its order is %d and must be %d", n, r)
	}
	return nil
}

// update holds what a measurement makes of every Gaussian of one covariance S: the gain K = S A^T (A S A^T + N)^-1 and
// the posterior covariance (I - K A) S (I - K A)^T + K N K^T.
type update struct {
	m    Measurement
	gain mat.Dense
	evid mat.Cholesky // of A S A^T + N
	post *Gaussian    // its mean is not set
}

// newUpdate returns the update of the covariance of g.
func newUpdate(g *Gaussian, m Measurement) (*update, error) {
	d := g.Dim()
	if err := m.validate(d); err != nil {
		return nil, err
	}
	u := &update{m: m}
	cov := g.Cov()
	var sat, asat mat.Dense
	sat.Mul(cov, m.A.T())
	asat.Mul(m.A, &sat)
	if !u.evid.Factorize(symmetric(&asat, m.Noise)) {
		return nil, config.Errorf("measurement", "noise", "A S A^T + noise is not positive definite")
	}
	var k mat.Dense
	if err := u.evid.SolveTo(&k, sat.T()); err != nil {
		return nil, config.Errorf("measurement", "noise", "A S A^T + noise is singular to working precision: %v", err)
	}
	u.gain.CloneFrom(k.T())
	var ka, left, part, post mat.Dense
	ka.Mul(&u.gain, m.A)
	left.Scale(-1, &ka)
	for i := 0; i < d; i++ {
		left.Set(i, i, 1+left.At(i, i))
	}
	part.Mul(&left, cov)
	post.Mul(&part, left.T())
	var kn, knk mat.Dense
	kn.Mul(&u.gain, m.Noise)
	knk.Mul(&kn, u.gain.T())
	var err error
	u.post, err = NewGaussian(make([]float64, d), symmetric(&post, &knk))
	return u, err
}

// symmetric returns the symmetric part of a + b.
func symmetric(a, b mat.Matrix) *mat.SymDense {
	n, _ := a.Dims()
	s := mat.NewSymDense(n, nil)
	for i := 0; i < n; i++ {
		for j := 0; j <= i; j++ {
			s.SetSym(i, j, (a.At(i, j)+a.At(j, i)+b.At(i, j)+b.At(j, i))/2)
		}
	}
	return s
}

// apply returns the posterior of N(mean, S), and log N(y; A mean, A S A^T + N) in nats.
func (u *update) apply(mean []float64) (*Gaussian, float64) {
	var r, step, white mat.VecDense
	r.MulVec(u.m.A, mat.NewVecDense(len(mean), mean))
	r.SubVec(mat.NewVecDense(len(u.m.Y), u.m.Y), &r)
	step.MulVec(&u.gain, &r)
	post := &Gaussian{mean: make([]float64, len(mean)), lambda: u.post.lambda, q: u.post.q}
	for i := range mean {
		post.mean[i] = mean[i] + step.AtVec(i)
	}
	// The factor was checked to be regular when the update was made.
	_ = u.evid.SolveVecTo(&white, &r)
	n := float64(r.Len())
	return post, -(mat.Dot(&r, &white) + u.evid.LogDet() + n*numeric.Log2Pi) / 2
}

// Posterior returns p(x | y), again a Gaussian, and the evidence log p(y) in nats.
func (g *Gaussian) Posterior(m Measurement) (post *Gaussian, logEvidence float64, err error) {
	u, err := newUpdate(g, m)
	if err != nil {
		return nil, 0, err
	}
	post, logEvidence = u.apply(g.mean)
	return post, logEvidence, nil
}

// Posterior returns p(x | y), a mixture with weights proportional to w_k p(y | k), and the evidence log p(y) in nats.
// Neighbouring components that share a covariance share its factorisation.
func (m *Mixture) Posterior(y Measurement) (post *Mixture, logEvidence float64, err error) {
	post = &Mixture{logw: make([]float64, len(m.logw)), comps: make([]*Gaussian, len(m.comps))}
	var u *update
	for k, g := range m.comps {
		if k == 0 || !g.sameCov(m.comps[k-1]) {
			if u, err = newUpdate(g, y); err != nil {
				return nil, 0, err
			}
		}
		comp, l := u.apply(g.mean)
		post.comps[k], post.logw[k] = comp, m.logw[k]+l
	}
	logEvidence = floats.LogSumExp(post.logw)
	for k := range post.logw {
		post.logw[k] -= logEvidence
	}
	return post, logEvidence, nil
}

// Mixture returns e as a mixture of Gaussians with covariance tau^2 I around its points.
func (e *Empirical) Mixture() *Mixture {
	m := &Mixture{logw: e.logw, comps: make([]*Gaussian, e.Len())}
	lambda := make([]float64, e.Dim())
	for j := range lambda {
		lambda[j] = e.tau * e.tau
	}
	for i := range m.comps {
		m.comps[i] = &Gaussian{mean: e.Point(i), lambda: lambda}
	}
	return m
}

// Posterior returns p(x | y) as a mixture, and the evidence log p(y) in nats.
func (e *Empirical) Posterior(y Measurement) (post *Mixture, logEvidence float64, err error) {
	return e.Mixture().Posterior(y)
}

// Reweight returns e with weights proportional to w_i exp(loglik(x_i)), and log sum_i w_i exp(loglik(x_i)). At tau = 0
// they are the exact posterior and evidence under any likelihood, linear or not. It is an error when the likelihood is
// 0 at every point.
func (e *Empirical) Reweight(loglik func(x []float64) float64) (post *Empirical, logEvidence float64, err error) {
	l := make([]float64, e.Len())
	points := make([][]float64, e.Len())
	for i := range l {
		points[i] = e.Point(i)
		l[i] = e.logw[i] + loglik(points[i])
	}
	logEvidence = floats.LogSumExp(l)
	for i := range l {
		l[i] -= logEvidence
	}
	post, err = NewEmpirical(points, expAll(l), e.tau)
	return post, logEvidence, err
}
