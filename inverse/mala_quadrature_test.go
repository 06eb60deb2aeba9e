package inverse

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/rng"
)

// tallies are counts with the mean gain*clean, as they are counted; told says whether they tell their information.
type tallies struct{ gain float64 }

func (tallies) Kind() string                      { return "tallies" }
func (tallies) Validate(int) error                { return nil }
func (tallies) Support() (lo, hi float64)         { return 0, math.Inf(1) }
func (tallies) ChiSquared(_, _ []float64) float64 { return 0 }

func (p tallies) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		// Arrivals at unit distance, counted up to the mean.
		n, at := 0.0, -math.Log(1-st.Float64())
		for at < p.gain*c {
			n++
			at -= math.Log(1 - st.Float64())
		}
		dst[i] = n
	}
}

func (p tallies) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		if c < 0 || c == 0 && y[i] > 0 {
			return math.Inf(1)
		}
		sum += p.gain * c
		if y[i] > 0 {
			sum -= y[i] * math.Log(p.gain*c)
		}
	}
	return sum
}

func (p tallies) NegLogLik(y, clean []float64) float64 { return p.Loss(y, clean) }

func (p tallies) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		dst[i] = p.gain - y[i]/c
	}
}

// toldTallies tell their information.
type toldTallies struct{ tallies }

func (p toldTallies) Information(dst, clean []float64) {
	for i, c := range clean {
		dst[i] = p.gain / max(c, 1e-6)
	}
}

// heavy is Student noise of 3 degrees of freedom.
type heavy struct{ scale float64 }

func (heavy) Kind() string                           { return "heavy" }
func (heavy) Validate(int) error                     { return nil }
func (heavy) ChiSquared(_, _ []float64) float64      { return 0 }
func (h heavy) NegLogLik(y, clean []float64) float64 { return h.Loss(y, clean) }
func (h heavy) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		chi := 0.0
		for range 3 {
			n := st.Norm()
			chi += n * n
		}
		dst[i] = c + h.scale*st.Norm()/math.Sqrt(chi/3)
	}
}

func (h heavy) Loss(y, clean []float64) float64 {
	sum := 0.0
	for i, c := range clean {
		r := (y[i] - c) / h.scale
		sum += 2 * math.Log1p(r*r/3)
	}
	return sum
}

func (h heavy) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		r := (c - y[i]) / h.scale
		dst[i] = 4 * r / (3 + r*r) / h.scale
	}
}

// bent is the operator z_i -> z_i^2 + z_0/2.
type bent int

func (b bent) Name() string             { return "bent" }
func (b bent) InShape() autodiff.Shape  { return autodiff.S(1, 1, int(b)) }
func (b bent) OutShape() autodiff.Shape { return autodiff.S(1, 1, int(b)) }
func (b bent) Apply(dst, x []float64) {
	for i, v := range x {
		dst[i] = v*v + x[0]/2
	}
}
func (b bent) VJP(dst, x, ct []float64) {
	for i, v := range x {
		dst[i] = 2 * v * ct[i]
	}
	for _, c := range ct {
		dst[0] += c / 2
	}
}

