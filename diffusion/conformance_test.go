package diffusion_test

import (
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/difftest"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
)

// perfect returns the Gaussian whose denoiser the network doubles know.
func perfect() *exact.Gaussian {
	return numtest.Must(exact.NewGaussian([]float64{.2, -.4, 1}, mat.NewSymDense(3, []float64{1, .3, 0, .3, .5, .1, 0, .1, .2})))
}

// doubleOf returns what a perfect network under prec computes: the F for which DSkip u + DOut F = D.
func doubleOf(prec diffusion.Preconditioning, sigma []float64) diffusion.Network {
	return diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
		column := func(f func(c diffusion.Coefs) float64) autodiff.Var {
			v := make([]float64, len(label))
			for b := range v {
				v[b] = f(prec.Coefs(sigma[b]))
			}
			return s.Const64(autodiff.S(len(v), 1), v)
		}
		u := s.Mul(x, column(func(c diffusion.Coefs) float64 { return 1 / c.In }))
		d := perfect().Denoise(s, u, sigma)
		d = s.Sub(d, s.Mul(u, column(func(c diffusion.Coefs) float64 { return c.DSkip })))
		return s.Mul(d, column(func(c diffusion.Coefs) float64 { return 1 / c.DOut }))
	})
}

// preconditions checks a preconditioning by a perfect network, whose output it must turn back into D and the score.
func preconditions(prec diffusion.Preconditioning) func(*testing.T) {
	return func(t *testing.T) {
		d := diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
			return diffusion.Preconditioned{Net: doubleOf(prec, sigma), Prec: prec}.Denoise(s, u, sigma)
		})
		difftest.Denoiser(t, d, 3, perfect().LogDensity)
		difftest.Denoiser(t, scored{d, prec}, 3, perfect().LogDensity)
	}
}

// scored is a denoiser with the score that a preconditioning gives it.
type scored struct {
	diffusion.Denoiser
	prec diffusion.Preconditioning
}

func (c scored) Score(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
	return diffusion.Preconditioned{Net: doubleOf(c.prec, sigma), Prec: c.prec}.Score(s, u, sigma)
}

func samples(s diffusion.Sampler) func(*testing.T) {
	return func(t *testing.T) { difftest.Sampler(t, s) }
}

func schedules(s diffusion.Schedule) func(*testing.T) {
	return func(t *testing.T) { difftest.Schedule(t, s) }
}

var vp = diffusion.Continuous{Schedule: diffusion.DefaultVP(), Scale: 999}

func ddpm() *diffusion.DDPM {
	return numtest.Must(diffusion.DefaultDDPM().Build())
}

func two() *exact.Mixture {
	p := numtest.Must(exact.NewDiagonalGaussian([]float64{1, 1, 1}, []float64{1, 2, 3}))
	return numtest.Must(exact.NewMixture([]float64{1, 2}, p, perfect()))
}

// rows has a check for every exported type that is a schedule, a denoiser, a preconditioning, a sampler, a log-density
// or a loss.
var rows = map[string]func(*testing.T){
	"VP": schedules(diffusion.DefaultVP()), "SubVP": schedules(diffusion.DefaultSubVP()), "VE": schedules(diffusion.DefaultVE()),
	"DenoiserFunc":   preconditions(diffusion.X0{Levels: vp}),
	"Preconditioned": preconditions(diffusion.Eps{Levels: ddpm()}),
	"Eps":            preconditions(diffusion.Eps{Levels: vp}), "V": preconditions(diffusion.V{Levels: vp}),
	"X0": preconditions(diffusion.X0{Levels: vp}), "ScoreOutput": preconditions(diffusion.ScoreOutput{Levels: vp}),
	"EDM": preconditions(diffusion.EDM{SigmaData: .5}), "EDMVE": preconditions(diffusion.EDMVE{}), "Residual": preconditions(diffusion.Residual{}),
	"IDDPM":           preconditions(diffusion.NewIDDPM(1000, .001, .008)),
	"LearnedVariance": learned,
	"Ancestral":       samples(diffusion.DefaultAncestral()), "DDIM": samples(diffusion.DefaultDDIM()),
	"Heun": samples(diffusion.DefaultHeun()), "EulerMaruyama": samples(diffusion.DefaultEulerMaruyama()),
	"DPMSolver": samples(diffusion.DefaultDPMSolver()), "UniPC": samples(diffusion.DefaultUniPC()),
	"ODESampler": samples(diffusion.DefaultODESampler()),
	"ODEPrior":   odePrior, "ELBO": elbo,
	"DSM": func(t *testing.T) { difftest.Loss(t, diffusion.DefaultDSM()) }, "EDMLoss": func(t *testing.T) { difftest.Loss(t, diffusion.DefaultEDMLoss()) },
	"Hybrid": func(t *testing.T) { difftest.Loss(t, fixed{diffusion.DefaultHybrid()}) },
}

