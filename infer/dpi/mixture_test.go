package dpi

import (
	"context"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
	"tweedie/train"
)

// mixtureDPI fits a mixture of flows to the two modes without cover.
func mixtureDPI() DPI {
	m := Default()
	m.Family = FamilyConfig{Kind: "realnvp", Flows: 4, SeqFrac: 1. / 16, Components: 4}
	m.Prior.Kind = "exact"
	m.Steps, m.Batch, m.LR, m.FinalLR, m.Clip, m.Check = 1000, 128, 5e-3, 1e-5, 0, 20000
	return m
}

// Two modes 14 deviations apart, by mixtures of flows (of Gaussians in one seed without -long) whose components start at draws of the prior,
// with pathwise gradients alone: in five seeds of five KL is at most .05 and the weight of the lower mode within .01 of .6956 and 4 standard errors of its 20,000 draws.
func TestMixtureOnTwoModes(t *testing.T) {
	_, post, evidence, p := cases.TwoModes(t)
	seeds := 1
	if *long {
		seeds = 5
	}
	for seed := range seeds {
		m := mixtureDPI()
		if !*long {
			m.Family.Kind, m.Family.Std, m.Steps, m.LR = "full", .3, 800, 2e-2
		}
		const n = 20000
		res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		kl := evidence - cases.Find(t, res, "ELBO").Value
		w, between, m0, m1 := cases.ModeStats(res, post)
		t.Logf("seed %d: KL %.4f ± %.4f, weight %.4f, between %.4f, mean errors %.4f %.4f, %v, %v", seed, kl, cases.Find(t, res, "ELBO").StdErr, w, between, m0, m1, res.Elapsed, res.Warnings)
		exact := post.Weights()[0]
		if kl > .05 || math.Abs(w-exact) > .01+4*math.Sqrt(exact*(1-exact)/n) || between > .01 {
			t.Errorf("seed %d: KL %.4f (at most .05), weight %.4f (exact %.4f within .01), between %.4f (.01)", seed, kl, w, exact, between)
		}
	}
}

// The loss of a mixture is that of its formula, and its gradient in the weights that of differences, for a head, too.
func TestMixtureLoss(t *testing.T) {
	_, _, _, p := cases.TwoModes(t)
	for _, head := range []string{"", "box"} {
		m := mixtureDPI()
		m.Family = FamilyConfig{Kind: "diagonal", Std: .2, Components: 3, Head: head, Lo: -2, Hi: 2}
		m.Entropy, m.Data, m.Log = .7, 1.3, .9
		f, err := newFit(context.Background(), m, p, infer.Run{Samples: 1, Seed: 5})
		if err != nil {
			t.Fatal(err)
		}
		q, _ := mixtureOf(f.q.fit)
		logits := q.Logits()
		step := train.Step{Index: 10, Batch: 3000, Key: rng.New(8)}
		loss := func() (value float64, slope []float64) {
			s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F64)
			defer s.Close()
			l, err := f.Loss(s, step)
			if err != nil {
				t.Fatal(err)
			}
			g := s.Grad1(l, s.Param(logits))
			slope = make([]float64, 3)
			g.CopyTo64(slope)
			return l.Scalar(), slope
		}
		_, slope := loss()
		const h = 1. / 64
		for k := range 3 {
			at := logits.Data()[k]
			value := func(v float32) float64 {
				logits.Data()[k] = v
				logits.Touch()
				l, _ := loss()
				return l
			}
			want := (value(at+h) - value(at-h)) / (2 * h)
			value(at)
			if math.Abs(slope[k]-want) > 2e-3*math.Max(1, math.Abs(want)) {
				t.Errorf("head %q: the derivative by logit %d is %.6f, by differences %.6f", head, k, slope[k], want)
			}
		}
		value, _ := loss()
		if math.Abs(f.value-value) > 1e-12 {
			t.Errorf("the trace has %v, the loss is %v", f.value, value)
		}
	}
}
