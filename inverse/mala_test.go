package inverse

import (
	"math"
	"testing"

	"tweedie/rng"
)

// flat is f = 0, bowl f = c (z - 1)^2/2 in every coordinate, quartic f = sum z^4/4 + z_0 z_1.
type (
	flat int
	bowl struct {
		n int
		c float64
	}
	quartic int
)

func (f flat) Size() int { return int(f) }
func (f flat) ValueGrad(dst, _ []float64) float64 {
	clear(dst)
	return 0
}

func (b bowl) Size() int { return b.n }
func (b bowl) ValueGrad(dst, z []float64) float64 {
	sum := 0.
	for i, v := range z {
		dst[i] = b.c * (v - 1)
		sum += b.c * (v - 1) * (v - 1) / 2
	}
	return sum
}

func (q quartic) Size() int { return int(q) }
func (q quartic) ValueGrad(dst, z []float64) float64 {
	sum := z[0] * z[1]
	for i, v := range z {
		sum += v * v * v * v / 4
		dst[i] = v * v * v
	}
	dst[0] += z[1]
	dst[1] += z[0]
	return sum
}

// TestMALAFlat (T9): f = 0 accepts everything, at any step, and the law is N(x, eta^2 I).
func TestMALAFlat(t *testing.T) {
	const n, eta = 3, .4
	x := []float64{1, -2, .5}
	for _, step := range []float64{.01, 1, 30} {
		m, err := NewMALA(flat(n), MALAConfig{Step: step, Steps: 20000, Target: .57})
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Run(make([]float64, n), x, eta, rng.New(1).Stream())
		if err != nil || r.Acceptance() != 1 {
			t.Errorf("step %v: acceptance %v, error %v", step, r.Acceptance(), err)
		}
		c := newChain(flat(n).ValueGrad, false, []float64{0, 3, 1}, x, eta, evenMetric(eta*eta), nil)
		c.propose(step, rng.New(2).Stream())
		if ratio := c.logRatio(c.at, c.to); math.Abs(ratio) > 1e-12 {
			t.Errorf("step %v: log ratio %v", step, ratio)
		}
	}
	// N = 20000 independent chains of one long step from far away.
	m, err := NewMALA(flat(n), MALAConfig{Step: 40, Steps: 1, Target: .57})
	if err != nil {
		t.Fatal(err)
	}
	const N = 20000
	st := rng.New(3).Stream()
	var s1, s2 [n]float64
	for range N {
		z := []float64{9, 9, 9}
		if err := m.Sample(z, x, eta, st); err != nil {
			t.Fatal(err)
		}
		for i, v := range z {
			s1[i] += (v - x[i]) / eta
			s2[i] += (v - x[i]) * (v - x[i]) / (eta * eta)
		}
	}
	for i := range n {
		if e := s1[i] / math.Sqrt(N); math.Abs(e) > 4 {
			t.Errorf("mean of coordinate %d is off by %.1f standard errors", i, e)
		}
		if e := (s2[i] - N) / math.Sqrt(2*N); math.Abs(e) > 4 {
			t.Errorf("variance of coordinate %d is off by %.1f standard errors", i, e)
		}
	}
}

