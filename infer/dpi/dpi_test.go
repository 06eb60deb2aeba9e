package dpi

import (
	"context"
	"flag"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/infer"
	"tweedie/infer/internal/cases"
)

var long = flag.Bool("long", false, "also run the checks that take minutes")

// ringErrors are the largest error of the mean, the relative error of the average variance, and KL(q || posterior).
func ringErrors(t *testing.T, m DPI) (mean, variance, kl, klSE float64) {
	t.Helper()
	p, post, evidence := cases.Ring(t)
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4, Seed: 22})
	if err != nil {
		t.Fatal(err)
	}
	cov := post.Cov()
	var got, want float64
	for i, v := range post.Mean() {
		mean = math.Max(mean, math.Abs(res.Mean[i]-v))
		got += res.Std[i] * res.Std[i] / 16
		want += cov.At(i, i) / 16
	}
	e := cases.Find(t, res, "ELBO")
	t.Logf("%s, %s: mean error %.4f, variance %.4f (exact %.4f), KL %.4f ± %.4f, %d steps, %v", m.Family.Kind, m.Prior.Kind, mean, got, want, evidence-e.Value, e.StdErr, m.Steps, res.Elapsed)
	return mean, math.Abs(got/want - 1), evidence - e.Value, e.StdErr
}

func ringDPI(family, prior string) DPI {
	m := Default()
	m.Family.Kind, m.Prior.Kind = family, prior
	m.Family.Std, m.Family.Flows, m.Family.SeqFrac = .5, 4, .25
	m.Steps, m.Batch, m.LR, m.FinalLR, m.Clip, m.Check = 1500, 64, 1e-2, 1e-5, 50, 20000
	return m
}

// Oracle of T22: the exact posterior has mean .480990 and average variance .031180, and L* = 27.276386 with
// L = KL - log p(y) + D/2 (1 + ln 2 pi).
func TestRingOracle(t *testing.T) {
	_, post, evidence := cases.Ring(t)
	if m := post.Mean()[0]; math.Abs(m-.480990) > 5e-7 {
		t.Errorf("mean %.7f, want .480990", m)
	}
	if v := mat.Trace(post.Cov()) / 16; math.Abs(v-.031180) > 5e-7 {
		t.Errorf("variance %.7f, want .031180", v)
	}
	if l := -evidence + 8*(1+math.Log(2*math.Pi)); math.Abs(l-27.276386) > 5e-6 {
		t.Errorf("L* = %.6f, want 27.276386", l)
	}
}

// T22 of the score-prior specification, with the family that holds the posterior and with a flow.
func TestDPIOnRing(t *testing.T) {
	for _, family := range []string{"full", "realnvp"} {
		m := ringDPI(family, "exact")
		if family == "realnvp" {
			if testing.Short() {
				continue
			}
			m.LR, m.Steps = 3e-3, 2500
		}
		mean, variance, kl, _ := ringErrors(t, m)
		if mean > .01 || variance > .05 || kl > .05 {
			t.Errorf("%s: mean error %.4f (at most .01), variance error %.3f (.05), KL %.4f (.05)", family, mean, variance, kl)
		}
	}
}

// T23: the same with the diffusion bound in place of log p(x).
func TestDPIWithSurrogate(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	m := ringDPI("full", "surrogate")
	m.Steps, m.Batch, m.LR = 3000, 64, 5e-3
	m.Check = 2048
	mean, variance, _, _ := ringErrors(t, m)
	if mean > .02 || variance > .10 {
		t.Errorf("mean error %.4f (at most .02), variance error %.3f (.10)", mean, variance)
	}
}

// The probability-flow ODE as the prior gives the same fit: the gradient through the solve is right.
func TestDPIWithODE(t *testing.T) {
	if !*long {
		t.Skip("minutes; run with -long")
	}
	m := ringDPI("full", "ode")
	m.Prior.Flow.Solver, m.Prior.Flow.Steps, m.Prior.Flow.Probes = "rk4", 24, 4
	m.Steps, m.Batch, m.Check = 400, 32, 1024
	m.LR = 2e-2
	mean, variance, _, _ := ringErrors(t, m)
	if mean > .02 || variance > .10 {
		t.Errorf("mean error %.4f (at most .02), variance error %.3f (.10)", mean, variance)
	}
}

// T24: KL(q || posterior) is least when the entropy has weight 1.
func TestEntropyWeightOne(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	var kl [3]float64
	for i, w := range []float64{.5, 1, 2} {
		m := ringDPI("full", "exact")
		m.Entropy, m.Steps, m.Check = w, 800, 4096
		_, _, kl[i], _ = ringErrors(t, m)
	}
	if !(kl[1] < kl[0] && kl[1] < kl[2]) {
		t.Errorf("KL is %.3f, %.3f, %.3f for weights .5, 1, 2", kl[0], kl[1], kl[2])
	}
}

// T21: two modes, with the importance-weighted divergence: pathwise gradients of KL(q || posterior) move no mass between
// modes that are 14 standard deviations apart. L* = 3.08162974, weights .69560299/.30439701.
func TestDPIOnTwoModes(t *testing.T) {
	_, post, evidence, p := cases.TwoModes(t)
	if l := -evidence + 1 + math.Log(2*math.Pi); math.Abs(l-3.08162974) > 1e-7 {
		t.Errorf("L* = %.8f, want 3.08162974", l)
	}
	if w := post.Weights()[0]; math.Abs(w-.69560299) > 1e-7 {
		t.Errorf("weight of the lower mode %.8f, want .69560299", w)
	}
	if !*long {
		t.Skip("the fit takes a minute; run with -long")
	}
	m := Default()
	m.Family = FamilyConfig{Kind: "realnvp", Flows: 8, SeqFrac: 1. / 32}
	m.Prior.Kind = "exact"
	m.Steps, m.Anneal, m.Cover, m.Batch, m.LR, m.FinalLR, m.Clip, m.Check = 2000, 500, 2000, 512, 5e-3, 1e-5, 0, 20000
	const n = 20000
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	kl := evidence - cases.Find(t, res, "ELBO").Value
	w, between, m0, m1 := cases.ModeStats(res, post)
	t.Logf("KL %.4f ± %.4f, weight %.4f, between %.4f, mean errors %.4f %.4f, %v, %v", kl, cases.Find(t, res, "ELBO").StdErr, w, between, m0, m1, res.Elapsed, res.Warnings)
	if kl > .05 || math.Abs(w-post.Weights()[0]) > .03 || between > .01 || m0 > .01 || m1 > .01 {
		t.Errorf("KL %.4f (at most .05), weight %.4f (exact %.4f within .03), between %.4f (.01), mean errors %.4f, %.4f (.01)", kl, w, post.Weights()[0], between, m0, m1)
	}
}
