package dpi

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/inverse/noises"
)

// While the prior is smoothed the fit goes to the posterior of the smoothed prior, N(mu, C + sigma^2 I) of the ring: every mean within .01 of
// it, and the average variance within 3%, both of which the prior's own posterior misses.
func TestSmoothedPrior(t *testing.T) {
	const sigma = .3
	p, own, _ := cases.Ring(t)
	prior := p.Prior.(exact.Distribution)
	c := mat.NewSymDense(16, nil)
	for i := range 16 {
		for j := range i + 1 {
			v := prior.Cov().At(i, j)
			if i == j {
				v += sigma * sigma
			}
			c.SetSym(i, j, v)
		}
	}
	smoothed, err := exact.NewGaussian(prior.Mean(), c)
	if err != nil {
		t.Fatal(err)
	}
	post, _, err := smoothed.Posterior(exact.Measure(exact.DenseMatrix(p.Likelihood.Op.(inverse.Linear)), p.Likelihood.Y, .2))
	if err != nil {
		t.Fatal(err)
	}
	m := ringDPI("full", "exact")
	m.Smooth = Smooth{Share: 1, From: sigma, To: sigma}
	m.Steps += 2
	res, err := m.Solve(context.Background(), p, infer.Run{Samples: 4, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	errors := func(g *exact.Gaussian) (mean, variance float64) {
		got, want := 0.0, 0.0
		for i, v := range g.Mean() {
			mean = math.Max(mean, math.Abs(res.Mean[i]-v))
			got, want = got+res.Std[i]*res.Std[i], want+g.Cov().At(i, i)
		}
		return mean, math.Abs(got/want - 1)
	}
	mean, variance := errors(post)
	_, other := errors(own)
	t.Logf("mean error %.4f, variance error %.4f; of the prior's own posterior %.4f", mean, variance, other)
	if mean > .01 || variance > .03 || other < .06 {
		t.Errorf("mean error %.4f (at most .01), variance error %.4f (.03); of the prior's own posterior %.4f", mean, variance, other)
	}
	if len(res.Trace) != 2 {
		t.Errorf("the trace has %d values; only the last two steps have an ELBO", len(res.Trace))
	}
}

// The level falls geometrically from From to To, and is 0 after the last step.
func TestSmoothLevels(t *testing.T) {
	s := Smooth{Share: .3, From: 1, To: .01}
	for step, want := range map[int64]float64{1: 1, 2: .1, 3: .01, 4: 0} {
		if got := s.level(step, 10, 7); math.Abs(got-want) > 1e-15 {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
	if hi, lo := (Smooth{Share: .5}).level(1, 4, 6), (Smooth{Share: .5}).level(2, 4, 6); hi != 6 || math.Abs(lo-.5) > 1e-15 {
		t.Errorf("by default the level falls from %v to %v of the deviation 6", hi, lo)
	}
	if l := (Smooth{Share: 1}).level(1, 3, 0); math.Abs(l-1./12) > 1e-15 {
		t.Errorf("one step of a prior of unknown deviation: %v", l)
	}
	if n := (Smooth{Share: 1}).within(10); n != 8 {
		t.Errorf("%d of 10 steps are smoothed; two belong to the prior itself", n)
	}
	m := Default()
	m.Smooth.Share = 1.1
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "smooth.share") {
		t.Errorf("a share above 1: %v", err)
	}
	m.Smooth = Smooth{Share: .1, To: -1}
	if err := m.Validate(); err == nil || !strings.Contains(err.Error(), "smooth.to") {
		t.Errorf("a negative level: %v", err)
	}
}

// On images of 28x28 pixels the defaults smooth; where the data have no Wiener estimate they do not start at one.
func TestDefaultsOnImages(t *testing.T) {
	shape := autodiff.S(1, 28, 28)
	p := cases.Problem(cases.Isotropic(.5, .1), inverse.NewIdentity(shape), .1, make([]float64, 784))
	p.Std, p.Mean = .3, .5
	m, _ := defaultFor(p, infer.Standard).of(p)
	if err := m.Validate(); err != nil || m.Smooth.Share == 0 || m.Start == 0 || m.Family.Kind != "low-rank" {
		t.Errorf("defaults %+v, %v", m, err)
	}
	p.Likelihood.Noise = noises.Laplace{Scale: .1}
	if m, _ = defaultFor(p, infer.Standard).of(p); m.Start != 0 {
		t.Errorf("data with another noise start at a Wiener estimate")
	}
	p = cases.Problem(cases.Isotropic(.5, .1), inverse.NewIdentity(shape), .1, make([]float64, 784))
	p.Std = .3
	m = defaultFor(p, infer.Standard)
	m.Family.Kind = "realnvp"
	if m, _ = m.of(p); m.Start != 0 {
		t.Errorf("a flow starts at a Wiener estimate")
	}
}
