package diffusion_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

func ctx() context.Context { return context.Background() }

// rk4 returns the classical method with fixed steps and an exact trace.
func rk4(steps int, grid string, t0 float64) diffusion.ODEConfig {
	c := diffusion.DefaultODE()
	c.Solver, c.Steps, c.Grid, c.T0, c.Trace = "rk4", steps, grid, t0, diffusion.ExactTrace
	return c
}

// dopri returns Dormand-Prince with the given tolerances and an exact trace.
func dopri(rtol, atol, ltol float64, grid string, t0 float64) diffusion.ODEConfig {
	c := diffusion.DefaultODE()
	c.RTol, c.ATol, c.LTol, c.Grid, c.T0, c.Trace = rtol, atol, ltol, grid, t0, diffusion.ExactTrace
	return c
}

// odeOf returns the ODE density of a closed form on VP.
func odeOf(p exact.Distribution, c diffusion.ODEConfig) *diffusion.ODEPrior {
	return &diffusion.ODEPrior{Denoiser: p, Schedule: diffusion.DefaultVP(), Shape: autodiff.S(p.Dim()), Config: c}
}

var toyPoints = []float64{.5, .5, -.3, -.45, 0, 0, .1, -.1, .8, .2}

// TestODEDensity compares the log-density of the model, with terminal N(0, I), with independent values for
// exact.Ring16 and exact.Toy2D.
func TestODEDensity(t *testing.T) {
	ring, toy := exact.Ring16(), exact.Toy2D()
	ringX := append(numtest.Repeat(0, 16), numtest.Repeat(.5, 16)...)
	for _, r := range []struct {
		name    string
		p       exact.Distribution
		c       diffusion.ODEConfig
		x, want []float64
		tol     float64
		nfe     int
	}{
		{"RING16 rk4", ring, rk4(200, "log t", 1e-3), ringX, []float64{-.60274906, -2.57893688}, 1e-6, 800},
		{"RING16 rk4 1e-5", ring, rk4(200, "log t", 1e-5), ringX, []float64{-.59687998, -2.57306523}, 1e-6, 800},
		{"RING16 dopri5", ring, dopri(1e-9, 1e-11, 1e-10, "log t", 1e-3), ringX, []float64{-.60274906, -2.57893688}, 1e-6, 1200},
		{"TOY2D dopri5", toy, dopri(1e-9, 1e-11, 1e-10, "log t", 1e-12), toyPoints, []float64{2.074119, -.050862, -22.232739, -23.232696, -6.925496}, 2e-6, 2400},
		{"TOY2D dopri5 1e-3", toy, dopri(1e-9, 1e-11, 1e-10, "t", 1e-3), toyPoints, []float64{2.063293, -.038128, -21.971664, -22.960855, -6.839421}, 2e-6, 2400},
		{"RING16 reference tolerance", ring, dopri(1e-3, 1e-5, 1e-3, "t", 1e-3), ringX, []float64{-.60274906, -2.57893688}, 1e-2, 100},
		{"RING16 reference tolerance, log t", ring, dopri(1e-3, 1e-5, 1e-3, "log t", 1e-3), ringX, []float64{-.60274906, -2.57893688}, 1e-2, 100},
		{"TOY2D reference tolerance", toy, dopri(1e-3, 1e-5, 1e-3, "t", 1e-3), toyPoints, []float64{2.063293, -.038128, -21.971664, -22.960855, -6.839421}, 1e-2, 100},
		{"TOY2D reference tolerance, log t", toy, dopri(1e-3, 1e-5, 1e-3, "log t", 1e-3), toyPoints, []float64{2.063293, -.038128, -21.971664, -22.960855, -6.839421}, 2e-2, 100},
	} {
		d, err := odeOf(r.p, r.c).LogDensity(ctx(), r.x, nil)
		if err != nil {
			t.Fatal(r.name, err)
		}
		worst := 0.0
		for i, want := range r.want {
			numtest.Within(t, fmt.Sprintf("%s, point %d", r.name, i), d.LogProb[i], want, r.tol)
			worst = math.Max(worst, math.Abs(d.LogProb[i]-want))
			if d.Evaluations[i] > r.nfe {
				t.Errorf("%s, point %d: %d evaluations, more than %d", r.name, i, d.Evaluations[i], r.nfe)
			}
		}
		t.Logf("%-34s worst %.1e nats, evaluations %v", r.name, worst, d.Evaluations)
	}
}

