package inverse

import (
	"errors"
	"fmt"
	"sync"

	"tweedie/autodiff"
	"tweedie/internal/absent"
	"tweedie/internal/nonfinite"
)

// Potential is a differentiable negative log-density f on R^n, up to a constant.
type Potential interface {
	// Size returns n.
	Size() int
	// ValueGrad returns f(x) and sets dst to its gradient.
	ValueGrad(dst, x []float64) float64
}

// Likelihood is the function f(x) = -log p(y|x) for y = noise(A(x)). It is a Potential when Op is Linear or
// Differentiable. Several goroutines may use it at once; Y must not change.
type Likelihood struct {
	Op    Operator
	Noise Noise
	Y     []float64

	logDet float64   // of L, which took the units out of a whitened Y
	pool   sync.Pool // of *[]float64, one measurement
}

// NewLikelihood returns the likelihood of y. That of an Affine operator A x + b with Gaussian noise has the linear A as its
// Op and y - b as its Y, which is the same function of x. Of Gaussian noise with a covariance it is that of the whitened operator and
// data, with sigma 1; NegLogLik is that of y all the same. The error says what does not fit, which entry of y is not finite,
// or which one the noise cannot draw.
func NewLikelihood(op Operator, noise Noise, y []float64) (*Likelihood, error) {
	if g, ok := noise.(*Gaussian); ok && g != nil {
		noise = *g
	}
	if !absent.Is(op) {
		op, y = centred(op, noise, y)
	}
	l := &Likelihood{Op: op, Noise: noise, Y: y}
	if err := l.fits(); err != nil {
		return nil, err
	}
	if g, ok := noise.(Gaussian); ok && g.Covariance != nil {
		return whitened(l, g.Covariance), nil
	}
	return l, nil
}

// Validate says what is missing or does not fit, and which entry of y is not finite.
func (l *Likelihood) Validate() error {
	if err := l.fits(); err != nil {
		return err
	}
	if g, ok := l.Noise.(Gaussian); ok && g.Covariance != nil {
		return errors.New("likelihood: its Gaussian noise has a covariance, which NewLikelihood takes out of the operator and the data; make it with NewLikelihood")
	}
	return nil
}

// fits says what Validate does, but takes noise with a covariance.
func (l *Likelihood) fits() error {
	switch {
	case l == nil:
		return errors.New("likelihood: it is nil; NewLikelihood makes one")
	case absent.Is(l.Op):
		return errors.New("likelihood: there is no operator")
	case absent.Is(l.Noise):
		return errors.New("likelihood: there is no noise; inverse.Gaussian is one")
	}
	m := l.Op.OutShape().Size()
	if len(l.Y) != m {
		return fmt.Errorf("likelihood: y has %d entries, but %s of %v gives %v, which is %d", len(l.Y), l.Op.Name(), l.Op.InShape(), l.Op.OutShape(), m)
	}
	for i, v := range l.Y {
		if nonfinite.Is(v) {
			return fmt.Errorf("likelihood: entry %d of y is %v", i, v)
		}
	}
	if err := l.Noise.Validate(m); err != nil {
		return err
	}
	if p, ok := l.Noise.(Picky); ok {
		return p.CheckData(l.Y)
	}
	return nil
}

// Size returns n, the number of entries of an image.
func (l *Likelihood) Size() int { return l.Op.InShape().Size() }

// measurement borrows a slice as long as Y from the pool.
func (l *Likelihood) measurement() *[]float64 {
	if p, ok := l.pool.Get().(*[]float64); ok && len(*p) == len(l.Y) {
		return p
	}
	y := make([]float64, len(l.Y))
	return &y
}

// at returns score(y, A(x)).
func (l *Likelihood) at(x []float64, score func(y, clean []float64) float64) float64 {
	c := l.measurement()
	defer l.pool.Put(c)
	l.Op.Apply(*c, x)
	return score(l.Y, *c)
}

// NegLog returns f(x) in nats, without the terms that do not depend on x.
func (l *Likelihood) NegLog(x []float64) float64 { return l.at(x, l.Noise.Loss) }

// NegLogLik returns f(x) in nats, with every constant.
func (l *Likelihood) NegLogLik(x []float64) float64 { return l.at(x, l.Noise.NegLogLik) + l.logDet }

// ChiSquared returns the sum of squared standardised residuals divided by the number of measurements m. At the truth
// it has mean 1 and, when the noise is Gaussian, standard deviation sqrt(2/m).
func (l *Likelihood) ChiSquared(x []float64) float64 {
	return l.at(x, l.Noise.ChiSquared) / float64(len(l.Y))
}

// Grad sets dst to the gradient of f at x: A^T or A'(x)^T times the noise's residual. It panics with a
// *autodiff.ValueError when the operator is neither Linear nor Differentiable.
func (l *Likelihood) Grad(dst, x []float64) { l.ValueGrad(dst, x) }

// ValueGrad returns what NegLog does and sets dst as Grad does, at the cost of one Apply and one Adjoint.
func (l *Likelihood) ValueGrad(dst, x []float64) float64 {
	c := l.measurement()
	defer l.pool.Put(c)
	l.Op.Apply(*c, x)
	value := l.Noise.Loss(l.Y, *c)
	l.Noise.Residual(*c, l.Y, *c)
	switch l.Op.(type) {
	case Linear, Differentiable:
		pull(l.Op, dst, x, *c)
	default:
		panic(&autodiff.ValueError{Op: l.Op.Name(), Msg: "it has neither Adjoint nor VJP, so its likelihood has no gradient"})
	}
	return value
}
