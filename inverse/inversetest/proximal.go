package inversetest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/inverse"
	"tweedie/rng"
)

// Draws is the number of draws of Proximal and Noise; their statistics are asked for within 4 standard errors.
const Draws = 20000

// Proximal checks a sampler for a linear operator and Gaussian noise against N(m, P^-1) from a dense matrix, at two
// values of eta. It asks for the mean of an ExactProximal to 1e-8 and, over 20000 draws, for the mean, every entry of
// the covariance and the average of (z-m)^T P (z-m), each within 4 standard errors. Every draw starts at an
// independent exact one, so that a Markov kernel that leaves the law invariant passes, whatever its step. Keep n
// below 40 or so.
func Proximal(t T, lik *inverse.Likelihood, s inverse.ProximalSampler) {
	t.Helper()
	n := lik.Size()
	x := make([]float64, n)
	rng.New(2).Split("inversetest.x", 0).Stream().FillNorm(x)
	for i, eta := range []float64{.7, .15} {
		law, err := newLaw(lik, x, eta)
		if err != nil {
			t.Errorf("proximal: %v", err)
			return
		}
		p := &proximalCheck{T: t, name: fmt.Sprintf("%s at eta = %v", s.Name(), eta), law: law, s: s, x: x, eta: eta}
		p.arguments()
		if e, ok := s.(inverse.ExactProximal); ok {
			p.mean(e)
		}
		p.draws(rng.New(3).Split("inversetest.draws", i).Stream())
	}
}

// law is N(m, P^-1) with the Cholesky factor of its covariance.
type law struct {
	m    *mat.VecDense
	p, c *mat.SymDense // precision, covariance
	l    mat.TriDense  // of the covariance
}

func newLaw(lik *inverse.Likelihood, x []float64, eta float64) (*law, error) {
	op, linear := lik.Op.(inverse.Linear)
	noise, gaussian := lik.Noise.(inverse.Gaussian)
	if !linear || !gaussian {
		return nil, fmt.Errorf("%s with %s noise is not linear and Gaussian", lik.Op.Name(), lik.Noise.Kind())
	}
	a, err := inverse.Matrix(op)
	if err != nil {
		return nil, err
	}
	a.Apply(func(i, _ int, v float64) float64 { return v / noise.At(i) }, a)
	m, n := a.Dims()
	y := mat.NewVecDense(m, nil)
	for i, v := range lik.Y {
		y.SetVec(i, v/noise.At(i))
	}
	w := &law{m: mat.NewVecDense(n, nil), p: mat.NewSymDense(n, nil), c: mat.NewSymDense(n, nil)}
	w.p.SymOuterK(1, a.T())
	w.m.MulVec(a.T(), y)
	for i := range n {
		w.p.SetSym(i, i, w.p.At(i, i)+1/(eta*eta))
		w.m.SetVec(i, w.m.AtVec(i)+x[i]/(eta*eta))
	}
	var chol mat.Cholesky
	if !chol.Factorize(w.p) {
		return nil, fmt.Errorf("the precision is not positive definite")
	}
	if err := chol.SolveVecTo(w.m, w.m); err != nil {
		return nil, err
	}
	if err := chol.InverseTo(w.c); err != nil {
		return nil, err
	}
	if !chol.Factorize(w.c) {
		return nil, fmt.Errorf("the covariance is not positive definite")
	}
	chol.LTo(&w.l)
	return w, nil
}

// draw writes an exact draw into dst.
func (w *law) draw(dst []float64, st *rng.Stream) {
	xi := make([]float64, len(dst))
	st.FillNorm(xi)
	z := mat.NewVecDense(len(dst), dst)
	z.MulVec(&w.l, mat.NewVecDense(len(xi), xi))
	z.AddVec(z, w.m)
}

// mahalanobis returns (z-m)^T P (z-m).
func (w *law) mahalanobis(z []float64) float64 {
	d := mat.NewVecDense(len(z), nil)
	d.SubVec(mat.NewVecDense(len(z), z), w.m)
	return mat.Inner(d, w.p, d)
}