// TestLogRatio (T9): the ratio is antisymmetric to 1e-10, and equals the textbook form with its cancelling terms, for any
// metric, and for proposals that are reflected at the sides of a box, whose density adds up to 1.
func TestLogRatio(t *testing.T) {
	box := []interval{{math.Inf(-1), 1.1}, {-1.05, math.Inf(1)}, {.2, .9}, {math.Inf(-1), math.Inf(1)}}
	for _, c := range []struct {
		euler bool
		m     metric
		box   []interval
	}{{false, evenMetric(.49), nil}, {true, evenMetric(.49), nil}, {false, diagonalMetric{.3, .1, .2, .05}, nil}, {true, diagonalMetric{.3, .1, .2, .05}, nil}, {false, diagonalMetric{.3, .1, .2, .05}, box}} {
		const eta = .7
		x := []float64{.3, -.2, .8, 0}
		st := rng.New(4).Stream()
		for _, h := range []float64{1e-3, .1, .6, 2} {
			ch := newChain(quartic(4).ValueGrad, c.euler, []float64{1, -1, .5, 2}, x, eta, c.m, c.box)
			ch.propose(h, st)
			ratio := ch.logRatio(ch.at, ch.to)
			if sum := ratio + ch.logRatio(ch.to, ch.at); math.Abs(sum) > 1e-10*(1+math.Abs(ratio)) {
				t.Errorf("h = %v: there and back leave %.3g", h, sum)
			}
			k, b := ch.coefficients()
			g := func(p *point) (sum float64) {
				sum = p.f
				for i, z := range p.z {
					sum += (z - x[i]) * (z - x[i]) / (2 * eta * eta)
				}
				return sum
			}
			unit, variances := make([]float64, 4), make([]float64, 4)
			for i := range unit {
				unit[i] = 1
			}
			ch.c.times(variances, unit)
			logq := func(from, to *point) (sum float64) {
				for i, z := range from.z {
					m, v := z-k*variances[i]*(from.grad[i]+(z-x[i])/(eta*eta)), b*b*variances[i]
					density := 0.0
					for _, image := range reflections(c.box, i, to.z[i]) {
						density += math.Exp(-(image - m) * (image - m) / (2 * v))
					}
					sum += math.Log(density)
				}
				return sum
			}
			want := g(ch.at) - g(ch.to) + logq(ch.to, ch.at) - logq(ch.at, ch.to)
			if math.Abs(ratio-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("%+v, h = %v: log ratio %v, by the definition %v", c, h, ratio, want)
			}
		}
	}
	for _, b := range box {
		for _, m := range []float64{-.3, .5, 1.7} {
			const s, steps = .4, 40000
			sum, lo, hi := 0.0, max(b.lo, -6), min(b.hi, 6)
			for i := range steps {
				z := lo + (hi-lo)*(float64(i)+.5)/steps
				sum += math.Exp(b.logDensity(z, m, s)) * (hi - lo) / steps / (s * math.Sqrt(2*math.Pi))
			}
			if math.Abs(sum-1) > 1e-6 {
				t.Errorf("%+v, mean %v: the density of reflected draws adds up to %v", b, m, sum)
			}
		}
	}
}

// reflections returns what is reflected to z at the sides of pixel i.
func reflections(box []interval, i int, z float64) []float64 {
	all := []float64{z}
	if box == nil {
		return all
	}
	for range 30 {
		for _, v := range all {
			for _, side := range []float64{box[i].lo, box[i].hi} {
				if image := 2*side - v; !math.IsInf(side, 0) && math.Abs(image) < 40 && !holds(all, image) {
					all = append(all, image)
				}
			}
		}
	}
	return all
}

func holds(all []float64, v float64) bool {
	for _, a := range all {
		if math.Abs(a-v) < 1e-9 {
			return true
		}
	}
	return false
}

// variance runs independent coordinates of a chain from the exact law N(m, 1/p) and returns the mean and variance of N
// thinned states.
func variance(t *testing.T, c MALAConfig, b bowl, eta float64, rounds int) (mean, variance, acceptance float64, count float64) {
	t.Helper()
	m, err := NewMALA(b, c)
	if err != nil {
		t.Fatal(err)
	}
	st := rng.New(5).Stream()
	x, z := make([]float64, b.n), make([]float64, b.n)
	st.FillNorm(z)
	var s1, s2 float64
	for k := range rounds {
		if err := m.Sample(z, x, eta, st); err != nil {
			t.Fatal(err)
		}
		if k >= rounds/10 {
			for _, v := range z {
				s1 += v
				s2 += v * v
				count++
			}
		}
	}
	mean = s1 / count
	return mean, s2/count - mean*mean, m.Report().Acceptance(), count
}

