package inverse

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"tweedie/internal/absent"
	"tweedie/rng"
)

// MALA is a Markov kernel that leaves exp(-f(z) - ||z - x||^2/2 eta^2) invariant for any differentiable f. The
// Langevin diffusion of the quadratic half is an Ornstein-Uhlenbeck process. A proposal integrates it exactly over a
// step h while the gradient of f is held fixed, as in Xu and Chi's released sampler; accepting or refusing the
// proposal makes it exact:
//
//	z' = a z + (1-a) x - v grad f(z) + b w     a = exp(-h/eta^2), v = eta^2 (1-a), b^2 = eta^2 (1-a^2), w ~ N(0,I)
//	log acceptance = g(z) - g(z') + ||w||^2/2 - ||z - a z' - (1-a) x + v grad f(z')||^2/(2 b^2),  g = f + ||.-x||^2/2eta^2
//
// For f = 0 every proposal is accepted, whatever h is. With Euler the proposal is z - h grad g(z) + sqrt(2h) w.
type MALA struct {
	f   Potential
	cfg MALAConfig
	ctx context.Context

	mu    sync.Mutex
	total MALAReport
}

// NewMALA returns a sampler that uses the values and gradients of f.
func NewMALA(f Potential, c MALAConfig) (*MALA, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if absent.Is(f) {
		return nil, errors.New("proximal: mala has no potential; a *Likelihood is one")
	}
	return &MALA{f: f, cfg: c, ctx: context.Background(), total: MALAReport{Unadjusted: c.Unadjusted}}, nil
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

// Report returns the sum over all chains so far.
func (m *MALA) Report() MALAReport {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
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
	if err := checkProximal("mala", m.f.Size(), dst, x, eta); err != nil {
		return MALAReport{}, err
	}
	c := newChain(m.f, m.cfg.Euler, dst, x, eta)
	if !c.at.finite() {
		return MALAReport{}, fmt.Errorf("proximal: mala: the likelihood is %v at the start, or its gradient is not finite", c.at.f)
	}
	h := m.cfg.Step * eta * eta
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
	}
	copy(dst, c.at.z)
	r.Gradients = 1 + r.Proposed + r.Adapting
	m.add(r)
	return r, nil
}

func (m *MALA) add(r MALAReport) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total.Proposed += r.Proposed
	m.total.Accepted += r.Accepted
	m.total.Adapting += r.Adapting
	m.total.Gradients += r.Gradients
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
	return math.Exp(log)
}

// frozen returns the h to keep: the exponential of the average of log h.
func (a *adaptation) frozen() float64 { return math.Exp(a.average) }
