package inverse

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"gonum.org/v1/gonum/floats"

	"tweedie/internal/absent"
	"tweedie/rng"
)

// MALA is a Markov kernel that leaves exp(-f(z) - ||z - x||^2/2 eta^2) invariant for any differentiable f. Its steps are shaped
// by C = P^-1, P = J^T W J + I/eta^2 with the expected information W of the data, where f is a Likelihood (Girolami and
// Calderhead 2011, at one place for a chain); P = I/eta^2 for any other. The Langevin diffusion of a Gaussian law of
// covariance C is an Ornstein-Uhlenbeck process. A proposal integrates it exactly over a step h while the rest of the gradient
// is held fixed, as Xu and Chi's released sampler does for P = I/eta^2; accepting or refusing the proposal makes it exact:
//
//	z' = z - (1-a) C grad g(z) + b w     g = f + ||.-x||^2/2eta^2, a = exp(-h), b^2 = 1-a^2, w ~ N(0,C)
//	log acceptance = g(z) - g(z') + log N(z; z' - (1-a) C grad g(z'), b^2 C) - log N(z'; z - (1-a) C grad g(z), b^2 C)
//
// Where f is quadratic and C is right, every proposal is accepted, whatever h is. With Euler the proposal is
// z - h C grad g(z) + sqrt(2h) w.
//
// Where the noise has a Support, A z never leaves it. If each datum sees one pixel, the proposals of each pixel are reflected at
// its bounds, and the densities above are those of reflected ones; otherwise a proposal that leaves is refused.
type MALA struct {
	f     func(grad, z []float64) float64
	size  int
	power float64
	shape *curvature // nil for a potential that is no likelihood
	inner *domain    // nil where z has no bounds
	cfg   MALAConfig
	ctx   context.Context

	mu    sync.Mutex
	total MALAReport
	alike []float64 // sums over draws of the autocorrelations of each number of z
}

// NewMALA returns a sampler that uses the values and gradients of f.
func NewMALA(f Potential, c MALAConfig) (*MALA, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if absent.Is(f) {
		return nil, errors.New("proximal: mala has no potential; a *Likelihood is one")
	}
	m := &MALA{f: f.ValueGrad, size: f.Size(), power: 1, cfg: c, ctx: context.Background(), total: MALAReport{Unadjusted: c.Unadjusted}}
	if lik, ok := f.(*Likelihood); ok {
		m.shape, m.inner = newCurvature(lik), newDomain(lik)
	}
	return m, nil
}

// Tempered returns a sampler of exp(-power f(z) - ||z - x||^2/2 eta^2) with another config. Power 1 is the sampler itself but for
// its reports. The error is that of the config.
func (m *MALA) Tempered(power float64, c MALAConfig) (*MALA, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	f := func(grad, z []float64) float64 {
		v := power * m.f(grad, z)
		floats.Scale(power, grad)
		return v
	}
	return &MALA{f: f, size: m.size, power: power * m.power, shape: m.shape, inner: m.inner, cfg: c, ctx: m.ctx, total: MALAReport{Unadjusted: c.Unadjusted}}, nil
}

// Name returns "mala", or "langevin (unadjusted)" when every proposal is accepted.
func (m *MALA) Name() string {
	if m.cfg.Unadjusted {
		return "langevin (unadjusted)"
	}
	return "mala"
}

// Until sets the context that ends a chain, as Interruptible says.
func (m *MALA) Until(ctx context.Context) { m.ctx = ctx }

// Report returns the sum over all chains so far, in which Alike tells of the tenth of the numbers of z that are slowest.
func (m *MALA) Report() MALAReport {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.total
	if m.alike != nil {
		r.Alike[1] = slowest(m.alike)
	}
	return r
}

// Sample runs BurnIn + Steps steps of the chain for exp(-f(z) - ||z - x||^2/2 eta^2). It starts at dst and sets dst to
// the last state. After an error, which Run explains, dst is unchanged.
func (m *MALA) Sample(dst, x []float64, eta float64, st *rng.Stream) error {
	_, err := m.Run(dst, x, eta, st)
	return err
}