// TestMALAGaussian (T9): a quadratic f gives the exact moments at any step, for both proposals; every round of 60
// steps is a nearly independent draw of each of 4 coordinates. N = 4 x 4500.
func TestMALAGaussian(t *testing.T) {
	const eta, curvature = .5, 20.
	p := curvature + 1/(eta*eta)
	for _, euler := range []bool{false, true} {
		for _, h := range []float64{.02, .06} {
			mean, v, acc, n := variance(t, MALAConfig{Step: h / (eta * eta), Steps: 60, Target: .57, Euler: euler}, bowl{4, curvature}, eta, 5000)
			if e := (mean - curvature/p) * math.Sqrt(p*n); math.Abs(e) > 4 {
				t.Errorf("euler %v, h = %v: mean is off by %.1f standard errors", euler, h, e)
			}
			if e := (v*p - 1) / math.Sqrt(2/n); math.Abs(e) > 4 {
				t.Errorf("euler %v, h = %v: variance is off by %.1f standard errors", euler, h, e)
			}
			if acc < .2 || acc > .999 {
				t.Errorf("euler %v, h = %v: acceptance %.3f tests nothing", euler, h, acc)
			}
		}
	}
}

// TestUnadjustedBias (T9): without accepting or refusing, the stationary variances are those of the linear recursions,
// b^2/(1-(a-v c)^2) for the Ornstein-Uhlenbeck split and 1/(p (1-h p/2)) for Euler; neither is the true 1/p.
func TestUnadjustedBias(t *testing.T) {
	const eta, curvature, h = .5, 20., .04
	p := curvature + 1/(eta*eta)
	a := math.Exp(-h / (eta * eta))
	v, b2 := eta*eta*(1-a), eta*eta*(1-a*a)
	for _, c := range []struct {
		euler bool
		want  float64
	}{
		{false, b2 / (1 - (a-v*curvature)*(a-v*curvature))},
		{true, 1 / p / (1 - h*p/2)},
	} {
		_, got, _, n := variance(t, MALAConfig{Step: h / (eta * eta), Steps: 60, Target: .57, Euler: c.euler, Unadjusted: true}, bowl{4, curvature}, eta, 5000)
		se := math.Sqrt(2 / n)
		if e := (got/c.want - 1) / se; math.Abs(e) > 4 {
			t.Errorf("euler %v: variance %.5f, where %.5f belongs: %.1f standard errors", c.euler, got, c.want, e)
		}
		if e := (got*p - 1) / se; math.Abs(e) < 8 {
			t.Errorf("euler %v: the bias cannot be told from none, %.1f standard errors", c.euler, e)
		}
	}
}

// TestAdaptation: the frozen step has the acceptance asked for, from a start that is a thousand times off either way.
func TestAdaptation(t *testing.T) {
	const n = 30
	for _, step := range []float64{1e-3, 1e3} {
		m, err := NewMALA(bowl{n, 400}, MALAConfig{Step: step, BurnIn: 400, Steps: 2000, Target: .57})
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, n)
		for i := range z {
			z[i] = 1
		}
		r, err := m.Run(z, make([]float64, n), .5, rng.New(6).Stream())
		if err != nil {
			t.Fatal(err)
		}
		if a := r.Acceptance(); a < .47 || a > .67 {
			t.Errorf("from step %v: acceptance %.3f with h = %.3g, where 0.57 +- 0.1 belongs", step, a, r.Step)
		}
		if r.Gradients != 2401 || r.Adapting != 400 || r.Proposed != 2000 || m.Report().Gradients != 2401 {
			t.Errorf("report %+v", r)
		}
	}
}

func TestMALARefusesTrouble(t *testing.T) {
	m, err := NewMALA(bowl{1, 20}, MALAConfig{Step: 100, Steps: 2000, Target: .57, Unadjusted: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Sample([]float64{1}, []float64{1}, 10, rng.New(1).Stream()); err == nil {
		t.Error("an unadjusted chain far beyond its stability limit ends without an error")
	}
	if r := m.Report(); !r.Unadjusted || m.Name() == "mala" {
		t.Errorf("an unadjusted chain does not say so: %q, %+v", m.Name(), r)
	}
	if err := m.Sample([]float64{math.NaN()}, []float64{1}, 1, rng.New(1).Stream()); err == nil {
		t.Error("a start that is not a number is taken")
	}
}
