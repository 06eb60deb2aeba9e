package exact

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/internal/config"
	"tweedie/rng"
)

// Mixture is the prior sum_k w_k N(mu_k, S_k):
//
//	D(u, r) = sum_k g_k D_k(u, r),   g = softmax_k(log w_k + log N(u; mu_k, S_k + r^2)).
type Mixture struct {
	logw  []float64
	comps []*Gaussian
}

// NewMixture returns the mixture of comps with the given weights, which are normalised to sum 1; nil weights are equal.
// The error names a weight that is negative or a component of another dimension.
func NewMixture(weights []float64, comps ...*Gaussian) (*Mixture, error) {
	logw, err := logWeights("mixture", weights, len(comps))
	if err != nil {
		return nil, err
	}
	for k, g := range comps {
		if g == nil {
			return nil, config.Errorf("mixture", "components", "component %d is nil", k)
		}
		if g.Dim() != comps[0].Dim() {
			return nil, config.Errorf("mixture", "components", "component %d has %d elements and the first has %d", k, g.Dim(), comps[0].Dim())
		}
	}
	return &Mixture{logw, append([]*Gaussian(nil), comps...)}, nil
}

// Dim returns D, the number of elements of a sample.
func (m *Mixture) Dim() int { return m.comps[0].Dim() }

// Weights returns the weights w_k, which sum to 1.
func (m *Mixture) Weights() []float64 { return expAll(m.logw) }

// Components returns the Gaussians N(mu_k, S_k), in the order of Weights.
func (m *Mixture) Components() []*Gaussian { return append([]*Gaussian(nil), m.comps...) }

// Mean returns the mean of a sample, sum_k w_k mu_k.
func (m *Mixture) Mean() []float64 {
	mean := make([]float64, m.Dim())
	for k, g := range m.comps {
		w := math.Exp(m.logw[k])
		for i, v := range g.mean {
			mean[i] += w * v
		}
	}
	return mean
}

// Cov returns the covariance of a sample, sum_k w_k (S_k + (mu_k - mu)(mu_k - mu)^T).
func (m *Mixture) Cov() *mat.SymDense {
	mean := m.Mean()
	cov := mat.NewSymDense(m.Dim(), nil)
	diff := mat.NewVecDense(m.Dim(), nil)
	for k, g := range m.comps {
		w := math.Exp(m.logw[k])
		part := g.Cov()
		part.ScaleSym(w, part)
		cov.AddSym(cov, part)
		for i, v := range g.mean {
			diff.SetVec(i, v-mean[i])
		}
		cov.SymRankOne(cov, w, diff)
	}
	return cov
}

// Denoise returns sum_k g_k D_k(u, sigma), [B,...].
func (m *Mixture) Denoise(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return m.average(s, u, sigma, (*Gaussian).Denoise)
}

// Score returns -sum_k g_k (S_k + sigma^2)^-1 (u - mu_k), [B,...].
func (m *Mixture) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return m.average(s, u, sigma, (*Gaussian).Score)
}

// average returns sum_k g_k part_k(u, sigma), [B,...], with g the responsibilities of the components.
func (m *Mixture) average(s *autodiff.Scope, u autodiff.Var, sigma []float64, part func(*Gaussian, *autodiff.Scope, autodiff.Var, []float64) autodiff.Var) autodiff.Var {
	if len(m.comps) == 1 {
		return part(m.comps[0], s, u, sigma)
	}
	c := s.Enter("mixture")
	x := flat(c, "mixture", u, sigma, m.Dim())
	logits := make([]autodiff.Var, len(m.comps))
	for k, g := range m.comps {
		logits[k] = c.AddScalar(g.logDensity(c, x, sigma), m.logw[k])
	}
	share := c.Softmax(c.Concat(1, logits...))
	var y autodiff.Var
	for k, g := range m.comps {
		t := c.Mul(part(g, c, x, sigma), c.Slice(share, 1, k, k+1))
		if k > 0 {
			t = c.Add(y, t)
		}
		y = t
	}
	y = c.Reshape(y, u.Shape())
	c.Close(y)
	return y
}

// Responsibilities returns the probability g_k of each component, given that x_0 + sigma n = x.
func (m *Mixture) Responsibilities(x []float64, sigma float64) []float64 {
	l := m.joint(x, sigma)
	total := floats.LogSumExp(l)
	for k := range l {
		l[k] = math.Exp(l[k] - total)
	}
	return l
}

// joint returns log w_k + log N(x; mu_k, S_k + sigma^2) for each k.
func (m *Mixture) joint(x []float64, sigma float64) []float64 {
	l := make([]float64, len(m.comps))
	for k, g := range m.comps {
		l[k] = m.logw[k] + g.LogDensity(x, sigma)
	}
	return l
}

// LogDensity returns log sum_k w_k N(x; mu_k, S_k + sigma^2) in nats.
func (m *Mixture) LogDensity(x []float64, sigma float64) float64 {
	return floats.LogSumExp(m.joint(x, sigma))
}

// Sample draws a component, and from it a sample into dst.
func (m *Mixture) Sample(dst []float64, st *rng.Stream) {
	m.comps[pick(m.logw, st)].Sample(dst, st)
}

// expAll returns e^l for each entry of l.
func expAll(l []float64) []float64 {
	w := make([]float64, len(l))
	for i, v := range l {
		w[i] = math.Exp(v)
	}
	return w
}
