package diffusion_test

import (
	"math"
	"testing"

	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
)

// discreteRecursion returns the variance that DDIM must draw from N(0, c). On N(0, c) every sampler is a linear
// recursion; the recursions of this file are written from the formulas and not from the samplers.
func discreteRecursion(p diffusion.DDPMConfig, eta, c float64) float64 {
	d, err := p.Build()
	if err != nil {
		panic(err)
	}
	v := 1.0
	for i := d.Len() - 1; i >= 0; i-- {
		abar, prev := d.AlphaBar[i], d.AlphaBarPrev[i]
		x0 := math.Sqrt(abar) * c / (abar*c + 1 - abar)
		eps := (1 - math.Sqrt(abar)*x0) / math.Sqrt(1-abar)
		s2 := eta * eta * (1 - prev) / (1 - abar) * (1 - abar/prev)
		if i == 0 {
			s2 = 0
		}
		g := math.Sqrt(prev)*x0 + math.Sqrt(1-prev-s2)*eps
		v = g*g*v + s2
	}
	return v
}

// heunRecursion returns the variance that Heun must draw from N(0, c).
func heunRecursion(h diffusion.Heun, c float64) float64 {
	grid := append(diffusion.KarrasGrid(h.Steps, h.SigmaMin, h.SigmaMax, h.Rho), 0)
	v := grid[0] * grid[0]
	for i, s := range grid[:h.Steps] {
		to := grid[i+1]
		if h.Churn > 0 && s >= h.ChurnMin && s <= h.ChurnMax {
			up := s * (1 + math.Min(h.Churn/float64(h.Steps), math.Sqrt2-1))
			v += h.ChurnNoise * h.ChurnNoise * (up*up - s*s)
			s = up
		}
		rate := func(s float64) float64 { return s / (c + s*s) } // (x - D)/sigma = sigma x/(c + sigma^2)
		g := 1 + (to-s)*rate(s)
		if h.Order == 2 && to > 0 {
			g = 1 + (to-s)*(rate(s)+rate(to)*g)/2
		}
		v *= g * g
	}
	return v
}

// continuousRecursion returns the variance that EulerMaruyama (sde) or ODESampler must draw from N(0, c).
func continuousRecursion(s diffusion.Schedule, grid []float64, c float64, order int, sde, final bool) float64 {
	v := math.Pow(diffusion.TerminalStd(s), 2)
	marginal := func(t float64) float64 { return math.Pow(s.Alpha(t), 2)*c + math.Pow(s.Sigma(t), 2) }
	for i, t := range grid[:len(grid)-1] {
		h := grid[i+1] - t
		half := .5
		if sde {
			half = 1
		}
		rate := func(t float64) float64 { return s.Drift(t) + half*s.G2(t)/marginal(t) }
		g := 1 + h*rate(t)
		if order == 2 {
			g = 1 + h*(rate(t)+rate(grid[i+1])*g)/2
		}
		v *= g * g
		if sde && i+2 < len(grid) {
			v -= h * s.G2(t)
		}
	}
	if t := grid[len(grid)-1]; final {
		v *= math.Pow(s.Alpha(t)*c/marginal(t), 2)
	}
	return v
}

// TestRecursions compares the variances of every sampler with its recursion to 1e-9.
func TestRecursions(t *testing.T) {
	row := func(s diffusion.Sampler, recursion func(c float64) float64) {
		t.Helper()
		for _, c := range []float64{.25, 4} {
			v := recursion(c)
			difftest.Sampler(t, s, difftest.Moments{Prior: c, Variance: v, Tol: 1e-9 * v})
		}
	}
	a := diffusion.DefaultAncestral()
	row(a, func(c float64) float64 { return discreteRecursion(a.Process, 1, c) })
	for _, eta := range []float64{0, .5, 1} {
		d := diffusion.DefaultDDIM()
		d.Eta = eta
		row(d, func(c float64) float64 { return discreteRecursion(d.Process, d.Eta, c) })
	}
	for _, h := range []diffusion.Heun{
		diffusion.DefaultHeun(),
		{Steps: 60, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: 1},
		{Steps: 40, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: 2, Churn: 10, ChurnMin: .05, ChurnMax: 50, ChurnNoise: 1.003},
		{Steps: 40, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: 2, Churn: 40, ChurnMin: .05, ChurnMax: 50, ChurnNoise: 1},
	} {
		row(h, func(c float64) float64 { return heunRecursion(h, c) })
	}
	for _, s := range diffusion.Schedules() {
		any := diffusion.AnySchedule{Schedule: s}
		for _, final := range []bool{false, true} {
			e := diffusion.EulerMaruyama{Schedule: any, Steps: 1000, T0: 1e-3, Final: final}
			row(e, func(c float64) float64 {
				return continuousRecursion(s, diffusion.UniformGrid(e.Steps+1, 1, e.T0), c, 1, true, final)
			})
		}
		for order := 1; order <= 2; order++ {
			f := diffusion.ODESampler{Schedule: any, Steps: 200, T0: 1e-3, Order: order, Grid: "level", Final: true}
			row(f, func(c float64) float64 {
				return continuousRecursion(s, diffusion.LevelGrid(s, f.Steps+1, 1, f.T0), c, order, false, true)
			})
		}
	}
}

// TestHeunOrder checks that doubling the steps divides the error of Heun's method by about 4.
func TestHeunOrder(t *testing.T) {
	h := diffusion.DefaultHeun()
	var err [3]float64
	for i := range err {
		h.Steps = 40 << i
		err[i] = heunRecursion(h, 1) - 1
	}
	for i := 1; i < len(err); i++ {
		if r := err[i-1] / err[i]; r < 3.5 || r > 5 {
			t.Errorf("%d steps: the error fell by %.2f (%.2e to %.2e)", 40<<i, r, err[i-1], err[i])
		}
	}
}