// TestODESchedules compares with the exact p_t0 of one-dimensional Gaussians under all schedules, with the terminal
// p_T known, by 200 steps of t: to 1.1e-6 nats at the mean and one deviation off, and to 4e-5 at five deviations and
// more.
func TestODESchedules(t *testing.T) {
	for _, s := range diffusion.Schedules() {
		for _, lambda := range []float64{.01, .25} {
			for _, t0 := range []float64{1e-3, 1e-5} {
				g := numtest.Must(exact.NewDiagonalGaussian([]float64{0}, []float64{lambda}))
				p := odeOf(g, rk4(200, "t", t0))
				p.Schedule, p.Terminal = s, g
				x := []float64{0, math.Sqrt(lambda), .5, -.7}
				d, err := p.LogDensity(ctx(), x, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range x {
					a := s.Alpha(t0)
					want := g.LogDensity([]float64{v / a}, s.Ratio(t0)) - math.Log(a)
					tol := 1.1e-6 // RK4's own error is 1.04e-6 for VP, lambda 0.01, t0 1e-5
					if i > 1 {
						tol = 4e-5
					}
					numtest.Within(t, fmt.Sprintf("%s, lambda %g, t0 %g, x %g", s.Kind(), lambda, t0, v), d.LogProb[i], want, tol)
				}
			}
		}
	}
}

// TestTerminal checks that with the true terminal density the value is the exact log p_1e-3, without the bias of the
// Gaussian one.
func TestTerminal(t *testing.T) {
	ring := exact.Ring16()
	p := odeOf(ring, rk4(200, "log t", 1e-3))
	p.Terminal = ring
	d, err := p.LogDensity(ctx(), numtest.Repeat(0, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "log p_1e-3(0)", d.LogProb[0], -.60249340, 1e-7)
}

// TestProbes checks that Hutchinson's estimate is unbiased, with the deviation that theory gives, and exact for signs
// where the Jacobian is diagonal: over 4,000 draws the mean within 4 standard errors, the deviation within 8%.
func TestProbes(t *testing.T) {
	ring := exact.Ring16()
	trace, err := odeOf(ring, rk4(15, "log t", 1e-3)).LogDensity(ctx(), numtest.Repeat(0, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = 4000
	for _, r := range []struct {
		trace string
		std   float64
	}{{diffusion.RademacherTrace, 2.422055}, {diffusion.GaussianTrace, 5.542431}} {
		c := rk4(15, "log t", 1e-3)
		c.Trace, c.Probes = r.trace, n
		d, err := odeOf(ring, c).LogDensity(ctx(), numtest.Repeat(0, 16), []rng.Key{rng.New(41)})
		if err != nil {
			t.Fatal(err)
		}
		std := d.StdErr[0] * math.Sqrt(n)
		numtest.Near(t, r.trace+" deviation of one probe", std, r.std, .08)
		numtest.Within(t, r.trace+" mean", d.LogProb[0], trace.LogProb[0], 4*r.std/math.Sqrt(n))
		t.Logf("%s: deviation %.4f (want %.4f), mean off by %.4f", r.trace, std, r.std, d.LogProb[0]-trace.LogProb[0])
	}
	// Sixteen probes: the deviation over 500 samples with their own keys, and the standard errors that are reported.
	c := rk4(15, "log t", 1e-3)
	c.Trace, c.Probes = diffusion.RademacherTrace, 16
	const m = 500
	var keys []rng.Key
	for i := range m {
		keys = append(keys, rng.New(42).Split("sample", i))
	}
	d, err := odeOf(ring, c).LogDensity(ctx(), numtest.Repeat(0, 16*m), keys)
	if err != nil {
		t.Fatal(err)
	}
	sum, se := 0.0, 0.0
	for i, v := range d.LogProb {
		sum += (v - trace.LogProb[0]) * (v - trace.LogProb[0]) / m
		se += d.StdErr[i] / m
	}
	numtest.Near(t, "deviation of 16 probes", math.Sqrt(sum), .605514, 4/math.Sqrt(2*m))
	numtest.Near(t, "reported standard error", se, .605514, .08)

	diag := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(.1, 4), []float64{.1, .5, 1, 2}))
	e := rk4(60, "log t", 1e-3)
	a, err := odeOf(diag, e).LogDensity(ctx(), numtest.Repeat(.3, 4), nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Trace, e.Probes = diffusion.RademacherTrace, 3
	b, err := odeOf(diag, e).LogDensity(ctx(), numtest.Repeat(.3, 4), []rng.Key{rng.New(1)})
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "signs on a diagonal Jacobian", b.LogProb[0], a.LogProb[0], 1e-9)
	numtest.Within(t, "their standard error", b.StdErr[0], 0, 1e-9)
}

// TestODEReproducible checks that the same keys give the same bytes in any batch, with fixed and with controlled
// steps.
func TestODEReproducible(t *testing.T) {
	toy := exact.Toy2D()
	keys := make([]rng.Key, 5)
	for i := range keys {
		keys[i] = rng.New(43).Split("sample", i)
	}
	for name, c := range map[string]diffusion.ODEConfig{"fixed": rk4(30, "t", 1e-3), "controlled": dopri(1e-3, 1e-5, 1e-3, "log t", 1e-3)} {
		c.Trace, c.Probes = diffusion.GaussianTrace, 2
		p := odeOf(toy, c)
		all, grad, err := p.Gradient(ctx(), toyPoints, keys)
		if err != nil {
			t.Fatal(err)
		}
		p.Batch = 2
		two, grad2, err := p.Gradient(ctx(), toyPoints, keys)
		if err != nil {
			t.Fatal(err)
		}
		one, err := p.LogDensity(ctx(), toyPoints[4:6], keys[2:3])
		if err != nil {
			t.Fatal(err)
		}
		if one.LogProb[0] != all.LogProb[2] {
			t.Errorf("%s: alone %v, in a batch %v", name, one.LogProb[0], all.LogProb[2])
		}
		for i := range keys {
			if all.LogProb[i] != two.LogProb[i] || all.Evaluations[i] != two.Evaluations[i] || grad[2*i] != grad2[2*i] {
				t.Errorf("%s: sample %d depends on its batch", name, i)
			}
		}
		other, err := p.LogDensity(ctx(), toyPoints[4:6], keys[3:4])
		if err != nil {
			t.Fatal(err)
		}
		if other.LogProb[0] == all.LogProb[2] {
			t.Errorf("%s: two keys have the same probes", name)
		}
	}
}
