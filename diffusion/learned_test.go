package diffusion

import (
	"context"
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TestLearnedRange compares one step's mean and variance with guided-diffusion's p_mean_variance (float32), the
// network's output going through LearnedVariance.
func TestLearnedRange(t *testing.T) {
	read := func(name string) []float64 { return fixture(t, "schedules/pmv_ddim100_"+name) }
	x, out, index := read("x"), read("model_output"), read("t_index")
	mean, variance, logvar, x0 := read("mean"), read("variance"), read("log_variance"), read("pred_xstart")
	c := DefaultDDPM()
	c.Respacing, c.Variance = "ddim100", LearnedRange
	p := build(t, c)
	batch := len(index)
	n := len(x) / batch
	ch := 2
	side := 4
	if n != ch*side*side || len(out) != 2*len(x) {
		t.Fatalf("%d samples of %d elements", batch, n)
	}
	u, sigma := make([]float64, len(x)), make([]float64, batch)
	for b := range sigma {
		i := int(index[b])
		sigma[b] = p.Ratio(i)
		scale(u[b*n:(b+1)*n], x[b*n:(b+1)*n], 1/math.Sqrt(p.AlphaBar[i]))
	}
	net := NetworkFunc(func(s *autodiff.Scope, in autodiff.Var, label []float64) autodiff.Var {
		got := make([]float64, len(x))
		in.CopyTo64(got)
		for k := range x {
			within(t, "network input", got[k], x[k], 1e-6)
		}
		for b := range label {
			within(t, "label", label[b], float64(p.Timestep[int(index[b])]), 0)
		}
		return s.Const64(autodiff.S(batch, 2*ch, side, side), out)
	})
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	den := LearnedVariance{net, Eps{p}, ch}
	dv, vv := den.DenoiseVariance(s, s.Const64(autodiff.S(batch, ch, side, side), u), sigma)
	d, v, z := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	dv.CopyTo64(d)
	vv.CopyTo64(v)
	clip(d, 1)
	got := append([]float64(nil), x...)
	for b := range sigma {
		lo, hi, i := b*n, (b+1)*n, int(index[b])
		p.step(i, got[lo:hi], d[lo:hi], v[lo:hi], z[lo:hi])
		for k := lo; k < hi; k++ {
			within(t, "x0", d[k], x0[k], 2e-5)
			within(t, "mean", got[k], mean[k], 2e-6*(1+math.Abs(mean[k])))
			within(t, "log variance", p.LogVariance(i, v[k]), logvar[k], 2e-6*(1+math.Abs(logvar[k])))
			near(t, "variance", math.Exp(p.LogVariance(i, v[k])), variance[k], 2e-5)
		}
	}
}

// TestVariances: the fixed variances are beta~ and beta, entry 0 of both held at beta~_1; v = -1 and 1 reach them.
func TestVariances(t *testing.T) {
	c := DefaultDDPM()
	small := build(t, c)
	c.Variance = FixedLarge
	large := build(t, c)
	c.Variance = LearnedRange
	learned := build(t, c)
	for i := range small.Beta {
		want := math.Log(small.PosteriorVar[max(i, 1)])
		within(t, "small", small.LogVariance(i, 0), want, 1e-12)
		within(t, "learned, v = -1", learned.LogVariance(i, -1), want, 1e-12)
		if i > 0 {
			want = math.Log(small.Beta[i])
		}
		within(t, "large", large.LogVariance(i, 0), want, 1e-12)
		within(t, "learned, v = 1", learned.LogVariance(i, 1), math.Log(small.Beta[i]), 1e-12)
	}
}

func TestSamplerErrors(t *testing.T) {
	ctx := context.Background()
	g := must(NewDiagonalGaussian(repeat(0, 4), repeat(1, 4)))
	ok := Job{Shape: autodiff.S(4), Keys: []rng.Key{rng.New(1)}}
	fail := func(want string, s Sampler, d Denoiser, j Job) {
		t.Helper()
		if _, err := s.Sample(ctx, d, j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %q", err, want)
		}
	}
	h := DefaultHeun()
	fail("shape", h, g, Job{Shape: autodiff.S(0), Keys: ok.Keys})
	fail("start", h, g, Job{Shape: ok.Shape, Keys: ok.Keys, Start: repeat(0, 3)})
	fail("batch", h, g, Job{Shape: ok.Shape, Keys: ok.Keys, Batch: -1})
	fail("4 elements", h, g, Job{Shape: autodiff.S(5), Keys: ok.Keys})
	learned := DefaultAncestral()
	learned.Process.Variance = LearnedRange
	fail("DenoiseVariance", learned, g, ok)
	nan := DenoiserFunc(func(s *autodiff.Scope, u autodiff.Var, _ []float64) autodiff.Var { return s.Scale(u, math.NaN()) })
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
		if _, err := DecodeSampler([]byte(data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not name %q", data, err, want)
		}
	}
	for _, s := range Samplers() {
		data, err := EncodeSampler(s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeSampler(data); err != nil || back != s {
			t.Errorf("%s came back as %v, %v", data, back, err)
		}
	}
}

// TestSamplerStart: a given start replaces the draw and nothing else.
func TestSamplerStart(t *testing.T) {
	g := must(NewDiagonalGaussian(repeat(0, 4), repeat(.25, 4)))
	job := Job{Shape: autodiff.S(4), Keys: []rng.Key{rng.New(1)}, DType: autodiff.F64}
	free, err := DefaultHeun().Sample(context.Background(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	job.Start = make([]float64, 4)
	rng.New(1).Stream().FillNorm(job.Start)
	scale(job.Start, job.Start, 80)
	given, err := DefaultHeun().Sample(context.Background(), g, job)
	if err != nil {
		t.Fatal(err)
	}
	for i := range free.X {
		if free.X[i] != given.X[i] {
			t.Errorf("%g and %g", free.X[i], given.X[i])
		}
	}
}

// TestClip: a clipped sampler ends inside the range although the prior does not.
func TestClip(t *testing.T) {
	g := must(NewDiagonalGaussian(repeat(0, 100), repeat(4, 100)))
	d := DefaultDDIM()
	d.Clip = 1
	res, err := d.Sample(context.Background(), g, Job{Shape: autodiff.S(100), Keys: []rng.Key{rng.New(1)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range res.X {
		if math.Abs(x) > 1 {
			t.Fatalf("%g", x)
		}
	}
}
