package evidence

import (
	"context"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/infer/dpi"
	"tweedie/infer/dpnp"
	"tweedie/infer/internal/cases"
	"tweedie/infer/reddiff"
	"tweedie/inverse"
	_ "tweedie/inverse/all"
)

// The exact evidence of the fields, by one sigma, a sigma for each datum and a covariance, is that of the closed forms' own posteriors;
// so are a mixture's, that of points, and one in other units.
func TestExact(t *testing.T) {
	same := func(name string, p *infer.Problem, want float64) {
		t.Helper()
		got, known, err := Exact(p)
		if err != nil || !known || math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
			t.Errorf("%s: log p(y) = %v, %v, %v; want %v", name, got, known, err, want)
		}
	}
	for _, l := range cases.FieldLaws {
		p, _, err := l.Problem()
		if err != nil {
			t.Fatal(err)
		}
		same(l.Name, p, ofGaussian(t, l, p))
	}
	_, _, want, two := cases.TwoModes(t)
	same("two modes", two, want)
	points, err := exact.NewEmpirical([][]float64{{0, 1}, {1, 0}, {.5, .5}}, []float64{1, 2, 3}, .1)
	if err != nil {
		t.Fatal(err)
	}
	_, want, err = points.Posterior(exact.Measure(mat.NewDense(1, 2, []float64{-2, 1.7}), []float64{.3}, .2))
	if err != nil {
		t.Fatal(err)
	}
	same("points", cases.Problem(points, two.Likelihood.Op, .2, []float64{.3}), want)
	// x = 4 m + 1: the law of m that makes x that of the two modes.
	inM, err := exact.Toy2D().Linear(mat.NewDiagDense(2, []float64{.25, .25}), []float64{-.25, -.25})
	if err != nil {
		t.Fatal(err)
	}
	units := cases.Problem(inM, two.Likelihood.Op, .2, []float64{.3})
	units.Affine = diffusion.Affine{Scale: 4, Shift: 1}
	_, _, want, _ = cases.TwoModes(t)
	same("other units", units, want)
	for name, p := range map[string]*infer.Problem{"a network": cases.Problem(cases.Isotropic(0, 1), two.Likelihood.Op, .2, []float64{.3})} {
		if _, known, err := Exact(p); known || err != nil {
			t.Errorf("%s: %v, %v", name, known, err)
		}
	}
}

// ofGaussian returns log p(y) of a law by the posterior of the field, with the noise as it was given.
func ofGaussian(t *testing.T, l cases.FieldLaw, p *infer.Problem) float64 {
	t.Helper()
	prior := p.Prior.(*exact.Gaussian)
	m := len(p.Likelihood.Y)
	noise, whole := mat.NewSymDense(m, nil), p.Likelihood
	for i := range m {
		noise.SetSym(i, i, math.Pow(whole.Noise.(inverse.Gaussian).At(i), 2))
	}
	// A covariance is whitened: log p(y) = log p(L^-1 y) - log det L, C = .05^2 .7^|i-j|, det C = .05^2m (1 - .7^2)^(m-1).
	shift := 0.0
	if l.Full {
		shift = float64(m)*math.Log(.05) + float64(m-1)*math.Log(1-.49)/2
	}
	_, nats, err := prior.Posterior(exact.Measurement{A: exact.DenseMatrix(whole.Op.(inverse.Linear)), Y: whole.Y, Noise: noise})
	if err != nil {
		t.Fatal(err)
	}
	return nats - shift
}

// network hides that a prior is a closed form.
type network struct{ diffusion.Denoiser }

// particles returns DPnP with so many particles.
func particles(n int) dpnp.DPnP {
	m := dpnp.Default()
	m.SMC.Particles = n
	return m
}

