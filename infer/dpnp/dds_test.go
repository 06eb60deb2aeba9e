package dpnp

import (
	"context"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/rng"
)

// response is the affine law of a denoising sampler on a prior N(0, c), with no Monte Carlo: x = gain z + sum of
// coefficients times independent normals, found by feeding unit impulses.
func response(t *testing.T, c, eta float64, run func(e *infer.Evaluator, x []float64, impulse int) error, impulses int) (gain, sd float64) {
	t.Helper()
	e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(0, c), Shape: autodiff.S(1), DType: autodiff.F64})
	x := []float64{1}
	if err := run(e, x, -1); err != nil {
		t.Fatal(err)
	}
	gain = x[0]
	for i := 0; i < impulses; i++ {
		x[0] = 0
		if err := run(e, x, i); err != nil {
			t.Fatal(err)
		}
		sd += x[0] * x[0]
	}
	return gain, math.Sqrt(sd)
}

// ddpmResponse runs the reverse SDE with an impulse in one of its draws.
func ddpmResponse(t *testing.T, c, eta float64, grid []float64) (gain, sd float64) {
	return response(t, c, eta, func(e *infer.Evaluator, x []float64, impulse int) error {
		k := 0
		return reverseSDE(e, x, grid, func(w []float64) {
			w[0] = 0
			if k == impulse {
				w[0] = 1
			}
			k++
		})
	}, len(grid)-1)
}

// ddimResponse divides by the one normal that the flow starts from.
func ddimResponse(t *testing.T, c, eta float64, d DenoisingSampler) (gain, sd float64) {
	key := rng.New(1)
	n := key.Stream().Norm()
	e := infer.NewEvaluator(context.Background(), &infer.Problem{Prior: cases.Isotropic(0, c), Shape: autodiff.S(1), DType: autodiff.F64})
	draw := func(z float64) float64 {
		x := []float64{z}
		if err := d.Draw(e, x, eta, []*rng.Stream{key.Stream()}); err != nil {
			t.Fatal(err)
		}
		return x[0]
	}
	zero := draw(0)
	return draw(1) - zero, math.Abs(zero / n)
}

// exactDenoising is the posterior of x ~ N(0,c) given z = x + eta n: gain and standard deviation.
func exactDenoising(c, eta float64) (gain, sd float64) {
	return c / (c + eta*eta), math.Sqrt(c * eta * eta / (c + eta*eta))
}

func checkResponse(t *testing.T, what string, s, eta, gain, sd, tolGain, tolSD float64) {
	t.Helper()
	g, d := exactDenoising(s*s, eta)
	t.Logf("%s s=%g eta=%g: gain error %.4f, sd error %+.2f%%", what, s, eta, gain-g, 100*(sd/d-1))
	if math.Abs(gain-g) > tolGain {
		t.Errorf("%s s=%g eta=%g: gain %.5f, exact %.5f", what, s, eta, gain, g)
	}
	if math.Abs(sd/d-1) > tolSD {
		t.Errorf("%s s=%g eta=%g: sd %.5f, exact %.5f", what, s, eta, sd, d)
	}
}

func trainingLevels(t *testing.T) []float64 {
	t.Helper()
	l, err := infer.NoiseLevels(1000)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// T1 of the DPnP specification.
func TestDDPMRecursion(t *testing.T) {
	levels := trainingLevels(t)
	for _, s := range []float64{.5, 1} {
		for _, eta := range []float64{.16, .4, 1, 10} {
			gain, sd := ddpmResponse(t, s*s, eta, TrainingGrid{Levels: levels}.Grid(eta))
			checkResponse(t, "training grid", s, eta, gain, sd, .004, .01)
		}
		gain, sd := ddpmResponse(t, s*s, .05, DDSDDPM{Steps: 64}.Grid(.05))
		checkResponse(t, "64 steps", s, .05, gain, sd, .004, .01)
	}
}

// T2 of the DPnP specification.
func TestDDIMRecursion(t *testing.T) {
	levels := trainingLevels(t)
	for _, s := range []float64{.5, 1} {
		for _, eta := range []float64{.16, .4, 1} {
			gain, sd := ddimResponse(t, s*s, eta, TrainingGrid{Levels: levels, ODE: true})
			checkResponse(t, "training grid", s, eta, gain, sd, .004, .01)
		}
		for _, eta := range []float64{.05, .16, .4} {
			gain, sd := ddimResponse(t, s*s, eta, DDSDDIM{Steps: 32})
			checkResponse(t, "theta, 32 steps", s, eta, gain, sd, .008, .002)
			coarse, _ := ddimResponse(t, s*s, eta, DDSDDIM{Steps: 64})
			exact, _ := exactDenoising(s*s, eta)
			if r := (gain - exact) / (coarse - exact); r < 1.8 || r > 2.6 {
				t.Errorf("s=%g eta=%g: doubling the steps divides the gain error by %.2f, want first order", s, eta, r)
			}
			heun, hsd := ddimResponse(t, s*s, eta, DDSDDIM{Steps: 16, Heun: true})
			checkResponse(t, "theta, 16 Heun steps", s, eta, heun, hsd, .002, .003)
		}
	}
}

// T3: the probability-flow ODE from z is no posterior sampler; its spread is zero and the check must see that.
func TestProbabilityFlowFromZHasNoSpread(t *testing.T) {
	const s, eta = .5, .4
	_, want := exactDenoising(s*s, eta)
	gain, sd := response(t, s*s, eta, func(e *infer.Evaluator, x []float64, impulse int) error {
		eps := []float64{0}
		grid := append(DDSDDPM{Steps: 64}.Grid(eta), 0)
		for i := 0; i+1 < len(grid); i++ {
			if err := e.Noise(eps, x, grid[i]); err != nil {
				return err
			}
			x[0] += (grid[i+1] - grid[i]) * eps[0]
		}
		return nil
	}, 64)
	if sd/want > .01 {
		t.Errorf("the deterministic flow has spread %.4f", sd)
	}
	if g, _ := exactDenoising(s*s, eta); math.Abs(gain-g) < .05 {
		t.Errorf("the flow's gain %.3f agrees with the posterior's %.3f: the control is no control", gain, g)
	}
}
