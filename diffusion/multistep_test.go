package diffusion_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"
)

// flowError returns the relative error of a sampler's answer to the start 1 on N(0, c), for which the flow from hi to lo
// and one evaluation at lo give sqrt((c+lo^2)/(c+hi^2)) c/(c+lo^2).
func flowError(t *testing.T, s diffusion.Sampler, lo, hi, c float64) float64 {
	t.Helper()
	g := numtest.Must(exact.NewDiagonalGaussian([]float64{0}, []float64{c}))
	res, err := s.Sample(context.Background(), g, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, 1), Start: []float64{1}, DType: autodiff.F64})
	if err != nil {
		t.Fatal(err)
	}
	return res.X[0]/(math.Sqrt((c+lo*lo)/(c+hi*hi))*c/(c+lo*lo)) - 1
}

// TestMultistepOrder checks the slope of the error against the number of steps on a mixture, averaged over starts: the
// order of DPMSolver, one more for UniPC. On N(0, c) the error of order 3 cancels over the range of levels and falls
// faster.
func TestMultistepOrder(t *testing.T) {
	gaussian := func(mean, variance float64) *exact.Gaussian {
		return numtest.Must(exact.NewDiagonalGaussian([]float64{mean}, []float64{variance}))
	}
	mix := numtest.Must(exact.NewMixture([]float64{.3, .7}, gaussian(-1, .5), gaussian(.6, .2)))
	starts := []float64{-90, -50, -20, 10, 35, 70, 110}
	run := func(s diffusion.Sampler) []float64 {
		res, err := s.Sample(context.Background(), mix, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, len(starts)), Start: starts, DType: autodiff.F64})
		if err != nil {
			t.Fatal(err)
		}
		return res.X
	}
	unipc := func(steps, order int, variant string) diffusion.Sampler {
		return diffusion.UniPC{Steps: steps, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: order, Variant: variant, Grid: "log"}
	}
	truth := run(unipc(4000, 3, diffusion.UniPCB2))
	check := func(name string, want float64, with func(steps int) diffusion.Sampler) {
		t.Helper()
		var err [3]float64
		for i := range err {
			for j, x := range run(with(100 << i)) {
				err[i] += math.Abs(x-truth[j]) / float64(len(starts))
			}
		}
		slope := math.Log2(err[1] / err[2])
		t.Logf("%-16s order %.2f, errors at 100, 200, 400 steps %.2e", name, slope, err)
		if math.Abs(slope-want) > .3 {
			t.Errorf("%s: doubling the steps divides the error by 2^%.2f, want 2^%g", name, slope, want)
		}
	}
	for order := 1; order <= 3; order++ {
		check(fmt.Sprintf("dpm-solver++ %d", order), float64(order), func(n int) diffusion.Sampler {
			return diffusion.DPMSolver{Steps: n, SigmaMin: .002, SigmaMax: 80, Rho: 7, Order: order, Grid: "log"}
		})
		for _, v := range []string{diffusion.UniPCB1, diffusion.UniPCB2} {
			check(fmt.Sprintf("unipc %d %s", order, v), float64(order+1), func(n int) diffusion.Sampler { return unipc(n, order, v) })
		}
	}
}

// TestMultistepBeatsHeun compares the errors of the deviation on N(0, 1) and N(0, .01) at equal cost. The table is in
// docs/methods.md.
func TestMultistepBeatsHeun(t *testing.T) {
	const lo, hi = .002, 80
	for _, sd := range []float64{1, .1} {
		errors := map[string][]float64{}
		for _, name := range []string{"heun", "dpm-solver++ 2", "dpm-solver++ 3", "unipc 2", "unipc 3"} {
			row := fmt.Sprintf("| %g | %s |", sd, name)
			for _, n := range []int{11, 15, 19, 25, 35} {
				d, u, h := diffusion.DefaultDPMSolver(), diffusion.DefaultUniPC(), diffusion.DefaultHeun()
				d.Steps, u.Steps, h.Steps = n, n, (n+1)/2
				d.Order, u.Order = int(name[len(name)-1]-'0'), int(name[len(name)-1]-'0')
				s := map[string]diffusion.Sampler{"h": h, "d": d, "u": u}[name[:1]]
				e := flowError(t, s, lo, hi, sd*sd)
				errors[name] = append(errors[name], math.Abs(e))
				row += fmt.Sprintf(" %+.2f%% |", 100*e)
			}
			t.Log(row)
		}
		for name, e := range errors {
			for i := range e {
				if name != "heun" && e[i] > errors["heun"][i] {
					t.Errorf("deviation %g: %s has the errors %.2e, Heun %.2e", sd, name, e, errors["heun"])
				}
			}
		}
	}
}

// TestMultistepExactOnConstants checks that a prior of one point, whose denoiser is constant, is solved exactly on the
// way: the denoiser is the identity at the last level, so that the state there is what comes out.
func TestMultistepExactOnConstants(t *testing.T) {
	const m, lo, hi = .7, .002, 80.0
	point := diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		if sigma[0] == lo {
			return s.Scale(u, 1)
		}
		return s.Affine(u, 0, m)
	})
	for _, s := range []diffusion.Sampler{
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 1},
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 2},
		diffusion.DPMSolver{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 3},
		diffusion.UniPC{Steps: 12, SigmaMin: lo, SigmaMax: hi, Rho: 7, Order: 3, Variant: diffusion.UniPCB2},
	} {
		res, err := s.Sample(context.Background(), point, diffusion.Job{Shape: autodiff.S(1), Keys: make([]rng.Key, 1), Start: []float64{30}, DType: autodiff.F64})
		if err != nil {
			t.Fatal(err)
		}
		if want := m + lo/hi*(30-m); math.Abs(res.X[0]-want) > 1e-12 {
			t.Errorf("%+v: %.15f, want %.15f", s, res.X[0], want)
		}
	}
}
