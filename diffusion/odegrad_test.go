package diffusion_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/batch"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// randomNet returns a score network of two layers, x + 0.3 W2 tanh(W1 [x, t] + b): no symmetry, no closed form.
func randomNet(d, hidden int) diffusion.Network {
	k := rng.New(51)
	w1, w2, b := numtest.Vector(k.Split("w1", 0), (d+1)*hidden), numtest.Vector(k.Split("w2", 0), hidden*d), numtest.Vector(k.Split("b", 0), hidden)
	return diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		c := s.Enter("net")
		in := c.Concat(1, x, batch.Column(c, x, func(b int) float64 { return label[b] }))
		h := c.MatMul(in, c.Const64(autodiff.S(d+1, hidden), w1), false, false)
		h = c.Tanh(c.Add(h, c.Const64(autodiff.S(1, hidden), b)))
		y := c.Sub(c.Scale(c.MatMul(h, c.Const64(autodiff.S(hidden, d), w2), false, false), .3), x)
		c.Close(y)
		return y
	})
}

// netPrior returns the ODE density of randomNet on VP.
func netPrior(d int, c diffusion.ODEConfig) *diffusion.ODEPrior {
	return &diffusion.ODEPrior{
		Denoiser: diffusion.Preconditioned{randomNet(d, 8), diffusion.ScoreOutput{diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 1}}},
		Schedule: diffusion.DefaultVP(), Shape: autodiff.S(d), Config: c,
	}
}

// TestODEGradient compares the gradient with central differences (h = 1e-5) of the discretised value to 1e-6, for
// every tableau, with the exact trace and with 4 probes, in one group and in several.
func TestODEGradient(t *testing.T) {
	x := numtest.Vector(rng.New(53), 3*4)
	for name, p := range map[string]*diffusion.ODEPrior{
		"TOY2D rk4":           odeOf(exact.Toy2D(), rk4(40, "log t", 1e-3)),
		"net euler":           netPrior(4, diffusion.ODEConfig{T0: .01, Solver: "euler", Steps: 10, Grid: "t", Trace: diffusion.GaussianTrace, Probes: 4}),
		"net heun":            netPrior(4, diffusion.ODEConfig{T0: .01, Solver: "heun", Steps: 10, Grid: "log t", Trace: diffusion.RademacherTrace, Probes: 4, Group: 3}),
		"net rk4":             netPrior(4, diffusion.ODEConfig{T0: .01, Solver: "rk4", Steps: 10, Grid: "t", Trace: diffusion.RademacherTrace, Probes: 4}),
		"net dopri5":          netPrior(4, diffusion.ODEConfig{T0: .01, Solver: "dopri5", Steps: 10, Grid: "log t", Trace: diffusion.ExactTrace, Group: 1}),
		"net, known terminal": netPrior(5, diffusion.ODEConfig{T0: .01, Solver: "rk4", Steps: 10, Grid: "t", Trace: diffusion.RademacherTrace, Probes: 4}),
	} {
		pts := x
		if name == "TOY2D rk4" {
			pts = toyPoints
		}
		if p.Dim() == 5 {
			pts = numtest.Vector(rng.New(54), 10)
			p.Terminal = difftest.Priors()["mixture"]
		}
		d := p.Dim()
		keys := numtest.Keys(len(pts) / d)
		_, grad, err := p.Gradient(ctx(), pts, keys)
		if err != nil {
			t.Fatal(name, err)
		}
		worst, size := 0.0, 0.0
		for i := range pts {
			const h = 1e-5
			at := func(e float64) float64 {
				y := append([]float64(nil), pts...)
				y[i] += e
				v, err := p.LogDensity(ctx(), y, keys)
				if err != nil {
					t.Fatal(name, err)
				}
				return v.LogProb[i/d]
			}
			fd := (at(h) - at(-h)) / (2 * h)
			worst, size = math.Max(worst, math.Abs(grad[i]-fd)), math.Max(size, math.Abs(fd))
		}
		if worst > 1e-6*size {
			t.Errorf("%s: the gradient is off by %.2e of %.3g", name, worst, size)
		}
		t.Logf("%-20s relative error %.1e", name, worst/size)
	}
}

