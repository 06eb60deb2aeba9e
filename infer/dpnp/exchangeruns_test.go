package dpnp

import (
	"bytes"
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/infer"
	"tweedie/infer/infertest"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
)

// few returns a short run of the mode exchange.
func few() DPnP {
	m := Default()
	m.Mode, m.Exchange.Sweeps, m.Exchange.BurnIn = ExchangeMode, 12, 16
	return m
}

// everything returns all samples of a result, to be compared.
func everything(t *testing.T, res *infer.Result) []byte {
	t.Helper()
	all := digest(t, res)
	for _, x := range res.Samples {
		all = append(all, digest(t, &infer.Result{Mean: x, Samples: [][]float64{x}})...)
	}
	return all
}

// A run that is cancelled in a sweep, before or after burn-in, or while the ladder is laid, and taken up again equals one that
// was not.
func TestExchangeResumes(t *testing.T) {
	p := planar(t, inverse.Gaussian{Sigma: .1}).Problem
	run := infer.Run{Samples: 5, Seed: 4}
	want, err := few().Solve(context.Background(), p, run)
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []infer.Progress{{Stage: "rung", Done: 2}, {Stage: "sweep", Done: 3}, {Stage: "sweep", Done: 9}, {Stage: "sweep", Done: 21}} {
		run.State = filepath.Join(t.TempDir(), "state.safetensors")
		ctx, cancel := context.WithCancel(context.Background())
		run.Progress = func(p infer.Progress) {
			if p.Stage == stop.Stage && p.Done == stop.Done {
				cancel()
			}
		}
		part, err := few().Solve(ctx, p, run)
		if !errors.Is(err, context.Canceled) || part == nil || len(part.Samples) != run.Samples {
			t.Fatalf("%+v: cancelled run: %v, %v", stop, part, err)
		}
		run.Progress = nil
		got, err := few().Solve(context.Background(), p, run)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(everything(t, got), everything(t, want)) || got.Evaluations != want.Evaluations || *got.Evidence != *want.Evidence {
			t.Errorf("%+v: the resumed run differs from the uninterrupted one", stop)
		}
		run.Seed = 5
		if _, err := few().Solve(context.Background(), p, run); err == nil {
			t.Error("the state of another seed was taken up")
		}
		run.Seed = 4
	}
}

// Any number of samples is returned, as many ladders as samples up to 4, with the chain of each sample; given numbers are
// kept to.
func TestExchangeGivesAnyNumberOfSamples(t *testing.T) {
	p := planar(t, inverse.Gaussian{Sigma: .1}).Problem
	for _, samples := range []int{1, 2, 7, 100} {
		m := few()
		m.Exchange.Replicas, m.Exchange.Sweeps = 5, 60
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: samples, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		c := res.Config.(DPnP).Exchange
		if len(res.Samples) != samples || len(res.Chain) != samples || c.Replicas != 5 || c.Ladders != min(samples, 4) || c.Sweeps != 60 || c.Sweeps*c.Ladders < samples {
			t.Errorf("%d samples and %d chains of %d, with %+v", len(res.Samples), len(res.Chain), samples, c)
		}
		if res.Evidence == nil || (samples == 1) != (res.Evidence.Why != "") {
			t.Errorf("%d samples: evidence %+v", samples, res.Evidence)
		}
	}
}

// A coupling that ends too large to be corrected is said, and so is a ladder too long to be run.
func TestExchangeSaysWhatItCannotDo(t *testing.T) {
	small := planar(t, inverse.Gaussian{Sigma: .02}).Problem
	m := few()
	m.EtaMin, m.Exchange.Sweeps = .05, 300
	res, err := m.Solve(context.Background(), small, infer.Run{Samples: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("warnings %q", res.Warnings)
	if res.Weighted != nil || res.Evidence.Why == "" || !strings.Contains(strings.Join(res.Warnings, "\n"), "coldest replicas as they are") {
		t.Errorf("eta_min .05: warnings %q, evidence %+v", res.Warnings, res.Evidence)
	}
	const n = 900
	y := make([]float64, n)
	for i := range y {
		y[i] = 1
	}
	m = Default()
	m.Mode, m.Rounds = ExchangeMode, 2
	large := cases.Problem(cases.Isotropic(0, 1), pixelSquares(n), .05, y)
	res, err = m.Solve(context.Background(), large, infer.Run{Samples: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	// A draw of the prior takes 64 evaluations; there are 16.
	if res.Evaluations > 1100 {
		t.Errorf("%d evaluations: was a ladder tried?", res.Evaluations)
	}
	if got := res.Config.(DPnP).Mode; got != ChainsMode || !strings.Contains(strings.Join(res.Warnings, "\n"), "independent chains, because a ladder") {
		t.Errorf("900 pixels: mode %s, warnings %q", got, res.Warnings)
	}
}

// Numbers out of range are refused by name, and the operator may have any shape.
func TestExchangeConfig(t *testing.T) {
	for field, x := range map[string]Exchange{"replicas": {Replicas: 1}, "ladders": {Ladders: -1}, "sweeps": {Sweeps: -1}, "burn_in": {BurnIn: -2}, "langevin_steps": {Langevin: -1}} {
		if err := x.Validate(); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%+v: %v", x, err)
		}
	}
	if err := DefaultExchange().Validate(); err != nil {
		t.Error(err)
	}
}

// Ladders do not depend on how many run beside them.
func TestLaddersAreIndependent(t *testing.T) {
	p := cases.Problem(cases.Isotropic(0, 1), squares{2, []float64{1, .4}}, .1, []float64{.5})
	rungs := []rung{{Eta: .8, Temper: .01, Step: .2}, {Eta: .2, Temper: .05, Step: .2}, {Eta: .1, Temper: .2, Step: .2}}
	two, three := standing(t, p, "auto", rungs, 2, 1), standing(t, p, "auto", rungs, 3, 1)
	for range 4 {
		for _, x := range []*exchange{two, three} {
			if err := x.sweep(0); err != nil {
				t.Fatal(err)
			}
			x.swap()
		}
	}
	if a, p := two.count.Langevin[2].Accepted, two.count.Langevin[2].Proposed; a < p/10 {
		t.Errorf("%d of %d proposals moved, which tests little", a, p)
	}
	for k := range rungs {
		for i := range 4 { // two ladders of two pixels
			if a, b := two.x[k*4+i], three.x[k*6+i]; math.Float64bits(a) != math.Float64bits(b) {
				t.Fatalf("rung %d: %v of two ladders, %v of three", k, a, b)
			}
		}
	}
}

// The information is the sum of the squares of the singular values of S^-1/2 A: 64 draws, 4 standard errors.
func TestInformation(t *testing.T) {
	e, err := newEngine(context.Background(), Default(), cases.Problem(cases.Isotropic(0, 1), gains(t, 3, 2, 1), .1, []float64{0, 0}), infer.Run{Samples: 64, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	e.pool = make([]float64, 64*3)
	info, err := e.information(e.p.Likelihood)
	if err != nil || math.Abs(info/500-1) > 4*math.Sqrt(2./64)*.83 {
		t.Errorf("the information is %g (%v), where 500 belongs", info, err)
	}
}

// The mode passes the tests of every method.
func TestExchangeIsAMethod(t *testing.T) {
	if !*long {
		t.Skip("minutes; run with -long")
	}
	m := Default()
	m.Mode, m.Exchange.Sweeps = ExchangeMode, 2000
	infertest.Method(t, infertest.Row{Method: m, Samples: 400, Collective: true})
}