// The estimates of a Gaussian, of a mixture, and of their Bayes factors are within 4 of their own errors of the exact numbers, the errors
// at most .2, with N = 256 particles; DPI's bound of the full family by the surrogate is below the exact number but for 4 errors, and within .3 of it.
func TestEstimates(t *testing.T) {
	_, _, want, two := cases.TwoModes(t)
	wide, err := exact.NewDiagonalGaussian([]float64{0, 0}, []float64{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	other := *two
	other.Prior = wide
	bound := dpi.Default()
	bound.Family.Kind, bound.Prior.Kind = "full", "surrogate"
	m := particles(256)
	exactly, err := Compare(context.Background(), []Candidate{{"modes", two, m}, {"wide", &other, m}}, Config{Samples: 64})
	if err != nil {
		t.Fatal(err)
	}
	sampled, err := Compare(context.Background(), []Candidate{{"modes", two, m}, {"wide", &other, m}, {"bound", &other, bound}}, Config{Samples: 64, Sampled: true, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	truth := map[string]float64{}
	for _, e := range exactly.Entries {
		truth[e.Prior] = *e.Nats
		if e.By != "exact" || e.StdErr != 0 {
			t.Errorf("%+v is not exact", e)
		}
	}
	if math.Abs(truth["modes"]-want) > 1e-9 || exactly.Factors[0].For != "modes" || math.Abs(*exactly.Factors[0].Nats-(want-truth["wide"])) > 1e-9 || !strings.Contains(exactly.Verdict, "modes explains the data best") {
		t.Errorf("%+v", exactly)
	}
	truth["bound"] = truth["wide"]
	for _, e := range sampled.Entries {
		off := *e.Nats - truth[e.Prior]
		t.Logf("%s by %s: %s, exact %.4f", e.Prior, e.By, e.Text(), truth[e.Prior])
		switch {
		case e.Bound != (e.Prior == "bound"):
			t.Errorf("%s: a bound is %v", e.Prior, e.Bound)
		case e.StdErr <= 0 || e.StdErr > .2 || off > 4*e.StdErr:
			t.Errorf("%s is %.3g off with an error of %.2g", e.Prior, off, e.StdErr)
		case off < -4*e.StdErr && (!e.Bound || off < -.3):
			t.Errorf("%s is %.3g off with an error of %.2g", e.Prior, off, e.StdErr)
		}
	}
	for _, f := range sampled.Factors {
		if d := *f.Nats - (truth[f.For] - truth[f.Against]); math.Abs(d) > 4*f.StdErr+.3 || f.For == "modes" && f.Against == "wide" && math.Abs(d) > 4*f.StdErr {
			t.Errorf("the factor of %s over %s is %.3g off with an error of %.2g", f.For, f.Against, d, f.StdErr)
		}
		want := About
		if f.For == "bound" {
			want = AtLeast
		} else if f.Against == "bound" {
			want = AtMost
		}
		if f.Sense != want {
			t.Errorf("the factor of %s over %s is %q; want %q", f.For, f.Against, f.Sense, want)
		}
	}
}

// Where there is no evidence, and where two numbers cannot be compared, the report says why and gives none.
func TestNone(t *testing.T) {
	_, _, _, two := cases.TwoModes(t)
	hidden := *two
	hidden.Prior, hidden.Std, hidden.Range = network{two.Prior}, .5, [2]float64{0, 1}
	others := hidden
	others.Range = [2]float64{-1, 1}
	one := dpnp.Default()
	one.SMC.Particles, one.SMC.Islands = 32, 1
	bound := dpi.Default()
	bound.Steps, bound.Family.Kind, bound.Prior.Kind = 20, "full", "exact"
	r, err := Compare(context.Background(), []Candidate{{"a mode", two, reddiff.Default()}, {"one island", two, one}, {"exact bound", two, bound}, {"again", two, bound}}, Config{Samples: 4, Sampled: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a mode: none, because red-diff made no estimate of it", "one island: none, because the particles form one island", "exact bound: at least", "again: at least"} {
		found := false
		for _, e := range r.Entries {
			found = found || strings.HasPrefix(e.Prior+": "+e.Text(), want)
		}
		if !found {
			t.Errorf("no entry %q in %+v", want, r.Entries)
		}
	}
	for _, f := range r.Factors {
		if f.Nats != nil || f.Why == "" {
			t.Errorf("a factor %+v", f)
		}
	}
	if !strings.Contains(r.Verdict, "can be compared with no other") {
		t.Errorf("verdict %q", r.Verdict)
	}
	m := particles(64)
	r, err = Compare(context.Background(), []Candidate{{"0 to 1", &hidden, m}, {"-1 to 1", &others, m}, {"closed", two, m}}, Config{Samples: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Factors {
		closed := f.For == "closed" || f.Against == "closed"
		if (f.Nats == nil) == closed {
			t.Errorf("factor %+v; %+v", f, r.Entries)
		}
	}
}

// What cannot be compared is refused.
func TestRefused(t *testing.T) {
	_, _, _, two := cases.TwoModes(t)
	ring, _, _ := cases.Ring(t)
	other := cases.Problem(two.Prior, two.Likelihood.Op, .2, []float64{.4})
	bad := *two
	bad.Shape = autodiff.S(3)
	m := dpnp.Default()
	for want, c := range map[string]struct {
		list    []Candidate
		samples int
	}{
		"the number of priors is 0": {nil, 4},
		"samples is 0":              {[]Candidate{{"a", two, m}}, 0},
		"evidence: priors: a has images [1,1,2], and b [16]; only priors of one shape": {[]Candidate{{"a", two, m}, {"b", ring, m}}, 4},
		"a and b see different measurements":                                           {[]Candidate{{"a", two, m}, {"b", other, m}}, 4},
		"priors: a is there twice":                                                     {[]Candidate{{"a", two, m}, {"a", two, m}}, 4},
		"evidence of a: infer: the operator dense takes images":                        {[]Candidate{{"a", &bad, m}}, 4},
	} {
		r, err := Compare(context.Background(), c.list, Config{Samples: c.samples})
		if r != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v; want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compare(ctx, []Candidate{{"a", two, m}}, Config{Samples: 4, Sampled: true}); err == nil {
		t.Error("a comparison goes on after its context")
	}
}
