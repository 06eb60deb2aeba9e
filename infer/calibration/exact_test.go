package calibration

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/internal/cases"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
	"tweedie/rng"
)

var long = flag.Bool("long", false, "also run the checks that take minutes")

// field returns averages over 2x2 of a Gaussian field of 8x8 pixels, its deviation scaled, with noise .05.
func field(t testing.TB, scale float64) *infer.Problem {
	t.Helper()
	prior, err := exact.NewField(make([]float64, 64), exact.Kernel{Name: "exponential", Variance: .25 * scale * scale, Length: 2, Nugget: .0025 * scale * scale}, []int{1, 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	return measured(t, prior, .05)
}

// measured returns averages over 2x2 of 8x8 pixels with noise sigma.
func measured(t testing.TB, prior diffusion.Denoiser, sigma float64) *infer.Problem {
	t.Helper()
	op, err := inverse.Decode([]byte(`{"kind":"block-average","rows":2,"cols":2}`), autodiff.S(1, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	p := cases.Problem(prior, op, sigma, make([]float64, 16))
	p.Std, p.Range = .5, [2]float64{-1, 1}
	return p
}

// oracle is a method that draws from the exact posterior of the field, and then spoils the draws.
type oracle struct {
	Scale float64 `json:"scale"` // of the deviations from the posterior's mean
	Shift float64 `json:"shift"` // in posterior deviations of each pixel
	Prior bool    `json:"prior"` // draw from the prior instead
	Twice bool    `json:"twice"` // give every draw twice
	Few   int     `json:"few"`   // how many draws differ; 0 for all
	posts map[bool]*exact.Gaussian
	gain  *mat.Dense // of the posterior's mean, from the data
	fails *int       // the number of solves after which it fails; nil for never
}

// newOracle returns the method that draws exactly.
func newOracle(t testing.TB, p *infer.Problem) oracle {
	t.Helper()
	g, m := p.Prior.(*exact.Gaussian), len(p.Likelihood.Y)
	o := oracle{Scale: 1, gain: mat.NewDense(g.Dim(), m, nil), posts: map[bool]*exact.Gaussian{true: g}}
	y := make([]float64, m)
	posterior := func() *exact.Gaussian {
		post, _, err := g.Posterior(exact.Measure(exact.DenseMatrix(p.Likelihood.Op.(inverse.Linear)), y, p.Likelihood.Noise.(inverse.Gaussian).Sigma))
		if err != nil {
			t.Fatal(err)
		}
		return post
	}
	for i := range y {
		y[i] = 1
		o.gain.SetCol(i, posterior().Mean())
		y[i] = 0
	}
	o.posts[false] = posterior()
	return o
}

func (oracle) Name() string    { return "oracle" }
func (oracle) Validate() error { return nil }

func (o oracle) Solve(_ context.Context, p *infer.Problem, run infer.Run) (*infer.Result, error) {
	if o.fails != nil {
		if *o.fails--; *o.fails < 0 {
			return nil, context.Canceled
		}
	}
	var mean mat.VecDense
	mean.MulVec(o.gain, mat.NewVecDense(len(p.Likelihood.Y), p.Likelihood.Y))
	if o.Prior {
		mean.Zero()
	}
	law := o.posts[o.Prior]
	res := &infer.Result{Method: o.Name(), Seed: run.Seed, Spread: infer.PosteriorSpread, Evaluations: int64(run.Samples)}
	cov, st := law.Cov(), rng.New(run.Seed).Stream()
	for i := range run.Samples {
		x := make([]float64, law.Dim())
		law.Sample(x, st)
		if o.Twice && i%2 == 1 || o.Few > 0 && i >= o.Few {
			copy(x, res.Samples[i-1])
		} else {
			for j := range x {
				x[j] = mean.AtVec(j) + o.Scale*x[j] + o.Shift*math.Sqrt(cov.At(j, j))
			}
		}
		res.Samples = append(res.Samples, x)
	}
	res.Summarise()
	return res, nil
}

// calibrated runs a calibration.
func calibrated(t testing.TB, m infer.Method, p *infer.Problem, c Config) *Report {
	t.Helper()
	rep, err := Run(context.Background(), m, p, c)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// failed returns the names of the tests that failed.
func failed(rep *Report) (names []string) {
	for _, v := range rep.Verdicts {
		if v.State == infer.Failed {
			names = append(names, fmt.Sprintf("%s: %.3g +- %.2g", v.Name, v.Value, v.StdErr))
		}
	}
	return names
}

// Exact draws pass; draws that are shifted by .2 posterior deviations, or whose spread is 20% short or wide, fail at N = 100 problems, as do
// draws of the prior, by the log-likelihood.
func TestExactDraws(t *testing.T) {
	p := field(t, 1)
	for name, c := range map[string]struct {
		spoil func(o *oracle)
		want  []string // tests that must fail; nil for none at all
	}{
		"exact":       {func(*oracle) {}, nil},
		"given twice": {func(o *oracle) { o.Twice = true }, nil},
		"bias":        {func(o *oracle) { o.Shift = .2 }, []string{testRank}},
		"short":       {func(o *oracle) { o.Scale = .8 }, []string{testSpread, coverageTest(90)}},
		"wide":        {func(o *oracle) { o.Scale = 1.2 }, []string{testSpread, coverageTest(90), testChi}},
		"prior":       {func(o *oracle) { o.Prior = true }, []string{testChi, testLikelihood, "ranks by " + nameLikelihood}},
	} {
		m := newOracle(t, p)
		c.spoil(&m)
		rep := calibrated(t, m, p, Default())
		got := failed(rep)
		t.Logf("%s: %s; %q", name, rep.Verdict, got)
		if rep.Calibrated != (c.want == nil) || (rep.Err() == nil) != rep.Calibrated {
			t.Errorf("%s: calibrated is %v, failed %q", name, rep.Calibrated, got)
		}
		for _, want := range c.want {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("%s: the test %q did not fail", name, want)
			}
		}
		if name == "prior" {
			for _, g := range got {
				if !strings.Contains(g, "likelihood") && !strings.Contains(g, "chi²") {
					t.Errorf("draws of the prior fail the test %q", g)
				}
			}
		}
	}
}

// Exact draws fail so often as the tests say: 40 runs of 24 problems at most 3 times, and 1,000 with -long at most 1% of them and 4
// standard errors.
func TestFalseAlarms(t *testing.T) {
	runs, most := 40, 3
	if *long {
		runs, most = 1000, 22
	}
	p, alarms := field(t, 1), 0
	m := newOracle(t, p)
	c := Default()
	c.Problems, c.Samples = 24, 31
	for i := range runs {
		c.Seed = uint64(i)
		if rep := calibrated(t, m, p, c); !rep.Calibrated {
			alarms++
			t.Logf("seed %d: %q", i, failed(rep))
		}
	}
	t.Logf("%d of %d runs of exact draws failed", alarms, runs)
	if alarms > most {
		t.Errorf("%d of %d runs of exact draws failed; %d may", alarms, runs, most)
	}
}

// The corrected level of intervals whose spread is 20% short is that of intervals of right draws: for 90% of a normal law
// 2 Phi(1.645/.8) - 1 = .9602, and for none where the draws do not reach so far.
func TestRecalibrated(t *testing.T) {
	p := field(t, 1)
	m := newOracle(t, p)
	m.Scale = .8
	c := Default()
	c.Samples = 255
	rep := calibrated(t, m, p, c)
	for _, r := range rep.Recalibrated {
		z := distuv.UnitNormal.Quantile((1+r.Coverage)/2) / .8
		want := 2*distuv.UnitNormal.CDF(z) - 1
		t.Logf("%g: %.4f +- %.4f, exact %.4f", r.Coverage, *r.Level, r.StdErr, want)
		if math.Abs(*r.Level-want) > 4*r.StdErr+.002 || r.StdErr > .02 || r.Draws < int(2/(1-*r.Level))-1 {
			t.Errorf("to hold %g take %g +- %g with %d draws; exact %g", r.Coverage, *r.Level, r.StdErr, r.Draws, want)
		}
	}
	m.Scale = .1
	if rep = calibrated(t, m, p, short()); rep.Recalibrated[3].Level != nil || rep.Recalibrated[0].Level != nil {
		t.Errorf("intervals of a tenth of the length are recalibrated: %+v", rep.Recalibrated)
	}
}
