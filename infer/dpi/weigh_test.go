package dpi

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
)

// gaussianKL returns KL(N(mean, covariance of x) || post) of samples. Of n samples of post itself it is about (d+3) d/(4 n).
func gaussianKL(t *testing.T, samples [][]float64, post *exact.Gaussian) float64 {
	t.Helper()
	d, n := len(samples[0]), float64(len(samples))
	mean, cov := make([]float64, d), mat.NewSymDense(d, nil)
	for _, x := range samples {
		for i, v := range x {
			mean[i] += v / n
		}
	}
	for _, x := range samples {
		r := mat.NewVecDense(d, nil)
		for i, v := range x {
			r.SetVec(i, v-mean[i])
		}
		cov.SymRankOne(cov, 1/(n-1), r)
	}
	var of, target mat.Cholesky
	c := mat.NewSymDense(d, nil)
	for i := range d {
		for j := range i + 1 {
			c.SetSym(i, j, post.Cov().At(i, j))
		}
	}
	if !of.Factorize(cov) || !target.Factorize(c) {
		t.Fatal("a covariance is not positive definite")
	}
	r := mat.NewVecDense(d, nil)
	for i, m := range post.Mean() {
		r.SetVec(i, mean[i]-m)
	}
	var solved mat.Dense
	var step mat.VecDense
	if err := target.SolveTo(&solved, cov); err != nil {
		t.Fatal(err)
	}
	if err := target.SolveVecTo(&step, r); err != nil {
		t.Fatal(err)
	}
	return .5 * (mat.Trace(&solved) - float64(d) + mat.Dot(r, &step) + target.LogDet() - of.LogDet())
}

// By its defaults DPI is exact on 8x8 pixels of a Gaussian prior: S = 4,000 draws, whose own covariance has KL .27 and which must not
// have more than .6; log p(y) by the weights is within 4 standard errors of the exact one.
func TestDefaultOnGaussian(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of steps")
	}
	l := cases.FieldLaws[0]
	p, post, err := l.Problem()
	if err != nil {
		t.Fatal(err)
	}
	m := defaultFor(p, infer.Standard)
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if used := res.Config.(DPI); used.Family.Kind != "full" || used.Prior.Kind != "exact" {
		t.Errorf("the defaults took family %s and prior %s", used.Family.Kind, used.Prior.Kind)
	}
	x := post.Mean()
	evidence := p.Prior.(exact.Distribution).LogDensity(x, 0) - p.Likelihood.NegLogLik(x) - post.LogDensity(x, 0)
	kl := gaussianKL(t, res.Samples, post)
	e := res.Evidence
	t.Logf("%s: KL %.3f; evidence %+v, exactly %.4f; warnings %q", l.Name, kl, e, evidence, res.Warnings)
	if kl > .6 || len(res.Warnings) > 0 || e == nil || res.Weighted == nil {
		t.Fatalf("KL %.3f (at most .6), evidence %+v, warnings %q", kl, e, res.Warnings)
	}
	if math.Abs(e.Value-evidence) > 4*e.StdErr {
		t.Errorf("log p(y) is %.4f +- %.4f; exactly %.4f", e.Value, e.StdErr, evidence)
	}
}

// The weights find the evidence of the ring within 4 standard errors, and the tail of those of a fit that holds the posterior is light.
func TestWeightsFindTheEvidence(t *testing.T) {
	p, _, evidence := cases.Ring(t)
	m := ringDPI("full", "exact")
	m.Steps, m.Check = 600, 4000
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4, Seed: 22})
	if err != nil {
		t.Fatal(err)
	}
	if res.Evidence == nil || res.Weighted == nil || len(res.Weighted.Weights) != m.Check || len(res.Weighted.Samples) != m.Check {
		t.Fatalf("evidence %v; %v", res.Evidence, res.Warnings)
	}
	if e := res.Evidence; math.Abs(e.Value-evidence) > 4*e.StdErr || e.StdErr > .1 {
		t.Errorf("log p(y) is %.4f +- %.4f; exactly %.4f", e.Value, e.StdErr, evidence)
	}
	m.Data = 2
	if res, err = m.Solve(context.Background(), p, infer.Run{Samples: 4, Seed: 22}); err != nil || res.Evidence != nil || res.Weighted != nil {
		t.Errorf("a fit to another target than the posterior was weighed: %v, %v", res.Evidence, err)
	}
}

// A fit whose KL to the posterior is above 1 nat says so: a low-rank Gaussian on 8x8 pixels of a Gaussian prior, in 19 seeds of 20 (2 of
// 2 without -long).
func TestNarrowFamilyWarns(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of steps")
	}
	seeds, warned := 2, 0
	if *long {
		seeds = 20
	}
	p, _, err := cases.FieldLaws[0].Problem()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range seeds {
		m := defaultFor(p, infer.Standard)
		m.Family.Kind, m.Steps = "low-rank", 1000
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: 16, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		said := strings.Join(res.Warnings, "; ")
		t.Logf("seed %d: %s", seed, said)
		if strings.Contains(said, "Pareto k of p(x,y)/q(x)") || strings.Contains(said, "KL(q || posterior)") {
			warned++
		}
	}
	if warned < seeds-seeds/20 {
		t.Errorf("%d of %d fits warned", warned, seeds)
	}
}

// A Gaussian on one of two modes says that it misses one: weights of its own draws cannot know.
func TestMissedModeWarns(t *testing.T) {
	_, _, _, p := cases.TwoModes(t)
	m := defaultFor(p, infer.Standard)
	m.Steps, m.Batch = 600, 64
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 256, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(res.Warnings)
	if !strings.Contains(strings.Join(res.Warnings, "; "), "reweighted draws of the prior") {
		t.Errorf("warnings are %q", res.Warnings)
	}
}

// "auto" is a full covariance on up to 256 pixels.
func TestAutoFamily(t *testing.T) {
	for dim, want := range map[int]string{256: "full", 257: "low-rank"} {
		if got := DefaultFamily().of(dim).Kind; got != want {
			t.Errorf("%d pixels: %s, want %s", dim, got, want)
		}
	}
	if err := RegisterFamily("auto", nil); err == nil {
		t.Error("a family took the name auto")
	}
}
