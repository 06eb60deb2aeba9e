package diffusion_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// quadrature returns the integral of e^(u-h) times the polynomial that is 1 at at[j] and 0 at the other nodes, over [0, h], by
// Simpson's rule.
func quadrature(at []float64, j int, h float64) float64 {
	const n = 2000
	sum := 0.0
	for i := range n + 1 {
		u := h * float64(i) / n
		v := math.Exp(u - h)
		for m, a := range at {
			if m != j {
				v *= (u - a) / (at[j] - a)
			}
		}
		c := 2.0
		if i == 0 || i == n {
			c = 1
		} else if i%2 == 1 {
			c = 4
		}
		sum += c * v
	}
	return sum * h / (3 * n)
}

// multistepRecursion returns the variance that a multistep sampler of an order must draw from N(0, c), by the papers' formulas with
// integrals by quadrature. variant is "" without a corrector. Nodes are log-SNRs relative to a step's start, newest first.
func multistepRecursion(steps, order int, variant string, c float64) float64 {
	grid := diffusion.KarrasGrid(steps, .002, 80, 7)
	lambda := func(i int) float64 { return -math.Log(grid[i]) }
	b := func(h float64) float64 {
		if variant == diffusion.UniPCB1 {
			return h
		}
		return 1 - math.Exp(-h)
	}
	x, start := grid[0], 0.0 // start is the corrected state of the step before
	d := make([]float64, steps)
	for i := range grid {
		d[i] = c / (c + grid[i]*grid[i]) * x
		advance := func(from, k int, corrected bool, x float64) float64 {
			h := lambda(from+1) - lambda(from)
			lo, hi := from-k+1, from
			if corrected {
				hi++
			}
			var at []float64
			for j := lo; j <= hi; j++ {
				at = append(at, lambda(j)-lambda(from))
			}
			x *= grid[from+1] / grid[from]
			if n := len(at); n == 2 && (!corrected || k == 1) {
				slope := (d[hi] - d[lo]) / (at[1] - at[0])
				return x + (1-math.Exp(-h))*d[from] + b(h)/2*h*slope
			}
			for j := range at {
				x += quadrature(at, j, h) * d[lo+j]
			}
			return x
		}
		if i > 0 && variant != "" {
			x = advance(i-1, min(order, i, steps-i+1), true, start)
		}
		start = x
		if i+1 < steps {
			x = advance(i, min(order, i+1, steps-i), false, x)
		}
	}
	return d[steps-1] * d[steps-1]
}

// TestMultistepRecursions compares the variances of DPMSolver and UniPC with their recursions to 1e-9.
func TestMultistepRecursions(t *testing.T) {
	for order := 1; order <= 3; order++ {
		for _, c := range []float64{.25, 4} {
			s := diffusion.DefaultDPMSolver()
			s.Order = order
			v := multistepRecursion(s.Steps, order, "", c)
			difftest.Sampler(t, s, difftest.Moments{Prior: c, Variance: v, Tol: 1e-9 * v})
			for _, variant := range []string{diffusion.UniPCB1, diffusion.UniPCB2} {
				u := diffusion.DefaultUniPC()
				u.Order, u.Variant = order, variant
				v := multistepRecursion(u.Steps, order, variant, c)
				difftest.Sampler(t, u, difftest.Moments{Prior: c, Variance: v, Tol: 1e-9 * v})
			}
		}
	}
}

// flowError returns the relative error of a sampler's answer to the start 1 on N(0, c), for which the flow from hi to lo and one
// evaluation at lo give sqrt((c+lo^2)/(c+hi^2)) c/(c+lo^2).
func flowError(t *testing.T, s diffusion.Sampler, lo, hi, c float64) float64 {
	t.Helper()
	g := numtest.Must(exact.NewDiagonalGaussian([]float64{0}, []float64{c}))
	res, err := s.Sample(context.Background(), g, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, 1), Start: []float64{1}, DType: autodiff.F64})
	if err != nil {
		t.Fatal(err)
	}
	return res.X[0]/(math.Sqrt((c+lo*lo)/(c+hi*hi))*c/(c+lo*lo)) - 1
}

