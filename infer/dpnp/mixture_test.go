package dpnp

import (
	"context"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/eval"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
)

// threeModes is a mixture in the plane with unequal weights, sizes and shapes.
func threeModes(t *testing.T) *exact.Mixture {
	t.Helper()
	var comps []*exact.Gaussian
	for _, c := range []struct{ x, y, a, b, r float64 }{{-.6, -.3, .04, .02, .01}, {.5, -.4, .02, .05, -.01}, {.1, .7, .03, .03, 0}} {
		g, err := exact.NewGaussian([]float64{c.x, c.y}, mat.NewSymDense(2, []float64{c.a, c.r, c.r, c.b}))
		if err != nil {
			t.Fatal(err)
		}
		comps = append(comps, g)
	}
	m, err := exact.NewMixture([]float64{.5, .3, .2}, comps...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func pairsOf(x []float64) [][]float64 {
	var out [][]float64
	for i := 0; i < len(x); i += 2 {
		out = append(out, x[i:i+2])
	}
	return out
}

// T4 of the DPnP specification: denoising a mixture, N = 20,000 draws; weights within .02, sliced Wasserstein within
// twice that of two exact sets plus .02 of the scale.
func TestDenoisingSamplersOnMixture(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	prior := threeModes(t)
	const n, eta = 20000, .5
	z := []float64{.1, .1}
	exact, _, err := prior.Posterior(exact.Measure(mat.NewDense(2, 2, []float64{1, 0, 0, 1}), z, eta))
	if err != nil {
		t.Fatal(err)
	}
	draw := func(label string) [][]float64 {
		var out [][]float64
		for i := range n {
			x := make([]float64, 2)
			exact.Sample(x, rng.New(4).Split(label, i).Stream())
			out = append(out, x)
		}
		return out
	}
	truth, again := draw("a"), draw("b")
	floor := eval.SlicedWasserstein2(truth, again, 128, 1).Value
	for _, dds := range []DenoisingSampler{DDSDDIM{Steps: 32, Heun: true}, DDSDDPM{Steps: 64}, DDSMultistep{Steps: 16}, DDSMultistep{Steps: 12, Correct: true}} {
		e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: prior, Shape: autodiff.S(2), DType: autodiff.F64})
		x := make([]float64, 2*n)
		streams := make([]*rng.Stream, n)
		for i := range streams {
			copy(x[2*i:], z)
			streams[i] = rng.New(5).Split(dds.Name(), i).Stream()
		}
		if err := dds.Draw(e, x, eta, streams); err != nil {
			t.Fatal(err)
		}
		var w [3]float64
		for _, p := range pairsOf(x) {
			for k, r := range exact.Responsibilities(p, 0) {
				w[k] += r / n
			}
		}
		distance := eval.SlicedWasserstein2(pairsOf(x), truth, 128, 1).Value
		t.Logf("%s: weights %.4f, exact %.4f, sliced W2 %.4f, floor %.4f", dds.Name(), w, exact.Weights(), distance, floor)
		for k, want := range exact.Weights() {
			if math.Abs(w[k]-want) > .02 {
				t.Errorf("%s: weight %d is %.4f, exact %.4f", dds.Name(), k, w[k], want)
			}
		}
		if distance > 2*floor+.02*eta {
			t.Errorf("%s: sliced W2 %.4f, floor %.4f", dds.Name(), distance, floor)
		}
	}
}

// T6 on a mixture: at constant eta the weights are those of the posterior with noise S + eta^2 A A^T, which differ
// from the posterior's. N = 4000 chains of 60 rounds; 4 standard errors plus .01 for the denoising steps.
func TestConstantEtaOnMixture(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	prior, post, _, p := cases.TwoModes(t)
	const n, eta = 4000, .35
	a := mat.NewDense(1, 2, []float64{-2, 1.7})
	blurred, _, err := prior.Posterior(exact.Measure(a, []float64{.3}, math.Sqrt(.2*.2+eta*eta*(4+1.7*1.7))))
	if err != nil {
		t.Fatal(err)
	}
	m := constant(eta, 60)
	m.Steps = 16
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: 12})
	if err != nil {
		t.Fatal(err)
	}
	w, _, _, _ := cases.ModeStats(res, blurred)
	want, exact := blurred.Weights()[0], post.Weights()[0]
	t.Logf("weight %.4f, law at eta %.4f, posterior %.4f", w, want, exact)
	if se := math.Sqrt(want * (1 - want) / n); math.Abs(w-want) > 4*se+.01 || math.Abs(w-exact) < .05 {
		t.Errorf("weight of the lower mode %.4f, law at eta %.4f, posterior %.4f", w, want, exact)
	}
	cov := blurred.Cov()
	for i := range 2 {
		if math.Abs(res.Std[i]*res.Std[i]/cov.At(i, i)-1) > .03 {
			t.Errorf("variance %d is %.4f, exact %.4f", i, res.Std[i]*res.Std[i], cov.At(i, i))
		}
	}
}

// DPnP on a correlated Gaussian prior with a linear operator that mixes pixels: mean and covariance of the
// posterior. N = 4000 chains; 4 standard errors and the gap of the law at eta_min.
func TestDPnPOnRing(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of chains")
	}
	p, post, _ := cases.Ring(t)
	m := Annealed()
	m.EtaMax, m.EtaMin, m.Rounds, m.Hold, m.Sampler, m.Steps = .5, .03, 120, 20, "unipc", 10
	const n = 4000
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: n, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	cov := post.Cov()
	worst, worstMean := 0.0, 0.0
	for i := range 16 {
		worstMean = math.Max(worstMean, math.Abs(res.Mean[i]-post.Mean()[i]))
		for j := i; j < 16; j++ {
			c := 0.0
			for _, s := range res.Samples {
				c += (s[i] - res.Mean[i]) * (s[j] - res.Mean[j]) / (n - 1)
			}
			worst = math.Max(worst, math.Abs(c-cov.At(i, j))/cov.At(i, i))
		}
	}
	t.Logf("mean error %.4f, covariance error %.4f of the variance, %v", worstMean, worst, res.Elapsed)
	if se := math.Sqrt(cov.At(0, 0) / n); worstMean > 4*se+.01 {
		t.Errorf("mean error %.4f, standard error %.4f", worstMean, se)
	}
	if worst > 4*math.Sqrt(2./n)+.04 {
		t.Errorf("covariance error %.4f of the variance", worst)
	}
}