// TestODEGradientValues compares with independent gradients of exact.Ring16 and exact.Toy2D.
func TestODEGradientValues(t *testing.T) {
	_, g, err := odeOf(exact.Ring16(), rk4(200, "log t", 1e-3)).Gradient(ctx(), numtest.Repeat(.5, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	numtest.Within(t, "RING16 gradient", g[7], -.49404695, 1e-7)
	_, g, err = odeOf(exact.Toy2D(), dopri(1e-9, 1e-11, 1e-10, "log t", 1e-12)).Gradient(ctx(), []float64{-.3, -.45, .8, .2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{-19.99968, -5.00032, -29.99865, 29.99878} {
		numtest.Within(t, "TOY2D gradient", g[i], want, 6e-6)
	}
}

// TestODEAdjoint checks that the continuous adjoint agrees with the discretised gradient to 1e-4 at tolerances 1e-6
// and 1e-8, and to 2e-2 at 1e-3 and 1e-5.
func TestODEAdjoint(t *testing.T) {
	for _, r := range []struct{ rtol, atol, tol float64 }{{1e-6, 1e-8, 1e-4}, {1e-3, 1e-5, 2e-2}} {
		c := dopri(r.rtol, r.atol, r.atol*100, "log t", 1e-3)
		toy := odeOf(exact.Toy2D(), c)
		c.Trace, c.Probes = diffusion.RademacherTrace, 4
		net := netPrior(4, c)
		for name, p := range map[string]*diffusion.ODEPrior{"TOY2D": toy, "net": net} {
			x := numtest.Vector(rng.New(55), 12)
			if name == "TOY2D" {
				x = toyPoints
			}
			keys := numtest.Keys(len(x) / p.Dim())
			a, discrete, err := p.Gradient(ctx(), x, keys)
			if err != nil {
				t.Fatal(err)
			}
			p.Config.Adjoint = true
			b, adjoint, err := p.Gradient(ctx(), x, keys)
			if err != nil {
				t.Fatal(err)
			}
			worst, size := 0.0, 0.0
			for i := range x {
				worst, size = math.Max(worst, math.Abs(discrete[i]-adjoint[i])), math.Max(size, math.Abs(discrete[i]))
			}
			if worst > r.tol*size {
				t.Errorf("%s at %g: the adjoint is off by %.2e of %.3g", name, r.rtol, worst, size)
			}
			t.Logf("%-6s %g/%g: relative difference %.1e, evaluations %d discretised, %d adjoint", name, r.rtol, r.atol, worst/size, a.Evaluations[0], b.Evaluations[0])
		}
	}
}

// TestScaleIdentity checks that the log-density of 2x-1 is the one of x less D log 2, one bit a dimension.
func TestScaleIdentity(t *testing.T) {
	ring := exact.Ring16()
	cov := ring.Cov()
	cov.ScaleSym(4, cov)
	mean := numtest.Repeat(-1, 16)
	wide := numtest.Must(exact.NewGaussian(mean, cov))
	x := numtest.Vector(rng.New(56), 16)
	y := make([]float64, 16)
	for i := range x {
		y[i] = 2*x[i] - 1
	}
	a, b := ring.LogDensity(x, 0), wide.LogDensity(y, 0)
	numtest.Within(t, "log p of x", a, b+16*math.Ln2, 1e-9)
	numtest.Within(t, "bits per dimension", diffusion.BitsPerDim(a, 16, 1./256)-diffusion.BitsPerDim(b, 16, 1./128), 0, 1e-12)
	numtest.Within(t, "the offset", diffusion.BitsPerDim(a, 16, 1./256)-diffusion.BitsPerDim(b, 16, 1./256), -1, 1e-12)
}

// TestODECost checks that the evaluations reported are the evaluations that the denoiser saw, for the value and for
// the gradient.
func TestODECost(t *testing.T) {
	for _, c := range []diffusion.ODEConfig{
		{T0: .01, Solver: "rk4", Steps: 10, Grid: "t", Trace: diffusion.RademacherTrace, Probes: 2},
		func() diffusion.ODEConfig {
			c := dopri(1e-3, 1e-5, 1e-3, "t", 1e-3)
			c.Trace, c.Probes = diffusion.GaussianTrace, 3
			return c
		}(),
	} {
		var count diffusion.Counter
		p := netPrior(4, c)
		p.Denoiser = count.Denoiser(p.Denoiser)
		keys := numtest.Keys(3)
		x := numtest.Vector(rng.New(57), 12)
		check := func(what string, d diffusion.Density, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for _, n := range d.Evaluations {
				sum += n
			}
			if got := count.Count().Forward; got != int64(sum) {
				t.Errorf("%s, %s: %d evaluations are reported and %d were made", c.Solver, what, sum, got)
			}
			count.Reset()
		}
		d, err := p.LogDensity(ctx(), x, keys)
		if jvp := count.Count().JVP; err == nil && jvp != int64(c.Probes)*count.Count().Forward {
			// The starting step's two evaluations have their probes as well.
			t.Errorf("%s: %d forward sweeps for %d evaluations", c.Solver, jvp, count.Count().Forward)
		}
		check("value", d, err)
		d, _, err = p.Gradient(ctx(), x, keys)
		check("gradient", d, err)
	}
}

func TestODEErrors(t *testing.T) {
	p := odeOf(exact.Toy2D(), rk4(10, "t", 1e-3))
	if _, err := p.LogDensity(ctx(), numtest.Repeat(0, 3), nil); err == nil {
		t.Error("half a sample was accepted")
	}
	p.Config.Trace, p.Config.Probes = diffusion.RademacherTrace, 2
	if _, err := p.LogDensity(ctx(), numtest.Repeat(0, 4), numtest.Keys(1)); err == nil {
		t.Error("a missing key was accepted")
	}
	done, cancel := context.WithCancel(ctx())
	cancel()
	if _, err := p.LogDensity(done, numtest.Repeat(0, 4), numtest.Keys(2)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	p.Denoiser = diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, _ []float64) autodiff.Var { return s.Scale(u, math.Inf(1)) })
	if _, err := p.LogDensity(ctx(), numtest.Repeat(1, 4), numtest.Keys(2)); err == nil || !strings.Contains(err.Error(), "sample 0") {
		t.Errorf("infinite denoiser: %v", err)
	}
	few := odeOf(exact.Toy2D(), dopri(1e-9, 1e-11, 1e-10, "t", 1e-3))
	few.Config.MaxSteps = 5
	if _, err := few.LogDensity(ctx(), numtest.Repeat(0, 2), nil); err == nil || !strings.Contains(err.Error(), "5 steps") {
		t.Errorf("too many steps: %v", err)
	}
	if err := few.LogProb(ctx(), numtest.Repeat(0, 2), nil, make([]float64, 1), make([]float64, 1)); err == nil {
		t.Error("a short gradient was accepted")
	}
	for field, edit := range map[string]func(*diffusion.ODEConfig){
		"t0": func(c *diffusion.ODEConfig) { c.T0 = 0 }, "solver": func(c *diffusion.ODEConfig) { c.Solver = "rk5" },
		"steps": func(c *diffusion.ODEConfig) { c.Solver = "rk4" }, "grid": func(c *diffusion.ODEConfig) { c.Grid = "log" },
		"rtol": func(c *diffusion.ODEConfig) { c.RTol = -1 }, "atol": func(c *diffusion.ODEConfig) { c.ATol = 0 },
		"ltol": func(c *diffusion.ODEConfig) { c.LTol = 0 }, "max_steps": func(c *diffusion.ODEConfig) { c.MaxSteps = 0 },
		"trace": func(c *diffusion.ODEConfig) { c.Trace = "hutch" }, "probes": func(c *diffusion.ODEConfig) { c.Probes = 0 },
		"group": func(c *diffusion.ODEConfig) { c.Group = -1 },
	} {
		c := diffusion.DefaultODE()
		edit(&c)
		var fe *diffusion.FieldError
		if err := c.Validate(); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	data, err := diffusion.EncodeODE(diffusion.DefaultODE())
	if back, err2 := diffusion.DecodeODE(data); err != nil || err2 != nil || back != diffusion.DefaultODE() {
		t.Errorf("%s came back as %+v: %v, %v", data, back, err, err2)
	}
	if _, err := diffusion.DecodeODE([]byte(`{"kind": "flow-density", "nprobes": 1}`)); err == nil {
		t.Error("an unknown field was accepted")
	}
}
