package diffusion_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"tweedie/autodiff"
	"tweedie/diffusion"
	"tweedie/diffusion/exact"
	"tweedie/diffusion/internal/numtest"
	"tweedie/rng"

	"gonum.org/v1/gonum/floats"
)

func TestSamplerErrors(t *testing.T) {
	ctx := context.Background()
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 4), numtest.Repeat(1, 4)))
	ok := diffusion.Job{Shape: autodiff.S(4), Keys: []rng.Key{rng.New(1)}}
	fail := func(want string, s diffusion.Sampler, d diffusion.Denoiser, j diffusion.Job) {
		t.Helper()
		if _, err := s.Sample(ctx, d, j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
	h := diffusion.DefaultHeun()
	fail("shape", h, g, diffusion.Job{Shape: autodiff.S(0), Keys: ok.Keys})
	fail("start", h, g, diffusion.Job{Shape: ok.Shape, Keys: ok.Keys, Start: numtest.Repeat(0, 3)})
	fail("batch", h, g, diffusion.Job{Shape: ok.Shape, Keys: ok.Keys, Batch: -1})
	fail("4 elements", h, g, diffusion.Job{Shape: autodiff.S(5), Keys: ok.Keys})
	learned := diffusion.DefaultAncestral()
	learned.Process.Variance = diffusion.LearnedRange
	fail("DenoiseVariance", learned, g, ok)
	nan := diffusion.DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, _ []float64) autodiff.Var { return s.Scale(u, math.NaN()) })
	fail("NaN in pixel 0 of sample 0", h, nan, ok)
	for data, want := range map[string]string{
		`{"kind": "heun", "steps": 1}`:                                      "steps",
		`{"kind": "heun", "order": 3}`:                                      "order",
		`{"kind": "heun", "sigma_min": 0}`:                                  "sigma_min",
		`{"kind": "heun", "sigma_max": 0}`:                                  "sigma_max",
		`{"kind": "heun", "rho": 0}`:                                        "rho",
		`{"kind": "heun", "churn": -1}`:                                     "churn",
		`{"kind": "heun", "churn": 1, "churn_noise": 0}`:                    "churn_noise",
		`{"kind": "heun", "churn": 1, "churn_min": -1}`:                     "churn_min",
		`{"kind": "dpm-solver++", "order": 4}`:                              "order",
		`{"kind": "dpm-solver++", "steps": 1}`:                              "steps",
		`{"kind": "dpm-solver++", "sigma_min": 90}`:                         "sigma_max",
		`{"kind": "unipc", "order": 0}`:                                     "order",
		`{"kind": "unipc", "variant": "b3"}`:                                "variant",
		`{"kind": "unipc", "grid": "linear"}`:                               "grid",
		`{"kind": "ddim", "eta": 2}`:                                        "eta",
		`{"kind": "ddim", "clip": -1}`:                                      "clip",
		`{"kind": "ancestral", "process": {"steps": 0}}`:                    "steps",
		`{"kind": "ancestral", "process": {"stepps": 9}}`:                   "stepps",
		`{"kind": "euler-maruyama", "t0": 0}`:                               "t0",
		`{"kind": "euler-maruyama", "steps": 0}`:                            "steps",
		`{"kind": "euler-maruyama", "schedule": null}`:                      "schedule",
		`{"kind": "euler-maruyama", "schedule": {"kind": "vp", "beta": 1}}`: "beta",
		`{"kind": "flow", "grid": "log"}`:                                   "grid",
		`{"kind": "flow", "order": 4}`:                                      "order",
		`{"kind": "langevin"}`:                                              "ancestral",
	} {
		if _, err := diffusion.DecodeSampler([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not name %q", data, err, want)
		}
	}
	for _, s := range diffusion.Samplers() {
		data, err := diffusion.EncodeSampler(s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := diffusion.DecodeSampler(data); err != nil || back != s {
			t.Errorf("%s came back as %v, %v", data, back, err)
		}
	}
}

// TestSamplerStart checks that a given start replaces the draw and nothing else.
func TestSamplerStart(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 4), numtest.Repeat(.25, 4)))
	job := diffusion.Job{Shape: autodiff.S(4), Keys: []rng.Key{rng.New(1)}, DType: autodiff.F64}
	free, err := diffusion.DefaultHeun().Sample(context.Background(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	job.Start = make([]float64, 4)
	rng.New(1).Stream().FillNorm(job.Start)
	floats.Scale(80, job.Start)
	given, err := diffusion.DefaultHeun().Sample(context.Background(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	for i := range free.X {
		if free.X[i] != given.X[i] {
			t.Errorf("%g and %g", free.X[i], given.X[i])
		}
	}
}

// TestClip checks that a clipped sampler ends inside the range although the prior reaches beyond.
func TestClip(t *testing.T) {
	g := numtest.Must(exact.NewDiagonalGaussian(numtest.Repeat(0, 100), numtest.Repeat(4, 100)))
	d := diffusion.DefaultDDIM()
	d.Clip = 1
	res, err := d.Sample(context.Background(), g, diffusion.Job{Shape: autodiff.S(100), Keys: []rng.Key{rng.New(1)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range res.X {
		if math.Abs(x) > 1 {
			t.Fatalf("%g", x)
		}
	}
}
