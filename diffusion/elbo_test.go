package diffusion_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// elboOf returns the bound of a denoiser on VP, in float64.
func elboOf(d diffusion.Denoiser, shape autodiff.Shape, c diffusion.ELBOConfig) *diffusion.ELBO {
	return &diffusion.ELBO{Denoiser: d, Schedule: diffusion.DefaultVP(), Shape: shape, Config: c, DType: autodiff.F64, Batch: 256}
}

// TestELBOUnbiased checks that 4,000 draws of every kind, on every schedule, have the mean of the closed form within 4
// standard errors, for values and gradients alike.
func TestELBOUnbiased(t *testing.T) {
	ring := exact.Ring16()
	x := numtest.Vector(rng.New(61), 16)
	const n = 4000
	keys := make([]rng.Key, n)
	for i := range keys {
		keys[i] = rng.New(62).Split("sample", i)
	}
	all := make([]float64, 0, n*16)
	for range keys {
		all = append(all, x...)
	}
	for _, s := range diffusion.Schedules() {
		want := ring.ELBO(s, 1e-3, x)
		slope := make([]float64, 16)
		for j := range x {
			const h = 1e-3
			y := append([]float64(nil), x...)
			y[j] += h
			up := ring.ELBO(s, 1e-3, y)
			y[j] -= 2 * h
			slope[j] = (up - ring.ELBO(s, 1e-3, y)) / (2 * h)
		}
		for _, c := range []diffusion.ELBOConfig{
			{T0: 1e-3, Variance: .25, Draws: 1, Importance: true, Strata: diffusion.IndependentDraws},
			{T0: 1e-3, Variance: .25, Draws: 1, Strata: diffusion.IndependentDraws},
			{T0: 1e-3, Variance: .25, Draws: 1, Importance: true, Strata: diffusion.IndependentDraws, Antithetic: true},
			{T0: 1e-3, Variance: .25, Draws: 4, Importance: true, Strata: diffusion.BySample},
			{T0: 1e-3, Variance: .25, Draws: 1, Importance: true, Strata: diffusion.ByBatch},
		} {
			m := n / c.Draws
			e := elboOf(ring, autodiff.S(16), c)
			e.Schedule = s
			grad := make([]float64, m*16)
			b, err := e.Estimate(ctx(), all[:m*16], keys[:m], grad)
			if err != nil {
				t.Fatal(err)
			}
			mean, std := moments(b.LogProb, 1, 0)
			numtest.Within(t, s.Kind()+" b", mean, want, 4*std/math.Sqrt(float64(m)))
			for j := range x {
				gm, gs := moments(grad, 16, j)
				numtest.Within(t, s.Kind()+" gradient", gm, slope[j], 4*gs/math.Sqrt(float64(m)))
			}
			t.Logf("%-5s %+v: deviation of b %.2f nats (D = 16), of a gradient's entry %.3f", s.Kind(), c, std, func() float64 { _, v := moments(grad, 16, 3); return v }())
		}
	}
}

// TestELBOWithoutNoise checks that every draw gives the closed form itself on N(m, v I), with the control variate's own
// v, antithetic noise, and ||x - m||^2 = v D.
func TestELBOWithoutNoise(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(.5, 4), numtest.Repeat(.25, 4)))
	x := []float64{1, 0, 1, 1}
	for _, s := range diffusion.Schedules() {
		for _, importance := range []bool{false, true} {
			e := elboOf(g, autodiff.S(4), diffusion.ELBOConfig{T0: 1e-3, Draws: 3, Importance: importance, Strata: diffusion.BySample, Antithetic: true, Variance: .25})
			e.Schedule = s
			b, err := e.Estimate(ctx(), x, numtest.Keys(1), nil)
			if err != nil {
				t.Fatal(err)
			}
			numtest.Within(t, s.Kind(), b.LogProb[0], g.ELBO(s, 1e-3, x), 1e-7)
			if math.Abs(b.StdErr[0]) > 1e-6 {
				t.Errorf("%s: standard error %g", s.Kind(), b.StdErr[0])
			}
		}
	}
}

// moments returns the mean and the standard deviation of x[at], x[at+stride], ...
func moments(x []float64, stride, at int) (mean, std float64) {
	n := float64(len(x) / stride)
	for i := at; i < len(x); i += stride {
		mean += x[i] / n
	}
	for i := at; i < len(x); i += stride {
		std += (x[i] - mean) * (x[i] - mean) / (n - 1)
	}
	return mean, math.Sqrt(std)
}

// TestELBOStrata checks that times spread over the batch give the mean over the batch a smaller deviation than
// independent ones.
func TestELBOStrata(t *testing.T) {
	ring := exact.Ring16()
	spread := func(c diffusion.ELBOConfig) float64 {
		var means []float64
		for run := range 60 {
			keys := make([]rng.Key, 32)
			for i := range keys {
				keys[i] = rng.New(63).Split("run", run).Split("sample", i)
			}
			b, err := elboOf(ring, autodiff.S(16), c).Estimate(ctx(), numtest.Repeat(.2, 32*16), keys, nil)
			if err != nil {
				t.Fatal(err)
			}
			m, _ := moments(b.LogProb, 1, 0)
			means = append(means, m)
		}
		_, s := moments(means, 1, 0)
		return s
	}
	c := diffusion.DefaultELBO()
	batch := spread(c)
	c.Strata = diffusion.IndependentDraws
	free := spread(c)
	t.Logf("deviation of the mean of 32: %.3f spread over the batch, %.3f independent", batch, free)
	if batch > .7*free {
		t.Errorf("the batch's strata leave %.3f of %.3f", batch, free)
	}
}