type proximalCheck struct {
	T
	name string
	law  *law
	s    inverse.ProximalSampler
	x    []float64
	eta  float64
}

// arguments asks for errors on wrong arguments and for the same bits from the same stream.
func (p *proximalCheck) arguments() {
	p.Helper()
	n := len(p.x)
	key := rng.New(4)
	if p.s.Sample(make([]float64, n+1), p.x, p.eta, key.Stream()) == nil {
		p.Errorf("proximal: %s takes a dst that is too long", p.name)
	}
	if p.s.Sample(make([]float64, n), p.x, -1, key.Stream()) == nil {
		p.Errorf("proximal: %s takes a negative eta", p.name)
	}
	a, b := make([]float64, n), make([]float64, n)
	if _, exact := p.s.(inverse.ExactProximal); exact {
		floats.AddConst(7, b)
	}
	if err := p.s.Sample(a, p.x, p.eta, key.Stream()); err != nil {
		p.Errorf("proximal: %s: %v", p.name, err)
	}
	if err := p.s.Sample(b, p.x, p.eta, key.Stream()); err != nil || !same(a, b) {
		p.Errorf("proximal: %s: the same stream gives another draw (error %v)", p.name, err)
	}
}

func (p *proximalCheck) mean(s inverse.ExactProximal) {
	p.Helper()
	got := make([]float64, len(p.x))
	if err := s.Mean(got, p.x, p.eta); err != nil {
		p.Errorf("proximal: %s: %v", p.name, err)
		return
	}
	want := p.law.m.RawVector().Data
	diff := floats.Distance(got, want, math.Inf(1)) / floats.Norm(want, math.Inf(1))
	if !(diff <= 1e-8) {
		p.Errorf("proximal: %s: the mean is off by %.3g relative, above 1e-8", p.name, diff)
	}
}

func (p *proximalCheck) draws(st *rng.Stream) {
	p.Helper()
	n := len(p.x)
	sum, cov := make([]float64, n), mat.NewSymDense(n, nil)
	var square, moved float64
	z, from, d := make([]float64, n), make([]float64, n), mat.NewVecDense(n, nil)
	for range Draws {
		p.law.draw(from, st)
		copy(z, from)
		if err := p.s.Sample(z, p.x, p.eta, st); err != nil {
			p.Errorf("proximal: %s: %v", p.name, err)
			return
		}
		moved += floats.Distance(z, from, 2)
		square += p.law.mahalanobis(z)
		floats.Add(sum, z)
		d.SubVec(mat.NewVecDense(n, z), p.law.m)
		cov.SymRankOne(cov, 1./Draws, d)
	}
	if moved == 0 {
		p.Errorf("proximal: %s never moves", p.name)
	}
	// (z-m)^T P (z-m) is chi-squared with n degrees of freedom, variance 2n.
	if z := (square/Draws - float64(n)) / math.Sqrt(2*float64(n)/Draws); !(math.Abs(z) <= 4) {
		p.Errorf("proximal: %s: (z-m)^T P (z-m) is %.4g on average, where n = %d belongs: %.1f standard errors", p.name, square/Draws, n, z)
	}
	for i := range n {
		cii := p.law.c.At(i, i)
		if z := (sum[i]/Draws - p.law.m.AtVec(i)) / math.Sqrt(cii/Draws); !(math.Abs(z) <= 4) {
			p.Errorf("proximal: %s: mean of pixel %d is off by %.1f standard errors", p.name, i, z)
		}
		for j := range i + 1 {
			want := p.law.c.At(i, j)
			se := math.Sqrt((cii*p.law.c.At(j, j) + want*want) / Draws)
			if z := (cov.At(i, j) - want) / se; !(math.Abs(z) <= 4) {
				p.Errorf("proximal: %s: covariance (%d,%d) is %.4g, where %.4g belongs: %.1f standard errors", p.name, i, j, cov.At(i, j), want, z)
			}
		}
	}
}