// Run does what Sample does and reports on this chain. The error says that f or its gradient was not finite at the
// start or, without adjustment, later; or it is that of the context of Until.
func (m *MALA) Run(dst, x []float64, eta float64, st *rng.Stream) (MALAReport, error) {
	if err := checkProximal("mala", m.size, dst, x, eta); err != nil {
		return MALAReport{}, err
	}
	c, err := m.start(dst, x, eta)
	if err != nil {
		return MALAReport{}, err
	}
	h := m.cfg.Step
	if m.cfg.BurnIn > 0 {
		a := newAdaptation(h, m.cfg.Target)
		for range m.cfg.BurnIn {
			if err := m.ctx.Err(); err != nil {
				return MALAReport{}, err
			}
			c.propose(h, st)
			h = a.next(c.decide(st))
		}
		h = a.frozen()
	}
	r := MALAReport{Adapting: int64(m.cfg.BurnIn), Step: h, Unadjusted: m.cfg.Unadjusted}
	past := newMemory(c.at)
	for range m.cfg.Steps {
		if err := m.ctx.Err(); err != nil {
			return r, err
		}
		c.propose(h, st)
		r.Proposed++
		if m.cfg.Unadjusted {
			if !c.to.finite() {
				return r, fmt.Errorf("proximal: langevin: diverged after %d steps with h = %.3g; lower mala.step or leave unadjusted off", r.Proposed, h)
			}
			c.accept()
			r.Accepted++
		} else {
			before := c.accepted
			c.decide(st)
			r.Accepted += c.accepted - before
		}
		past.take(c.at)
	}
	copy(dst, c.at.z)
	r.Gradients = 1 + r.Proposed + r.Adapting
	each := past.report(&r)
	m.add(r, each)
	return r, nil
}

// start returns the chain at z, or where the noise allows it.
func (m *MALA) start(z, x []float64, eta float64) (*chain, error) {
	from, place := append([]float64(nil), z...), append([]float64(nil), x...)
	var box []interval
	if m.inner != nil {
		if err := errors.Join(m.inner.enter(from, eta), m.inner.enter(place, eta)); err != nil {
			return nil, err
		}
		box = m.inner.box
	}
	var shape metric = evenMetric(eta * eta)
	if m.shape != nil {
		energy := func(grad, z []float64) float64 {
			v := m.f(grad, z)
			for i := range grad {
				d := z[i] - x[i]
				v += d * d / (2 * eta * eta)
				grad[i] += d / (eta * eta)
			}
			return v
		}
		var err error
		if shape, err = m.shape.scored(place, eta, m.power, energy); err != nil {
			return nil, err
		}
		if m.inner != nil {
			shape = m.inner.narrowed(shape)
		}
	}
	c := newChain(m.f, m.cfg.Euler, from, x, eta, shape, box)
	if !c.at.finite() {
		return nil, fmt.Errorf("proximal: mala: the likelihood is %v at the start, or its gradient is not finite", c.at.f)
	}
	return c, nil
}

// add adds the report of a draw, in which the numbers of z are alike from step to step as each says.
func (m *MALA) add(r MALAReport, each []float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.alike == nil {
		m.alike = make([]float64, m.size)
	}
	for i, v := range each {
		m.alike[i] += v
	}
	m.total.Add(r)
}

// adaptation steers log h towards an acceptance rate by dual averaging (Nesterov 2009; Hoffman and Gelman 1111.4246,
// section 3.2.1, with their constants).
type adaptation struct {
	mu, sum, average, target float64
	count                    float64
}

func newAdaptation(h, target float64) *adaptation {
	return &adaptation{mu: math.Log(10 * h), average: math.Log(h), target: target}
}

// next takes the acceptance probability of a step and returns the h of the next one.
func (a *adaptation) next(acceptance float64) float64 {
	const gamma, t0, kappa = .05, 10, .75
	a.count++
	a.sum += (a.target - acceptance - a.sum) / (a.count + t0)
	log := a.mu - math.Sqrt(a.count)/gamma*a.sum
	w := math.Pow(a.count, -kappa)
	a.average += w * (log - a.average)
	return math.Exp(min(log, mostLogStep))
}

// frozen returns the h to keep: the exponential of the average of log h.
func (a *adaptation) frozen() float64 { return math.Exp(min(a.average, mostLogStep)) }

// mostLogStep bounds steps that adapt: with h = e^1.4 a proposal keeps a sixtieth of where it was.
const mostLogStep = 1.4