// TestELBOSpread checks, with 1,000 draws on N(0, 0.25 I) of 64 elements, that the deviation of one draw is below the
// 114 nats (importance) and 98 nats (uniform) that the bound without control variates has.
func TestELBOSpread(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 64), numtest.Repeat(.25, 64)))
	x, keys := make([]float64, 64000), imageKeys(rng.New(66), 1000)
	for i, k := range keys {
		g.Sample(x[64*i:64*i+64], k.Split("x", 0).Stream())
	}
	for _, r := range []struct {
		c   diffusion.ELBOConfig
		max float64
	}{
		{diffusion.ELBOConfig{T0: 1e-3, Draws: 1, Importance: true, Strata: diffusion.IndependentDraws, Variance: .25}, 57},
		{diffusion.ELBOConfig{T0: 1e-3, Draws: 1, Strata: diffusion.IndependentDraws, Variance: .25}, 49},
		{diffusion.ELBOConfig{T0: 1e-3, Draws: 1, Importance: true, Antithetic: true, Strata: diffusion.IndependentDraws, Variance: .25}, 20},
	} {
		b, err := elboOf(g, autodiff.S(64), r.c).Estimate(ctx(), x, keys, nil)
		if err != nil {
			t.Fatal(err)
		}
		diff := make([]float64, len(keys))
		for i := range diff {
			diff[i] = b.LogProb[i] - g.LogDensity(x[64*i:64*i+64], 0)
		}
		mean, std := moments(diff, 1, 0)
		t.Logf("%+v: b - log p = %.2f +- %.2f nats a draw", r.c, mean, std)
		if std > r.max {
			t.Errorf("%+v: deviation %.1f nats", r.c, std)
		}
	}
}

// TestELBOGradient compares the gradient through a network with differences of the value, the draws held fixed.
func TestELBOGradient(t *testing.T) {
	for _, c := range []diffusion.ELBOConfig{diffusion.DefaultELBO(), {T0: 1e-2, Variance: 2, Draws: 3, Strata: diffusion.BySample, Antithetic: true}} {
		e := elboOf(netPrior(4, diffusion.DefaultODE()).Denoiser, autodiff.S(4), c)
		e.Batch = 5
		x, keys := numtest.Vector(rng.New(64), 12), numtest.Keys(3)
		logp, grad := make([]float64, 3), make([]float64, 12)
		if err := e.LogProb(ctx(), x, keys, logp, grad); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			const h = 1e-5
			at := func(d float64) float64 {
				y := append([]float64(nil), x...)
				y[i] += d
				v := make([]float64, 3)
				if err := e.LogProb(ctx(), y, keys, v, nil); err != nil {
					t.Fatal(err)
				}
				return v[i/4]
			}
			fd := (at(h) - at(-h)) / (2 * h)
			numtest.Within(t, "gradient", grad[i], fd, 1e-7*(1+math.Abs(fd))+1e-11*math.Abs(logp[i/4])/h)
		}
	}
}

// TestELBOReproducible checks that the same keys give the same bytes whatever is computed in one evaluation, and for a
// sample alone.
func TestELBOReproducible(t *testing.T) {
	c := diffusion.DefaultELBO()
	c.Strata, c.Draws = diffusion.BySample, 3
	e := elboOf(exact.Ring16(), autodiff.S(16), c)
	x, keys := numtest.Vector(rng.New(65), 48), numtest.Keys(3)
	a, err := e.Estimate(ctx(), x, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Batch = 4
	b, err := e.Estimate(ctx(), x, keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	one, err := e.Estimate(ctx(), x[16:32], keys[1:2], nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.LogProb[1] != b.LogProb[1] || a.LogProb[1] != one.LogProb[0] {
		t.Errorf("%v, %v, %v", a.LogProb[1], b.LogProb[1], one.LogProb[0])
	}
	if a.Evaluations != 6 {
		t.Errorf("%d evaluations a sample", a.Evaluations)
	}
	var n diffusion.Counter
	e.Denoiser = n.Denoiser(e.Denoiser)
	if err := e.LogProb(ctx(), x, keys, make([]float64, 3), make([]float64, 48)); err != nil {
		t.Fatal(err)
	}
	if got := n.Count(); got.Forward != 18 || got.VJP != 18 {
		t.Errorf("%+v, want 18 of each", got)
	}
}

func TestELBOErrors(t *testing.T) {
	e := elboOf(exact.Ring16(), autodiff.S(16), diffusion.DefaultELBO())
	if _, err := e.Estimate(ctx(), numtest.Repeat(0, 15), numtest.Keys(1), nil); err == nil {
		t.Error("a short sample was accepted")
	}
	done, cancel := context.WithCancel(ctx())
	cancel()
	if _, err := e.Estimate(done, numtest.Repeat(0, 16), numtest.Keys(1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for field, edit := range map[string]func(*diffusion.ELBOConfig){
		"t0": func(c *diffusion.ELBOConfig) { c.T0 = 1 }, "draws": func(c *diffusion.ELBOConfig) { c.Draws = 0 }, "strata": func(c *diffusion.ELBOConfig) { c.Strata = "" },
		"variance": func(c *diffusion.ELBOConfig) { c.Variance = 0 },
	} {
		c := diffusion.DefaultELBO()
		edit(&c)
		var fe *diffusion.FieldError
		if err := c.Validate(); !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
