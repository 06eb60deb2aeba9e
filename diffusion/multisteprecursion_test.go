package diffusion_test

import (
	"math"
	"testing"

	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
)

// quadrature returns the integral of e^(u-h) times the polynomial that is 1 at at[j] and 0 at the other nodes, over [0,
// h], by Simpson's rule.
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

// multistepRecursion returns the variance that a multistep sampler of an order must draw from N(0, c), by the papers'
// formulas with integrals by quadrature. variant is "" without a corrector. Nodes are log-SNRs relative to a step's start,
// newest first.
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
