package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// standing returns ladders on given rungs, whose replicas are draws of N(0, s^2 I), the prior of the problem.
func standing(t *testing.T, p *infer.Problem, method string, rungs []rung, ladders int, s float64) *exchange {
	t.Helper()
	m := Default()
	m.Mode, m.Sampler, m.Steps, m.Heun, m.Tolerance, m.Proximal.Method = ExchangeMode, "ddim", 24, true, 0, method
	m.Exchange.Langevin = 2 // so few that a z which is not traded with its x would be seen
	e, err := newEngine(context.Background(), m, p, infer.Run{Samples: ladders, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{engine: e, lik: p.Likelihood, rungs: rungs, ladders: ladders, draw: e.temperedDraw(context.Background())}
	start := make([]float64, ladders*x.d)
	infer.FillNorms(start, x.streams("start", 0, ladders))
	for i := range start {
		start[i] *= s
	}
	x.stand(pilot{rungs: rungs[:1], x: [][]float64{start}, z: [][]float64{start}})
	return x
}

// gains returns the operator that multiplies number i of an image by g_i, and drops those without a gain.
func gains(t *testing.T, n int, g ...float64) inverse.Operator {
	t.Helper()
	data := make([]float64, len(g)*n)
	for i, v := range g {
		data[i*n+i] = v
	}
	op, err := inverse.DenseConfig{Rows: len(g), Data: data}.Build(autodiff.S(1, 1, n))
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// At a fixed ladder every rung keeps the law p(x) N(y; A x, S/b + eta^2 A A^T), whether the data are drawn exactly or by
// Langevin steps: 100 ladders, 150 sweeps after 50, in 4 directions; 4 standard errors by ladders and .003 for the denoising
// steps. The weights L(x)/L(z) turn the coldest one into the posterior.
func TestExchangeKeepsTheLawOfEachRung(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	const ladders, sigma, s = 100, .2, 1
	g, y := []float64{1, .5, .1}, []float64{.7, -.4, .1}
	rungs := []rung{{Eta: .8, Temper: .05, Step: .5}, {Eta: .5, Temper: .2, Step: .5}, {Eta: .3, Temper: .6, Step: .4}, {Eta: .2, Temper: 1, Step: .4}, {Eta: .12, Temper: 1, Step: .7}}
	for _, method := range []string{"auto", "mala"} {
		p := cases.Problem(cases.Isotropic(0, s*s), gains(t, 4, g...), sigma, y)
		x := standing(t, p, method, rungs, ladders, s)
		first, second := make([][]float64, len(rungs)*4), make([][]float64, len(rungs)*4)
		for i := range first {
			first[i], second[i] = make([]float64, ladders), make([]float64, ladders)
		}
		// Weighted images of the coldest rung along the first direction.
		exact := 1 / (1/(s*s) + g[0]*g[0]/(sigma*sigma))
		centre := exact * g[0] * y[0] / (sigma * sigma)
		weight, weighted := make([]float64, ladders), make([]float64, ladders)
		const burn, sweeps = 50, 150
		for n := range burn + sweeps {
			if err := x.sweep(0); err != nil {
				t.Fatal(err)
			}
			if n >= burn {
				for i, v := range x.x {
					place := i / 4
					at := place/ladders*4 + i%4
					first[at][place%ladders] += v / sweeps
					second[at][place%ladders] += v * v / sweeps
				}
			}
			if n >= burn {
				for l, c := range x.correction() {
					v := x.x[((len(rungs)-1)*ladders+l)*4] - centre
					weight[l] += math.Exp(c)
					weighted[l] += math.Exp(c) * v * v
				}
			}
			x.swap()
		}
		variance := stat.Mean(weighted, nil) / stat.Mean(weight, nil)
		off := make([]float64, ladders)
		for l := range off {
			off[l] = (weighted[l] - variance*weight[l]) / stat.Mean(weight, nil)
		}
		se := stat.StdDev(off, nil) / math.Sqrt(ladders)
		t.Logf("%s: weighed by L(x)/L(z), the coldest rung has the variance %.4f +- %.4f, the posterior %.4f", method, variance, se, exact)
		if math.Abs(variance-exact) > 4*se+.001 {
			t.Errorf("%s: weighed by L(x)/L(z), the coldest rung has the variance %.4f +- %.4f, the posterior %.4f", method, variance, se, exact)
		}
		for k, r := range rungs {
			for j := range 4 {
				a, datum := 0.0, 0.0
				if j < len(g) {
					a, datum = g[j], y[j]
				}
				noise := sigma*sigma/r.Temper + r.Eta*r.Eta*a*a
				v := 1 / (1/(s*s) + a*a/noise)
				mean := v * a * datum / noise
				m, me := stat.MeanStdDev(first[k*4+j], nil)
				q, qe := stat.MeanStdDev(second[k*4+j], nil)
				me, qe = me/math.Sqrt(ladders), qe/math.Sqrt(ladders)
				if math.Abs(m-mean) > 4*me+.003 || math.Abs(q-v-mean*mean) > 4*qe+.003 {
					t.Errorf("%s, eta %g, power %g, direction %d: mean %.4f +- %.4f and square %.4f +- %.4f, where %.4f and %.4f belong", method, r.Eta, r.Temper, j, m, me, q, qe, mean, v+mean*mean)
				}
				if j == 0 {
					t.Logf("%s, eta %g, power %g: mean %.4f +- %.4f (%.4f), square %.4f +- %.4f (%.4f)", method, r.Eta, r.Temper, m, me, mean, q, qe, v+mean*mean)
				}
			}
		}
		t.Logf("%s: rates of exchange %.3f", method, x.rates())
	}
}

// Replicas in n directions that the data do not see exchange at the rate 2 I_q(n/2, n/2), q = 1/(1+r^2), r the ratio of the
// couplings; 200 ladders, 40 sweeps, 4 standard errors by sweeps. In the last case the powers b differ, too, and the data
// see all of the m = n directions, where a Gaussian image is 10^4 times wider than the noise: then n+m directions count.
func TestExchangeRates(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	const ladders, sweeps, ratio = 200, 40, 1.2
	for _, c := range []struct {
		n       int
		a, rate float64
	}{{1, 0, .884568}, {8, 0, .618112}, {64, 0, .147364}, {4, 1, 0}} {
		want, seen := c.rate, c.n
		if c.a == 0 {
			seen = 1
		} else {
			want = 2 * mathext.RegIncBeta(float64(c.n), float64(c.n), 1/(1+ratio*ratio))
		}
		if q := 2 * mathext.RegIncBeta(float64(c.n)/2, float64(c.n)/2, 1/(1+ratio*ratio)); c.a == 0 && math.Abs(q-want) > 1e-6 {
			t.Errorf("the formula gives %.6f for %d directions", q, c.n)
		}
		g := make([]float64, seen)
		for i := range g {
			g[i] = max(c.a, 1e-9)
		}
		const s = 100.
		hot, cold := rung{Eta: .06, Temper: 1}, rung{Eta: .05, Temper: 1}
		if c.a > 0 {
			hot.Temper, cold.Temper = 1/(.06*.06)/1000, 1/(.05*.05)/1000
		}
		sigma := math.Sqrt(1. / 1000)
		p := cases.Problem(cases.Isotropic(0, s*s), gains(t, c.n, g...), sigma, make([]float64, seen))
		x := standing(t, p, "auto", []rung{hot, cold}, ladders, s)
		var rates []float64
		if c.a > 0 {
			// The law of the images is so narrow that they begin at its middle.
			clear(x.x)
			clear(x.z)
		}
		for n := range sweeps + 40 {
			if err := x.sweep(0); err != nil {
				t.Fatal(err)
			}
			x.anew()
			x.swap()
			if n >= 40 {
				rates = append(rates, x.rates()[0])
			}
		}
		rate, se := stat.MeanStdDev(rates, nil)
		se /= math.Sqrt(sweeps)
		t.Logf("%d directions, seen with %g: rate %.4f +- %.4f, formula %.4f", c.n, c.a, rate, se, want)
		if math.Abs(rate-want) > 4*se+.004 {
			t.Errorf("%d directions, seen with %g: rate %.4f +- %.4f, formula %.4f", c.n, c.a, rate, se, want)
		}
	}
}
