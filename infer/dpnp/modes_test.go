package dpnp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// laplace is a noise that is not Gaussian by name.
type laplace struct{ inverse.Gaussian }

func (laplace) Kind() string { return "laplace" }

// The mode auto says which mode it took and why; a mode that is given says nothing.
func TestAutoSaysWhatItChose(t *testing.T) {
	change := func(f func(m *DPnP)) DPnP {
		m := Default()
		m.SMC.Last = 1
		f(&m)
		return m
	}
	other := cases.Small()
	other.Likelihood.Noise = laplace{inverse.Gaussian{Sigma: .1}}
	for _, c := range []struct {
		m    DPnP
		p    *infer.Problem
		mode string // "" where it is not compared
		note string
	}{
		{change(func(m *DPnP) {}), cases.Small(), SMCMode, "sequential Monte Carlo, because 6 data take about "},
		{change(func(m *DPnP) { m.Rounds = 4 }), cases.Small(), ChainsMode, "chains, because rounds or eta_max are given"},
		{change(func(m *DPnP) { m.EtaMax, m.EtaMin = 1, .9 }), cases.Small(), ChainsMode, "chains, because rounds or eta_max are given"},
		{change(func(m *DPnP) { m.SMC.Rounds = 200 }), cases.Small(), ChainsMode, "chains, because 6 data would take sequential Monte Carlo about "},
		{change(func(m *DPnP) { m.Proximal.Method = "cg" }), cases.Small(), ChainsMode, "chains, because the operator is too large for its singular values"},
		{change(func(m *DPnP) { m.Proximal.Method, m.Exchange.BurnIn = "mala", 1 }), other, "", "exchange, because block-average with laplace noise is not linear and Gaussian"},
		{change(func(m *DPnP) { m.Mode = SMCMode }), cases.Small(), SMCMode, ""},
		{change(func(m *DPnP) { m.Mode, m.Rounds = ChainsMode, 4 }), cases.Small(), ChainsMode, ""},
	} {
		res, err := c.m.Solve(context.Background(), c.p, infer.Run{Samples: 3, Seed: 1})
		if err != nil {
			t.Errorf("%q: %v", c.note, err)
			continue
		}
		if got := res.Config.(DPnP).Mode; c.mode != "" && got != c.mode {
			t.Errorf("%q: the mode is %s, want %s", c.note, got, c.mode)
		}
		if all := strings.Join(res.Notes, "; "); c.note == "" && all != "" || !strings.Contains(all, c.note) {
			t.Errorf("notes %q, want %q", all, c.note)
		}
	}
}

// Modes refuse what they cannot do, in words, before the first evaluation.
func TestModesRefuse(t *testing.T) {
	evaluations := 0
	other := cases.Small()
	other.Likelihood.Noise = laplace{inverse.Gaussian{Sigma: .1}}
	for _, c := range []struct {
		p    *infer.Problem
		m    func(m *DPnP)
		want string
	}{
		{other, func(m *DPnP) { m.Mode = SMCMode }, "dpnp: the mode smc needs a linear operator and Gaussian noise; this problem has block-average with laplace noise; the mode exchange takes any"},
		{cases.Small(), func(m *DPnP) { m.Mode, m.EtaMin = SMCMode, .3 }, "dpnp: eta_min is 0.3; in the mode smc it must be at most 0.2"},
		{cases.Small(), func(m *DPnP) { m.EtaMin = .3 }, "dpnp: eta_min is 0.3; in the mode auto it must be at most 0.2"},
		{cases.Small(), func(m *DPnP) { m.Proximal.Method = "svt" }, `svt`},
	} {
		p := *c.p
		p.Prior = counted(c.p.Prior, func() { evaluations++ })
		m := Default()
		c.m(&m)
		if res, err := m.Solve(context.Background(), &p, infer.Run{Samples: 3, Seed: 1}); res != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, %v; want an error with %q", res, err, c.want)
		}
	}
	if evaluations != 0 {
		t.Errorf("%d evaluations before a refusal", evaluations)
	}
}

