package infertest

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/rng"
)

// pixels counts the pixels of an image; sigma gives the noise of a measurement in the units of x.
const (
	pixels = 12
	sigma  = .1
)

// problem holds a measurement under a prior in closed form, in the prior's units, and the exact posterior in the units of x.
type problem struct {
	name      string
	prior     exact.Distribution
	affine    diffusion.Affine
	lik       *inverse.Likelihood
	mean      []float64 // of the prior, in the units of x
	posterior exact.Distribution
}

// start returns the problem as a method takes it, with a counter around the prior.
func (p *problem) start() (*infer.Problem, *counted) {
	c := &counted{Distribution: p.prior}
	c.scorer = c.counter.Denoiser(p.prior)
	return &infer.Problem{Prior: c, Likelihood: p.lik, Shape: p.lik.Op.InShape(), DType: autodiff.F64, Affine: p.affine}, c
}

// covariance returns a level^2 exp(-|i-j|/3) with a hundredth more on the diagonal, over unit^2.
func covariance(level, unit float64) *mat.SymDense {
	c := mat.NewSymDense(pixels, nil)
	for i := range pixels {
		for j := i; j < pixels; j++ {
			c.SetSym(i, j, level*level*math.Exp(-float64(j-i)/3)/(unit*unit))
		}
		c.SetSym(i, i, c.At(i, i)+.01/(unit*unit))
	}
	return c
}

// ramp returns base + .05 i for every pixel i.
func ramp(base float64) []float64 {
	m := make([]float64, pixels)
	for i := range m {
		m[i] = base + .05*float64(i)
	}
	return m
}

// likelihood measures averages of three pixels of an image drawn from truth.
func likelihood(truth exact.Distribution) *inverse.Likelihood {
	op := must(optics.BlockAverageConfig{Rows: 1, Cols: 3}.Build(autodiff.S(1, 1, pixels)))
	x, y := make([]float64, pixels), make([]float64, op.OutShape().Size())
	truth.Sample(x, rng.New(7).Stream())
	op.Apply(y, x)
	noise := inverse.Gaussian{Sigma: sigma}
	noise.Sample(y, y, rng.New(8).Stream())
	return must(inverse.NewLikelihood(op, noise, y))
}

func measured(l *inverse.Likelihood) exact.Measurement {
	return exact.Measure(exact.DenseMatrix(l.Op.(inverse.Linear)), l.Y, sigma)
}

// gaussian returns the Gaussian problem with its prior behind an Affine and its mean moved by shift.
func gaussian(name string, a diffusion.Affine, shift []float64) *problem {
	physical := must(exact.NewGaussian(ramp(.2), covariance(.3, 1)))
	lik := likelihood(physical)
	p := &problem{name: name, affine: a, lik: lik, mean: ramp(.2)}
	own := make([]float64, pixels)
	for i := range own {
		if shift != nil {
			p.mean[i] += shift[i]
		}
		own[i] = a.ToPrior(p.mean[i])
	}
	p.prior = must(exact.NewGaussian(own, covariance(.3, a.Unit())))
	p.posterior = posterior(must(exact.NewGaussian(p.mean, covariance(.3, 1))).Posterior(measured(lik)))
	return p
}

// mixture returns the problem whose prior has two components, far enough apart that the data decide between them.
func mixture() *problem {
	low := must(exact.NewGaussian(ramp(-.4), covariance(.2, 1)))
	high := must(exact.NewGaussian(ramp(.6), covariance(.3, 1)))
	prior := must(exact.NewMixture([]float64{.4, .6}, low, high))
	lik := likelihood(high)
	return &problem{name: "mixture", prior: prior, lik: lik, mean: prior.Mean(), posterior: posterior(prior.Posterior(measured(lik)))}
}

// posterior drops the evidence.
func posterior[P exact.Distribution](p P, _ float64, err error) exact.Distribution {
	return must(p, err)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the numbers are constants
	}
	return v
}
