package infer_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
	"tweedie/internal/config"
	"tweedie/internal/config/configtest"
)

func TestHostileNumbers(t *testing.T) {
	configtest.Hostile(t, dpnp.Default(), dpnp.DPnP.Validate)
	grid := dpnp.Default()
	grid.Levels, grid.Sampler, grid.EtaMin = []float64{.1, .2, .3}, "ddpm", .15
	configtest.Hostile(t, grid, dpnp.DPnP.Validate, "dds_steps")
	configtest.Hostile(t, reddiff.Default(), reddiff.REDDiff.Validate)

	low := dpi.Default()
	low.Start = 1
	configtest.Hostile(t, low, dpi.DPI.Validate, "family.flows", "family.seqfrac", "prior.flow")
	flow := dpi.Default()
	flow.Family.Kind, flow.Family.Head, flow.Prior.Kind = "realnvp", "box", "ode"
	configtest.Hostile(t, flow, dpi.DPI.Validate, "family.rank", "family.std", "prior.surrogate")
}

// Each of these ran out of memory, panicked or gave NaN; none may take more than a moment.
func TestConfigsRefused(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, c := range []struct{ method, text, want string }{
		{"dpnp", `{"rounds":9223372036854775807}`, "dpnp: rounds is 9223372036854775807; it must lie between 0 and 1000000"},
		{"annealed", `{"rounds":9223372036854775807}`, "dpnp: rounds is 9223372036854775807; it must lie between 0 and 1000000"},
		{"dpnp", `{"mode":"smc","rounds":5}`, "dpnp: rounds is 5; it must be 0 in the mode smc, which has smc.rounds and smc.last_rounds"},
		{"annealed", `{"eta_max":-1}`, "dpnp: eta_max is -1; it must lie between 1e-18 and 1e+18"},
		{"dpnp", `{"eta_min":10}`, "dpnp: eta_min is 10; in the mode auto it must be at most 0.2, where the law is the posterior; the mode chains takes any"},
		{"dpnp", `{"mode":"smc","eta_min":0.21}`, "dpnp: eta_min is 0.21; in the mode smc it must be at most 0.2, where the law is the posterior; the mode chains takes any"},
		{"dpnp", `{"rounds":3,"hold":4}`, "dpnp: hold is 4 and rounds is 3; rounds must be at least hold"},
		{"dpnp", `{"eta_min":2,"eta_max":1}`, "dpnp: eta_min is 2 and eta_max is 1; eta_max must be at least eta_min"},
		{"dpnp", `{"levels":[0.1],"eta_min":0.1}`, "dpnp: eta_min is 0.1; it must be above the least of levels, 0.1"},
		{"dpnp", `{"mode":"smc","smc":{"particles":65536,"prior_draws":4096}}`, "dpnp: smc.particles is 65536, for which arrays of 48 GiB are needed, more than the 16 GiB that one may take; it must be at most 21845"},
		{"dpnp", `{"smc":{"particles":1000000000}}`, "dpnp: smc: particles is 1000000000; it must lie between 0 and 65536"},
		{"dpnp", `{"smc":{"particles":8,"islands":5}}`, "dpnp: smc: islands is 5 and particles is 8; it must be at most half of particles"},
		{"dpnp", `{"smc":{"keep":1}}`, "dpnp: smc: keep is 1; it must lie between 0.01 and 0.99"},
		{"dpnp", `{"chains":1000000000}`, "dpnp: chains is 1000000000; it must lie between 0 and 65536"},
		{"dpnp", `{"mode":"sms"}`, `dpnp: mode is "sms"; it must be auto, smc, exchange, chains or annealed; did you mean smc?`},
		{"dpnp", `{"dds_steps":1000000000}`, "dpnp: dds_steps is 1000000000; it must lie between 1 and 1000000"},
		{"dpnp", `{"levels":[]}`, "dpnp: levels is empty; it must hold noise levels, or be left out"},
		{"dpnp", `{"levels":[-1]}`, "dpnp: levels[0] is -1; it must lie between 1e-18 and 1e+18"},
		{"dpnp", `{"levels":[2,1]}`, "dpnp: levels is not in order; it must ascend"},
		{"dpnp", `{"eta_max":1e300}`, "dpnp: eta_max is 1e+300; it must lie between 1e-18 and 1e+18"},
		{"annealed", `{"eta_min":10}`, "dpnp: eta_min is 10 and eta_max is 0.4; eta_max must be at least eta_min"},
		{"annealed", `{"rounds":3}`, "dpnp: hold is 8 and rounds is 3; rounds must be at least hold"},
		{"annealed", `{"levels":[0.1]}`, "dpnp: eta_min is 0.02; it must be above the least of levels, 0.1"},
		{"annealed", `{"levels":[0.02]}`, "dpnp: eta_min is 0.02; it must be above the least of levels, 0.02"},
		{"red-diff", `{"levels":10}`, "red-diff: steps is 50 and levels is 10; levels must be at least steps"},
		{"dpnp", `{"eta_min":1e-200}`, "dpnp: eta_min is 1e-200; it must lie between 1e-18 and 1e+18"},
		{"dpi", `{"batch":1000000000}`, "dpi: batch is 1000000000; it must lie between 1 and 65536"},
		{"dpi", `{"steps":9223372036854775807}`, "dpi: steps is 9223372036854775807; it must lie between 2 and 1000000"},
		{"dpi", `{"check":1000000000}`, "dpi: check is 1000000000; it must lie between 2 and 1000000"},
		{"dpi", `{"family":{"kind":"realnvp","seqfrac":1e-300}}`, "dpi: family.seqfrac is 1e-300; it must lie between 0.0009765625 and 1e+18"},
		{"dpi", `{"family":{"rank":9223372036854775807}}`, "dpi: family.rank is 9223372036854775807; it must lie between 1 and 65536"},
		{"dpi", `{"prior":{"surrogate":{"draws":1000000000}}}`, "elbo: draws is 1000000000; it must lie between 1 and 65536"},
		{"red-diff", `{"levels":1000000000,"steps":1000000000}`, "red-diff: levels is 1000000000; it must lie between 2 and 1000000"},
	} {
		var base infer.Method = dpnp.Annealed()
		if c.method != "annealed" {
			k, err := infer.KindOf(c.method)
			if err != nil {
				t.Fatal(err)
			}
			base = k.New(&infer.Problem{Shape: autodiff.S(1, 4, 6)}, infer.Standard)
		}
		m, err := config.Onto(base, []byte(c.text))
		if err != nil {
			t.Fatal(c.text, err)
		}
		if _, err := m.Solve(context.Background(), cases.Small(), infer.Run{Samples: 2}); err == nil || err.Error() != c.want {
			t.Errorf("%s %s:\n got  %v\n want %s", c.method, c.text, err, c.want)
		}
	}
	if _, err := dpnp.Default().Solve(context.Background(), cases.Small(), infer.Run{Samples: math.MaxInt}); err == nil || !strings.Contains(err.Error(), "samples is 9223372036854775807, for which arrays of") {
		t.Error(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
		t.Errorf("refusing took %d bytes", n)
	}
}

// A round whose data step would take hours ends when it is told to, in the algorithm as published and in a mode that follows
// from the problem.
func TestLongDataStepEnds(t *testing.T) {
	for _, mode := range []string{dpnp.AnnealedMode, dpnp.Auto} {
		for _, method := range []string{"mala", "cg"} {
			m := dpnp.Annealed()
			if mode == dpnp.Auto {
				m = dpnp.Default()
			}
			m.Proximal.Method, m.Proximal.MALA.Steps, m.Proximal.CG.MaxIter, m.Proximal.CG.Tol = method, config.MostSteps, config.MostSteps, 1e-300
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			begin := time.Now()
			_, err := m.Solve(ctx, cases.Small(), infer.Run{Samples: 64})
			if took := time.Since(begin); took > 5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, %s: %v after %v", mode, method, err, took)
			}
		}
	}
}

// A context that was left out is refused before anything is done with it.
func TestNilContextRefused(t *testing.T) {
	var none context.Context
	draw := loop{func([]float64, *infer.Draw) error { return nil }}
	for _, m := range []infer.Method{dpnp.Default(), dpi.Default(), reddiff.Default(), draw} {
		_, err := m.Solve(none, cases.Small(), infer.Run{Samples: 1})
		if want := m.Name() + ": the context is nil; context.Background() is one that never ends"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