// described builds the operator of a description, for n pixels in a row.
func described(t *testing.T, text string, n int) Operator {
	t.Helper()
	op, err := Decode([]byte(text), autodiff.S(1, 1, n))
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// moments returns the means of tests under exp(-f(z) - |z-x|^2/2 eta^2) in one or two dimensions, by quadrature on a grid
// of midpoints that no bound cuts: 4,000 or 500^2 points within 9 deviations eta of x.
func moments(lik *Likelihood, x []float64, eta float64, lo float64) []float64 {
	n := len(x)
	points := map[int]int{1: 4000, 2: 500}[n]
	start, width := make([]float64, n), make([]float64, n)
	for i, v := range x {
		start[i] = max(v-9*eta, lo)
		width[i] = (v + 9*eta - start[i]) / float64(points)
	}
	out, total, z := make([]float64, 3*n), 0.0, make([]float64, n)
	add := func() {
		e := lik.NegLog(z)
		for i, v := range z {
			e += (v - x[i]) * (v - x[i]) / (2 * eta * eta)
		}
		w := math.Exp(-e)
		total += w
		for i, v := range tests(z) {
			out[i] += w * v
		}
	}
	for i := range points {
		z[0] = start[0] + (float64(i)+.5)*width[0]
		if n == 1 {
			add()
			continue
		}
		for j := range points {
			z[1] = start[1] + (float64(j)+.5)*width[1]
			add()
		}
	}
	for i := range out {
		out[i] /= total
	}
	return out
}

// tests returns z_i, z_i^2 and exp(-5 z_i), which is largest near a bound of 0.
func tests(z []float64) []float64 {
	var out []float64
	for _, v := range z {
		out = append(out, v, v*v, math.Exp(-5*max(v, -1)))
	}
	return out
}

// TestMALAByQuadrature: draws for each shape of steps, with and without bounds, have the moments that quadrature gives: 200
// batches of 60 draws of 8 steps with a fixed h, 4 standard errors; and no clean measurement ever leaves the support.
func TestMALAByQuadrature(t *testing.T) {
	const inf = math.MaxFloat64
	identity := `{"kind":"identity"}`
	blur := `{"kind":"blur","boundary":"circular","gaussian":{"size":3,"std":0.6}}`
	for _, c := range []struct {
		name string
		op   Operator
		n    Noise
		y, x []float64
		eta  float64
		lo   float64
		want metric
	}{
		{"counts of none", described(t, identity, 1), tallies{3}, []float64{0}, []float64{.1}, .5, 0, diagonalMetric{}},
		{"counts, told", described(t, identity, 1), toldTallies{tallies{20}}, []float64{9}, []float64{1.5}, 1, 0, diagonalMetric{}},
		{"counts of none, told, from below", described(t, identity, 1), toldTallies{tallies{3}}, []float64{0}, []float64{-.4}, .5, 0, diagonalMetric{}},
		{"negative gain", described(t, `{"kind":"scale","factor":-2,"op":{"kind":"identity"}}`, 1), tallies{3}, []float64{2}, []float64{-.1}, .4, -inf, denseMetric{}},
		{"heavy tails", described(t, identity, 1), heavy{.2}, []float64{.7}, []float64{-.3}, .4, -inf, diagonalMetric{}},
		{"two counts", described(t, identity, 2), toldTallies{tallies{5}}, []float64{0, 4}, []float64{.2, .3}, .6, 0, diagonalMetric{}},
		{"blurred counts", described(t, blur, 2), toldTallies{tallies{4}}, []float64{1, 3}, []float64{.2, .6}, .5, -inf, fourierMetric{}},
		{"blurred heavy tails", described(t, blur, 2), heavy{.2}, []float64{1, -.5}, []float64{.2, .6}, .5, -inf, fourierMetric{}},
		{"mixed counts", described(t, `{"kind":"dense","rows":2,"data":[1,0.5,0.2,1]}`, 2), tallies{10}, []float64{1, 6}, []float64{.2, .4}, .3, -inf, denseMetric{}},
		{"bent", bent(2), Gaussian{Sigma: .3}, []float64{.9, .4}, []float64{.5, .1}, .5, -inf, denseMetric{}},
		{"bent counts", bent(2), tallies{6}, []float64{4, 2}, []float64{.7, .1}, .3, -inf, denseMetric{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lik, err := NewLikelihood(c.op, c.n, c.y)
			if err != nil {
				t.Fatal(err)
			}
			m, err := NewMALA(lik, MALAConfig{Step: .6, Steps: 8, Target: .57})
			if err != nil {
				t.Fatal(err)
			}
			ch, err := m.start(c.x, c.x, c.eta)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := kindOf(ch.c), kindOf(c.want); got != want {
				t.Errorf("the steps have the metric %s, want %s", got, want)
			}
			want := moments(lik, c.x, c.eta, c.lo)
			const batches, each = 200, 60
			means := make([][]float64, len(want))
			st, z, clean := rng.New(9).Stream(), append([]float64(nil), c.x...), make([]float64, len(c.y))
			lo, _ := supportOf(c.n)
			for range batches {
				sum := make([]float64, len(want))
				for range each {
					if err := m.Sample(z, c.x, c.eta, st); err != nil {
						t.Fatal(err)
					}
					c.op.Apply(clean, z)
					for _, v := range clean {
						if v < lo {
							t.Fatalf("a clean measurement is %v", v)
						}
					}
					for i, v := range tests(z) {
						sum[i] += v / each
					}
				}
				for i, v := range sum {
					means[i] = append(means[i], v)
				}
			}
			r := m.Report()
			t.Logf("acceptance %.2f, %.1f effective draws of %d", r.Acceptance(), r.Effective(), 8)
			for i, v := range means {
				mean, sd := stat.MeanStdDev(v, nil)
				if e := (mean - want[i]) / (sd/math.Sqrt(batches) + 1e-12); math.Abs(e) > 4 {
					t.Errorf("test %d: %.4f, by quadrature %.4f, %.1f standard errors off", i, mean, want[i], e)
				}
			}
		})
	}
}

// kindOf returns the name of the type of a metric.
func kindOf(m metric) string {
	switch m.(type) {
	case diagonalMetric:
		return "diagonal"
	case fourierMetric:
		return "fourier"
	case denseMetric:
		return "dense"
	}
	return "even"
}

// plain hides what else a linear operator can do.
type plain struct{ Linear }

// TestMetricPays: where data tell pixels unequally, a draw by steps that are shaped by their information forgets the one before,
// and one by round steps does not: counts of mean 4 to 4,000 seen through a mask, a blur, two operators at once, and an operator that
// hides its diagonal; 100 draws of 40 steps after 60 that adapt. The memory is the correlation of a pixel of neighbouring draws,
// mean of all pixels.
func TestMetricPays(t *testing.T) {
	const n, eta, draws = 64, .5, 100
	for name, op := range map[string]Operator{
		"mask":      described(t, `{"kind":"identity"}`, n),
		"blur":      described(t, `{"kind":"blur","boundary":"circular","gaussian":{"size":3,"std":0.6}}`, n),
		"matrix":    described(t, `{"kind":"stack","ops":[{"kind":"identity"},{"kind":"blur","boundary":"zero","gaussian":{"size":3,"std":0.6}}]}`, n),
		"estimated": plain{described(t, `{"kind":"identity"}`, 3*n).(Linear)},
	} {
		noise := toldTallies{tallies{400}}
		d := op.InShape().Size()
		truth, x, y := make([]float64, d), make([]float64, d), make([]float64, op.OutShape().Size())
		st := rng.New(3).Stream()
		for i := range truth {
			truth[i] = math.Pow(10, -2+3*float64(i%8)/7)
			x[i] = math.Abs(truth[i] + eta*st.Norm())
		}
		op.Apply(y, truth)
		noise.Sample(y, y, st)
		lik, err := NewLikelihood(op, noise, y)
		if err != nil {
			t.Fatal(err)
		}
		memory := func(round bool) float64 {
			m, err := NewMALA(lik, MALAConfig{Step: .1, BurnIn: 60, Steps: 40, Target: .57})
			if err != nil {
				t.Fatal(err)
			}
			if round {
				m.shape, m.inner.box = nil, nil
			}
			z := append([]float64(nil), truth...)
			pixels := make([][]float64, d)
			for range draws {
				if err := m.Sample(z, x, eta, st); err != nil {
					t.Fatal(err)
				}
				for i, v := range z {
					pixels[i] = append(pixels[i], v)
				}
			}
			mean := 0.0
			for _, v := range pixels {
				mean += stat.Correlation(v[1:], v[:draws-1], nil) / float64(d)
			}
			r := m.Report()
			t.Logf("%s, round %v: memory %.2f, acceptance %.2f, %.1f effective draws", name, round, mean, r.Acceptance(), r.Effective())
			return mean
		}
		if shaped, round := memory(false), memory(true); shaped > .25 || round < .4 {
			t.Errorf("%s: shaped steps leave %.2f of the draw before, round ones %.2f", name, shaped, round)
		}
	}
}
