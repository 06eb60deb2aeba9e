package flows_test

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/flows"
	"tweedie/layers"
	"tweedie/rng"
)

// onTheLine is .2 N(-3, .5^2) + .8 N(1, 1) on the line.
func onTheLine(t testing.TB) *flows.Mixture {
	t.Helper()
	var of []flows.Family
	for _, c := range []flows.GaussianConfig{{Dim: 1, Mean: -3, Std: .5}, {Dim: 1, Mean: 1, Std: 1}} {
		g, err := flows.NewDiagonal(root().At("g"), c)
		if err != nil {
			t.Fatal(err)
		}
		of = append(of, g)
	}
	m, err := flows.NewMixture(root(), of...)
	if err != nil {
		t.Fatal(err)
	}
	logits := m.Logits()
	logits.Data()[0], logits.Data()[1] = 0, float32(math.Log(4))
	logits.Touch()
	return m
}

// The density of a mixture is that of its formula and integrates to 1; N = 40,000 samples have its weights, within 4 standard errors, and
// samples of a component its law and the density of the whole.
func TestMixtureOnTheLine(t *testing.T) {
	m := onTheLine(t)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	const n = 40000
	at, logq := make([]float64, n), make([]float64, n)
	for i := range at {
		at[i] = -10 + 20*(float64(i)+.5)/n
	}
	m.LogProb(s, s.Const64(sh(n, 1), at)).CopyTo64(logq)
	sum := 0.0
	for i, l := range logq {
		sum += math.Exp(l) * 20 / n
		if i%4000 == 0 {
			x := at[i]
			want := math.Log(.2/.5*math.Exp(-(x+3)*(x+3)/.5)+.8*math.Exp(-(x-1)*(x-1)/2)) - math.Log(2*math.Pi)/2
			if math.Abs(l-want) > 1e-6*math.Max(1, math.Abs(want)) {
				t.Errorf("log q(%g) is %.9g, want %.9g", x, l, want)
			}
		}
	}
	if math.Abs(sum-1) > 1e-6 {
		t.Errorf("the density integrates to %.9f", sum)
	}
	z := make([]float64, 2*n)
	rng.New(7).Stream().FillNorm(z)
	x, _ := m.Sample(s, s.Const64(sh(n, 2), z))
	x.CopyTo64(at)
	lower := 0.0
	for _, v := range at {
		if v < -1.5 {
			lower += 1. / n
		}
	}
	want := .2*(1-.5*math.Erfc(3/math.Sqrt2)) + .8*.5*math.Erfc(2.5/math.Sqrt2)
	if math.Abs(lower-want) > 4*math.Sqrt(want*(1-want)/n) {
		t.Errorf("%.4f of the samples are below -1.5, want %.4f", lower, want)
	}
	x, lq := m.SampleOf(s, 0, s.Const64(sh(n, 2), z))
	x.CopyTo64(at)
	mean := 0.0
	for _, v := range at {
		mean += v / n
	}
	if math.Abs(mean+3) > 4*.5/math.Sqrt(n) {
		t.Errorf("the mean of component 0 is %.4f", mean)
	}
	lq.CopyTo64(logq)
	direct := make([]float64, n)
	m.LogProb(s, x).CopyTo64(direct)
	for i := range direct {
		if logq[i] != direct[i] {
			t.Fatalf("log q of a component's sample is %v, and LogProb of it %v", logq[i], direct[i])
		}
	}
}

func TestMixtureArguments(t *testing.T) {
	if _, err := flows.NewMixture(root()); err == nil {
		t.Error("a mixture of nothing was made")
	}
	p := layers.Root(rng.New(1))
	a, errA := flows.NewDiagonal(p.At("a"), flows.GaussianConfig{Dim: 2, Std: 1})
	b, errB := flows.NewDiagonal(p.At("b"), flows.GaussianConfig{Dim: 3, Std: 1})
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if _, err := flows.NewMixture(p, a, b); err == nil {
		t.Error("components of two and three values were mixed")
	}
	if _, err := flows.NewAffine(p, flows.GaussianConfig{Dim: 2}); err == nil {
		t.Error("an affine map with scale 0 was made")
	}
}