// odePrior checks the ODE density with fixed steps, since differences of a value with controlled steps also see the
// steps change.
func odePrior(t *testing.T) {
	c := diffusion.DefaultODE()
	c.Solver, c.Steps, c.Probes = "rk4", 20, 3
	mix := two()
	difftest.Prior(t, &diffusion.ODEPrior{Denoiser: mix, Schedule: diffusion.DefaultVP(), Shape: autodiff.S(3), Config: c}, 1, 1e-7)
}

// elbo checks the bound with times drawn sample by sample, since times spread over the batch depend on it.
func elbo(t *testing.T) {
	c := diffusion.DefaultELBO()
	c.Strata, c.Draws = diffusion.BySample, 2
	mix := two()
	difftest.Prior(t, &diffusion.ELBO{Denoiser: mix, Schedule: diffusion.DefaultVP(), Shape: autodiff.S(3), Config: c, DType: autodiff.F64}, 1, 1e-7)
}

// learned checks the denoiser of a network that returns its output F first and a variance after it.
func learned(t *testing.T) {
	prec := diffusion.Eps{Levels: vp}
	difftest.Denoiser(t, diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, sigma []float64) autodiff.Var {
		wide := diffusion.NetworkFunc(func(s *autodiff.Scope, x autodiff.Var, label []float64) autodiff.Var {
			return s.Concat(1, doubleOf(prec, sigma).Forward(s, x, label), s.Scale(x, 9))
		})
		return diffusion.LearnedVariance{Net: wide, Prec: prec, C: 3}.Denoise(s, u, sigma)
	}), 3, perfect().LogDensity)
}

func TestEveryTypeHasARow(t *testing.T) {
	found := numtest.TypesWith(t, "TimeAt", "Denoise", "Coefs", "Sample", "LogProb", "Loss")
	delete(found, "Batch") // the frame that samplers run in
	numtest.Rows(t, found, rows)
}

func TestConformance(t *testing.T) {
	for name, check := range rows {
		t.Run(name, check)
	}
}

// TestSamplerReferences compares with variances that were computed independently, by the samplers' recursions on N(0,
// c).
func TestSamplerReferences(t *testing.T) {
	a := diffusion.DefaultAncestral()
	for c, v := range map[float64]float64{.01: .00928, .25: .24613, 1: .99107, 4: 3.97478} {
		difftest.Sampler(t, a, difftest.Moments{Prior: c, Variance: v, Tol: 5e-6})
	}
	for eta, rows := range map[float64]map[string]float64{
		0: {"ddim10": .69172, "ddim20": .83271, "ddim100": .96403, "": .99625},
		1: {"ddim10": .54821, "ddim20": .71073, "ddim100": .92160, "": .99107},
	} {
		for spacing, v := range rows {
			d := diffusion.DefaultDDIM()
			d.Process.Respacing, d.Eta = spacing, eta
			difftest.Sampler(t, d, difftest.Moments{Prior: 1, Variance: v, Tol: 5e-6})
		}
	}
}