// counted calls f before each evaluation of a denoiser.
func counted(d diffusion.Denoiser, f func()) diffusion.Denoiser {
	return diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		f()
		return d.Denoise(s, u, sigma)
	})
}

// Progress counts the rounds one by one to a total that the last one reaches, with the evaluations so far.
func TestProgressReachesItsTotal(t *testing.T) {
	for name, m := range modes() {
		var seen []infer.Progress
		res, err := m.Solve(context.Background(), ring(true), infer.Run{Samples: 5, Seed: 4, Progress: func(p infer.Progress) { seen = append(seen, p) }})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range seen {
			if p.Done != i+1 || p.Total < p.Done || p.Stage != "round" || i > 0 && p.Evaluations <= seen[i-1].Evaluations {
				t.Errorf("%s: progress %d is %+v", name, i, p)
			}
		}
		last := seen[len(seen)-1]
		if last.Done != last.Total || last.Evaluations != res.Evaluations {
			t.Errorf("%s: the last progress is %+v after %d evaluations", name, last, res.Evaluations)
		}
		if name != SMCMode && seen[0].Total != last.Total {
			t.Errorf("%s: the total changes from %d to %d", name, seen[0].Total, last.Total)
		}
	}
}

// A run that is cancelled while it draws from the prior has nothing to give; later it returns the images that it has. No
// evaluation follows.
func TestCancelledAnywhere(t *testing.T) {
	for name, m := range modes() {
		total := 0
		p := ring(false)
		whole := *p
		whole.Prior = counted(p.Prior, func() { total++ })
		if _, err := m.Solve(context.Background(), &whole, infer.Run{Samples: 5, Seed: 4}); err != nil {
			t.Fatal(err)
		}
		early := priorSteps
		if m.Mode == AnnealedMode {
			early = 0
		}
		for _, stop := range []int{0, 1, priorSteps / 2, early + 1, (early + total) / 2, total - 1, total} {
			ctx, cancel := context.WithCancel(context.Background())
			if stop == 0 {
				cancel()
			}
			calls := 0
			q := *p
			q.Prior = counted(p.Prior, func() {
				if calls++; calls == stop {
					cancel()
				}
			})
			res, err := m.Solve(ctx, &q, infer.Run{Samples: 5, Seed: 4})
			cancel()
			switch {
			case stop == total && err == nil && m.Mode != SMCMode: // nothing was left to do
			case !errors.Is(err, context.Canceled) && stop < total:
				t.Errorf("%s, after %d of %d calls: %v", name, stop, total, err)
			case res == nil && stop > 2*early:
				t.Errorf("%s, after %d of %d calls: no result", name, stop, total)
			case res != nil && (len(res.Samples) == 0 || len(res.Samples) > 5 || slices.ContainsFunc(res.Samples, func(x []float64) bool { return len(x) != 16 })):
				t.Errorf("%s, after %d of %d calls: samples %v", name, stop, total, res.Samples)
			}
			if calls != stop {
				t.Errorf("%s: %d calls after the context ended", name, calls-stop)
			}
		}
	}
}

// Zeros of the mode annealed become the published numbers in the prior's deviations, and the mode smc refuses the numbers
// of chains.
func TestZerosOfAnnealedAndOfSMC(t *testing.T) {
	m := Default()
	m.Mode = AnnealedMode
	p := cases.Small()
	p.Std = .5
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c := res.Config.(DPnP); c.Rounds != 40 || c.Hold != 8 || c.EtaMax != .5 || c.EtaMin != .025 {
		t.Errorf("annealed became %+v", c)
	}
	for field, change := range map[string]func(m *DPnP){
		"rounds":  func(m *DPnP) { m.Rounds = 5 },
		"eta_max": func(m *DPnP) { m.EtaMax = 1 },
	} {
		m := Default()
		m.Mode = SMCMode
		change(&m)
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), field) || !strings.Contains(err.Error(), "mode smc") {
			t.Errorf("%s in the mode smc: %v", field, err)
		}
	}
}
