package dpnp

import (
	"context"
	"slices"
	"testing"

	"tweedie/infer"
	"tweedie/infer/calibration"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// imageProblem returns problem number i of a prior and an operator, with noise sigma. Its truth is a draw of the
// prior by the stochastic sampler in 512 steps, which no method that is tested uses.
func imageProblem(t testing.TB, prior *prior.Prior, text string, sigma float64, i int) (p *infer.Problem, truth []float64) {
	t.Helper()
	op, err := inverse.Decode([]byte(text), prior.Shape())
	if err != nil {
		t.Fatal(err)
	}
	source := infer.NewProblem(prior, nil)
	truth = make([]float64, source.Shape.Size())
	stream := rng.New(99).Split("truth", i).Stream()
	for j := range truth {
		truth[j] = source.Mean + 100*source.Std*stream.Norm()
	}
	sampler := DDSDDPM{Steps: 512}
	if err := sampler.Draw(infer.NewEvaluator(context.Background(), source), truth, 100*source.Std, []*rng.Stream{stream}); err != nil {
		t.Fatal(err)
	}
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, truth)
	noise := inverse.Gaussian{Sigma: sigma}
	noise.Sample(y, y, rng.New(98).Split("noise", i).Stream())
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return infer.NewProblem(prior, lik), truth
}

// calibrated compares the samples of many problems with the truths of each.
type calibrated struct {
	averages
	pixels []int // that coverage and spread are of; nil for all
	cases  []calibration.Case
}

// take adds a problem.
func (c *calibrated) take(t testing.TB, res *infer.Result, p *infer.Problem, truth []float64) {
	t.Helper()
	one, err := calibration.Measure(p, res, truth, []calibration.Statistic{calibration.LogLikelihood()}, c.pixels, rng.New(97).Split("ranks", len(c.cases)).Stream())
	if err != nil {
		t.Fatal(err)
	}
	if c.averages == nil {
		c.averages = averages{}
	}
	c.cases = append(c.cases, one)
	c.add("rank", one.Ranks[0])
	c.add("chi^2 excess", one.ChiDraws-one.ChiTruth)
	c.add("coverage", one.Covered[89])
	c.add("evaluations", float64(res.Evaluations)/float64(len(res.Samples)))
	c.add("seconds", res.Elapsed.Seconds())
	c.add("distinct", float64(one.Distinct))
}

// spreadOverError returns the root of the mean variance of a pixel over the mean squared error of the mean, which is 1 for n
// samples of the posterior but for the factor (n+1)/n, and its standard error.
func (c *calibrated) spreadOverError() (ratio, se float64) {
	e := calibration.Summarise(c.cases, max(1, len(c.pixels))).Spread
	return e.Value, e.SE
}

// imageCase is an inverse problem on an image prior; at most so many evaluations of the network are made for a sample.
type imageCase struct {
	name, prior, op   string
	sigma             float64
	n, problems, most int
	few               int // problems of the default run, with 32 samples
}

var imageCases = []imageCase{
	{"digits, 2x2 averages", "digits8", `{"kind":"block-average","rows":2,"cols":2}`, .05, 128, 48, 640, 5},
	{"digits, 2x2 averages, much noise", "digits8", `{"kind":"block-average","rows":2,"cols":2}`, .2, 128, 48, 640, 0},
	{"digits, inpainting", "digits8", `{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`, .05, 128, 144, 640, 0},
	{"digits, Fourier", "digits8", `{"kind":"dft","random":{"keep":0.3,"centre":1,"seed":1}}`, .05, 128, 48, 640, 0},
	{"fashion, 4x4 averages", "fashion28", `{"kind":"block-average","rows":4,"cols":4}`, .05, 32, 16, 900, 0},
}

// On image priors, truths of which are draws, the mode auto is calibrated: the mean rank of the log-likelihood is within 4
// standard errors of .5, chi^2/m at most .15 above the truth's, the pixels' central 90% hold .86 to .94 of the truths, and
// spread over error is .9 to 1.1, each within 4 standard errors. N = 128 samples of 48 problems with -long; see imageCases for the
// others.
func TestImagesAreCalibrated(t *testing.T) {
	for _, c := range imageCases {
		n, problems := 32, c.few
		if *long {
			n, problems = c.n, c.problems
		}
		if problems > 0 {
			t.Run(c.name, func(t *testing.T) { c.check(t, n, problems) })
		}
	}
}

// check solves so many problems with n samples each.
func (c imageCase) check(t *testing.T, n, problems int) {
	prior, err := zoo.Open(c.prior, prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all calibrated
	mode := ""
	for i := range problems {
		p, truth := imageProblem(t, prior, c.op, c.sigma, i)
		res := solveAuto(t, p, n, uint64(i))
		all.take(t, res, p, truth)
		mode = res.Config.(DPnP).Mode
	}
	ratio, ratioSE := all.spreadOverError()
	t.Logf("%s, sigma %g, N = %d, %d problems, mode %s: %sspread over error %.3f +- %.3f", c.name, c.sigma, n, problems, mode, all.text("rank", "chi^2 excess", "coverage", "evaluations", "distinct", "seconds"), ratio, ratioSE)
	const more = 4
	rank, se := all.of("rank")
	near(t, c.name+": the rank of the log-likelihood", rank, .5, 4*se)
	excess, se := all.of("chi^2 excess")
	if excess > .15+more*se {
		t.Errorf("%s: chi^2/m is %.3f above that of the truths", c.name, excess)
	}
	covered, se := all.of("coverage")
	near(t, c.name+": the coverage at 90%", covered, .9, .04+more*se)
	near(t, c.name+": spread over error", ratio, 1, .1+more*ratioSE)
	if spent, _ := all.of("evaluations"); spent > float64(c.most) {
		t.Errorf("%s: %.0f evaluations a sample, at most %d belong", c.name, spent, c.most)
	}
	if d := slices.Min(all.averages["distinct"]); d < 19 {
		t.Errorf("%s: a problem has %g distinct samples, at least 19 belong", c.name, d)
	}
}