// TestMultistepOrder checks the slope of the error against the number of steps on a mixture, averaged over starts: the order of
// DPMSolver, one more for UniPC. On N(0, c) the error of order 3 cancels over the range of levels and falls faster.
func TestMultistepOrder(t *testing.T) {
	gaussian := func(mean, variance float64) *exact.Gaussian {
		return numtest.Must(exact.NewDiagonalGaussian([]float64{mean}, []float64{variance}))
	}
	mix := numtest.Must(exact.NewMixture([]float64{.3, .7}, gaussian(-1, .5), gaussian(.6, .2)))
	starts := []float64{-90, -50, -20, 10, 35, 70, 110}
	run := func(s diffusion.Sampler) []float64 {
		res, err := s.Sample(context.Background(), mix, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, len(starts)), Start: starts, DType: autodiff.F64})
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	unipc := func(steps, order int, variant string) diffusion.Sampler {
		return diffusion.UniPC{Steps: steps, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: order, Variant: variant, Grid: "log"}
	}
	truth := run(unipc(4000, 3, diffusion.UniPCB2))
	check := func(name string, want float64, with func(steps int) diffusion.Sampler) {
		t.Helper()
		var err [3]float64
		for i := range err {
			for j, x := range run(with(100 << i)) {
				err[i] += math.Abs(x-truth[j]) / float64(len(starts))
			}
		}
		slope := math.Log2(err[1] / err[2])
		t.Logf("%-16s order %.2f, errors at 100, 200, 400 steps %.2e", name, slope, err)
		if math.Abs(slope-want) > .3 {
			t.Errorf("%s: doubling the steps divides the error by 2^%.2f, want 2^%g", name, slope, want)
		}
	}
	for order := 1; order <= 3; order++ {
		check(fmt.Sprintf("dpm-solver++ %d", order), float64(order), func(n int) diffusion.Sampler {
			return diffusion.DPMSolver{Steps: n, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: order, Grid: "log"}
		})
		for _, v := range []string{diffusion.UniPCB1, diffusion.UniPCB2} {
			check(fmt.Sprintf("unipc %d %s", order, v), float64(order+1), func(n int) diffusion.Sampler { return unipc(n, order, v) })
		}
	}
}

// TestMultistepBeatsHeun compares the errors of the variance on N(0, 1) at about equal cost.
func TestMultistepBeatsHeun(t *testing.T) {
	for _, n := range []int{11, 15, 19} {
		h := diffusion.DefaultHeun()
		h.Steps = (n + 1) / 2
		d, u := diffusion.DefaultDPMSolver(), diffusion.DefaultUniPC()
		d.Steps, u.Steps = n, n
		eh, ed, eu := flowError(t, h, .002, 80, 1), flowError(t, d, .002, 80, 1), flowError(t, u, .002, 80, 1)
		t.Logf("%d evaluations: error of the deviation: Heun %+.2e, DPM-Solver++ %+.2e, UniPC %+.2e", n, eh, ed, eu)
		if math.Abs(ed) > math.Abs(eh) || math.Abs(eu) > math.Abs(eh) {
			t.Errorf("%d evaluations: Heun's error %.2e is below DPM-Solver++'s %.2e or UniPC's %.2e", n, eh, ed, eu)
		}
	}
}

// TestMultistepExactOnConstants checks that a prior of one point, whose denoiser is constant, is solved exactly on the way: the
// denoiser is the identity at the last level, so that the state there is what comes out.
func TestMultistepExactOnConstants(t *testing.T) {
	const m, lo, hi = .7, .002, 80.0
	point := diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		if sigma[0] == lo {
			return s.Scale(u, 1)
		}
		return s.Affine(u, 0, m)
	})
	for _, s := range []diffusion.Sampler{
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 1},
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 2},
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 3},
		diffusion.UniPC{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 3, Variant: diffusion.UniPCB2},
	} {
		res, err := s.Sample(context.Background(), point, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, 1), Start: []float64{30}, DType: autodiff.F64})
		if err != nil {
			t.Fatal(err)
		}
		if want := m + lo/hi*(30-m); math.Abs(res.X[0]-want) > 1e-12 {
			t.Errorf("%+v: %.15f, want %.15f", s, res.X[0], want)
		}
	}
}
