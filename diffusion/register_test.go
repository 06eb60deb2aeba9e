package diffusion_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// ownSchedule, ownSampler and ownLoss are a user's: types of another package with a kind of their own.
type (
	ownSchedule struct{ diffusion.VP }
	ownSampler  struct{ diffusion.Heun }
	ownLoss     struct{ diffusion.EDMLoss }
)

func (ownSchedule) Kind() string { return "own-vp" }
func (ownSampler) Kind() string  { return "own-heun" }
func (ownLoss) Kind() string     { return "own-edm" }

// ralston is the two-stage method of least error (Ralston 1962).
var ralston = diffusion.Tableau{Name: "ralston", Order: 2, C: []float64{0, 2. / 3}, A: [][]float64{{}, {2. / 3}}, B: []float64{.25, .75}}

// TestRegister checks that types and functions of a user's own are reached by their kinds, with their defaults, and
// that a kind is given once.
func TestRegister(t *testing.T) {
	half := func(s diffusion.Schedule, n int, from, to float64) []float64 {
		g := diffusion.UniformGrid(n, math.Sqrt(from), math.Sqrt(to))
		for i := range g {
			g[i] *= g[i]
		}
		return g
	}
	own := func(l diffusion.Levels) (diffusion.Preconditioning, error) { return diffusion.EDMVE{}, nil }
	for what, register := range map[string]func() error{
		"schedule":         func() error { return diffusion.RegisterSchedule(ownSchedule{diffusion.DefaultVP()}) },
		"sampler":          func() error { return diffusion.RegisterSampler(ownSampler{diffusion.DefaultHeun()}) },
		"loss":             func() error { return diffusion.RegisterLoss(ownLoss{diffusion.DefaultEDMLoss()}) },
		"solver":           func() error { return diffusion.RegisterSolver(ralston) },
		"time grid":        func() error { return diffusion.RegisterTimeGrid("square", half) },
		"noise grid":       func() error { return diffusion.RegisterNoiseGrid("own-log", diffusion.NoiseGrid(logLevels)) },
		"parameterization": func() error { return diffusion.RegisterParameterization("own", own) },
	} {
		if err := register(); err != nil {
			t.Fatal(what, err)
		}
		if err := register(); err == nil || !strings.Contains(err.Error(), "registered already") {
			t.Errorf("%s: registered twice with the error %v", what, err)
		}
	}
	s, err := diffusion.DecodeSchedule([]byte(`{"kind": "own-vp", "beta1": 10}`))
	if err != nil || s != (ownSchedule{diffusion.VP{Beta0: .1, Beta1: 10}}) {
		t.Errorf("schedule %v, %v", s, err)
	}
	how, err := diffusion.DecodeSampler([]byte(`{"kind": "own-heun", "steps": 30, "grid": "own-log"}`))
	if err != nil {
		t.Fatal(err)
	}
	difftest.Sampler(t, how)
	if l, err := diffusion.DecodeLoss([]byte(`{"kind": "own-edm", "p_std": 1}`)); err != nil || l.Kind() != "own-edm" {
		t.Errorf("loss %v, %v", l, err)
	}
	ode := numtest.Must(diffusion.DecodeSampler([]byte(`{"kind": "flow", "grid": "square", "schedule": {"kind": "own-vp"}}`)))
	difftest.Sampler(t, ode)
	if p, err := diffusion.Parameterize("own", nil); err != nil || p != (diffusion.EDMVE{}) {
		t.Errorf("parameterization %v, %v", p, err)
	}
	if !slices.Contains(diffusion.Solvers(), "ralston") || !slices.Contains(diffusion.Parameterizations(), "own") {
		t.Errorf("%v, %v", diffusion.Solvers(), diffusion.Parameterizations())
	}
}

// logLevels returns the levels of LogGrid, written by hand.
func logLevels(n int, lo, hi float64) []float64 {
	g := make([]float64, n)
	for i := range g {
		g[i] = hi * math.Pow(lo/hi, float64(i)/float64(n-1))
	}
	return g
}

// TestOwnSolver checks that a registered method integrates a density, whose gradient is the gradient of its own steps.
func TestOwnSolver(t *testing.T) {
	midpoint := diffusion.Tableau{Name: "midpoint", Order: 2, C: []float64{0, .5}, A: [][]float64{{}, {.5}}, B: []float64{0, 1}}
	if err := diffusion.RegisterSolver(midpoint); err != nil {
		t.Fatal(err)
	}
	c := diffusion.DefaultODE()
	c.Solver, c.Steps, c.Probes = "midpoint", 20, 2
	p := &diffusion.ODEPrior{Denoiser: exact.Toy2D(), Schedule: diffusion.DefaultVP(), Shape: autodiff.S(2), Config: c}
	difftest.Prior(t, p, 1, 1e-6)
	c.Solver = "leapfrog"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "dopri5") {
		t.Errorf("error %v lists no solver", err)
	}
}

// TestBadRegistrations checks that a tableau that cannot work is refused when it is registered, and a grid when it is
// used.
func TestBadRegistrations(t *testing.T) {
	good := diffusion.Tableau{Name: "x", Order: 1, C: []float64{0, 1}, A: [][]float64{{}, {1}}, B: []float64{1, 0}, Err: []float64{0, 0}}
	for want, edit := range map[string]func(*diffusion.Tableau){
		"needs a name":          func(m *diffusion.Tableau) { m.Name = "" },
		"one number of stages":  func(m *diffusion.Tableau) { m.Err = m.Err[:1] },
		"begins at 0":           func(m *diffusion.Tableau) { m.C = []float64{.5, 1} },
		"the order is 0":        func(m *diffusion.Tableau) { m.Order = 0 },
		"B add up to 1.5":       func(m *diffusion.Tableau) { m.B = []float64{1, .5} },
		"row 1 of A":            func(m *diffusion.Tableau) { m.A = [][]float64{{}, {.5}} },
		"first of the next":     func(m *diffusion.Tableau) { m.B = []float64{.5, .5} },
		"is registered already": func(m *diffusion.Tableau) { m.Name, m.Err = "rk4", nil },
	} {
		m := good
		edit(&m)
		if err := diffusion.RegisterSolver(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	rising := func(n int, lo, hi float64) []float64 { return diffusion.LogGrid(n, lo, hi) }
	if err := diffusion.RegisterNoiseGrid("rising", rising); err != nil {
		t.Fatal(err)
	}
	h := diffusion.DefaultHeun()
	h.Grid = "rising"
	job := diffusion.Job{Shape: autodiff.S(2), Keys: []rng.Key{rng.New(1)}}
	if _, err := h.Sample(t.Context(), exact.Toy2D(), job); err == nil || !strings.Contains(err.Error(), `grid "rising": value 1`) {
		t.Errorf("a rising grid: %v", err)
	}
	h.Grid = "linear"
	if err := h.Validate(); err == nil || !strings.Contains(err.Error(), "log") {
		t.Errorf("an unknown grid: %v", err)
	}
	for _, kind := range []string{"eps", "v", "x0", "score"} {
		if _, err := diffusion.Parameterize(kind, nil); err == nil || !strings.Contains(err.Error(), "needs a schedule") {
			t.Errorf("%s without a schedule: %v", kind, err)
		}
	}
	if _, err := diffusion.Parameterize("flow", nil); err == nil || !strings.Contains(err.Error(), "eps") {
		t.Errorf("an unknown kind: %v", err)
	}
}
