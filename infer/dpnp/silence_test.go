package dpnp

import (
	"fmt"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// closedPrior returns one of several kinds of priors in closed form of h x h pixels, with a random size and smoothness.
func closedPrior(t testing.TB, kind, h int, st *rng.Stream) exact.Distribution {
	t.Helper()
	d := h * h
	var prior exact.Distribution
	var err error
	field := func(mean float64) *exact.Gaussian {
		at := slices.Repeat([]float64{mean}, d)
		g, err := exact.NewField(at, exact.Kernel{Name: "exponential", Variance: .25, Length: 1 + 3*st.Float64(), Nugget: .0025}, []int{1, h, h})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	switch kind {
	case 0:
		prior = field(.3)
	case 1:
		prior, err = exact.NewMixture([]float64{.4, .6}, field(-.3), field(.3))
	case 2:
		var modes []*exact.Gaussian
		for range 6 {
			mean, variance := make([]float64, d), make([]float64, d)
			st.FillNorm(mean)
			for j := range mean {
				mean[j], variance[j] = mean[j]/2, .02+.1*st.Float64()
			}
			g, err := exact.NewDiagonalGaussian(mean, variance)
			if err != nil {
				t.Fatal(err)
			}
			modes = append(modes, g)
		}
		prior, err = exact.NewMixture([]float64{.3, .25, .2, .1, .1, .05}, modes...)
	default:
		prior, err = exact.NewSeparable(make([]float64, d), slices.Repeat([]float64{.3}, d), exact.Laplace())
	}
	if err != nil {
		t.Fatal(err)
	}
	return prior
}

// healthyClosed returns the i-th problem with a prior in closed form of 16 to 64 pixels: Gaussian fields, mixtures of two of
// them and of six modes, Laplace pixels; six operators; the noise .002 to 1, or one for each datum.
func healthyClosed(t testing.TB, i int) (*infer.Problem, string) {
	t.Helper()
	st := rng.New(61).Split("closed", i).Stream()
	h := []int{4, 6, 8}[i/4%3]
	prior := closedPrior(t, i%4, h, st)
	dense := inverse.DenseConfig{Rows: h, Data: make([]float64, h*h*h)}
	st.FillNorm(dense.Data)
	op, err := dense.Build(autodiff.S(1, h, h))
	if kind := st.Intn(6); kind > 0 {
		op, err = inverse.Decode([]byte([]string{"",
			`{"kind":"block-average","rows":2,"cols":2}`,
			`{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`,
			`{"kind":"blur","boundary":"circular","gaussian":{"size":3,"std":1}}`,
			`{"kind":"dft","random":{"keep":0.6,"centre":1,"seed":1}}`,
			`{"kind":"inpaint","box":{"top":1,"left":1,"height":2,"width":2}}`}[kind]), autodiff.S(1, h, h))
	}
	if err != nil {
		t.Fatal(err)
	}
	noise := inverse.Gaussian{Sigma: []float64{.002, .02, .05, .2, 1}[st.Intn(5)]}
	name := fmt.Sprintf("prior %d of %dx%d, %s, sigma %g", i%4, h, h, op.Name(), noise.Sigma)
	y := make([]float64, op.OutShape().Size())
	if st.Intn(4) == 0 {
		name = fmt.Sprintf("%s and as much again for each datum", name)
		for range y {
			noise.Sigmas = append(noise.Sigmas, noise.Sigma*(1+st.Float64()))
		}
		noise.Sigma = 0
	}
	x := make([]float64, h*h)
	prior.Sample(x, st)
	op.Apply(y, x)
	noise.Sample(y, y, st)
	p := cases.Problem(prior, op, 1, y)
	if p.Likelihood, err = inverse.NewLikelihood(op, noise, y); err != nil {
		t.Fatal(err)
	}
	return p, name
}

// healthyImages are problems of image priors, so many of each.
var healthyImages = []struct {
	prior, op string
	sigma     float64
	problems  int
}{
	{"digits8", `{"kind":"block-average","rows":2,"cols":2}`, .05, 6},
	{"digits8", `{"kind":"inpaint","random":{"keep":0.3,"seed":1}}`, .05, 6},
	{"digits8", `{"kind":"dft","random":{"keep":0.3,"centre":1,"seed":1}}`, .05, 6},
	{"digits8", `{"kind":"block-average","rows":2,"cols":2}`, .2, 6},
	{"digits8", `{"kind":"block-average","rows":4,"cols":4}`, .001, 4},
	{"fashion28", `{"kind":"inpaint","box":{"top":7,"left":7,"height":14,"width":14}}`, .05, 6},
	{"fashion28", `{"kind":"block-average","rows":7,"cols":7}`, .05, 2},
}

// Runs with nothing wrong give no warnings: of 100, 64 with priors in closed form and 36 with image priors, of N = 16 samples, at
// most two have any. A truth of an image prior is a draw by the stochastic sampler. Without -long it is none of 4.
func TestHealthyRunsAreSilent(t *testing.T) {
	closed := 4
	if *long {
		closed = 64
	}
	alarms, runs := 0, 0
	check := func(name string, p *infer.Problem, seed uint64) {
		res := solveAuto(t, p, 16, seed)
		runs++
		if len(res.Warnings) > 0 {
			alarms++
			t.Logf("run %d, %s, mode %s: %q", runs, name, res.Config.(DPnP).Mode, res.Warnings)
		}
	}
	for i := range closed {
		p, name := healthyClosed(t, i)
		check(name, p, uint64(i))
	}
	for _, c := range healthyImages {
		if !*long {
			break
		}
		prior, err := zoo.Open(c.prior, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.problems {
			p, _ := imageProblem(t, prior, c.op, c.sigma, 100+i)
			check(fmt.Sprintf("%s, %s, sigma %g, problem %d", c.prior, c.op, c.sigma, i), p, uint64(i))
		}
	}
	t.Logf("%d of %d runs give a warning", alarms, runs)
	if most := 2 * runs / 100; alarms > most {
		t.Errorf("%d of %d runs give a warning, at most %d may", alarms, runs, most)
	}
}
