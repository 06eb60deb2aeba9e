package denoisingdiffusion_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/denoisingdiffusion"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/prior"
)

func open(t *testing.T, name string) *checkpoints.File {
	t.Helper()
	f, err := checkpoints.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// array is a tensor of a golden.
func array(t *testing.T, f *checkpoints.File, name string) ([]float64, autodiff.Shape) {
	t.Helper()
	x, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	v, err := x.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, autodiff.S(x.Shape...)
}

// cases are files of testdata; see its README.md.
var cases = []struct {
	name, file, kind string
	raw              bool
	step             int64
}{
	{name: "wrapped", file: "wrapped.pt", kind: "v"},
	{name: "trainer", file: "trainer.pt", kind: "eps", step: 3},
	{name: "trainer_raw", file: "trainer.pt", kind: "eps", raw: true, step: 3},
	{name: "ema", file: "ema.pt", kind: "x0"},
	{name: "learned", file: "learned.pt"},
	{name: "selfcond", file: "selfcond.pt"},
}

// TestGolden compares the networks with the authors' code and, where the file has the process, the priors with the image that the
// code predicts: at x_t = sqrt(abar) u, of noise level sqrt(1/abar - 1).
func TestGolden(t *testing.T) {
	for _, k := range cases {
		f, g := open(t, k.file), open(t, k.name+".golden.safetensors")
		x, shape := array(t, g, "x")
		times, _ := array(t, g, "t")
		want, _ := array(t, g, "out")
		source := families.Source{Raw: k.raw}
		net, err := families.Load(f, source)
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		if err := net.Check(shape, times, families.Labels{}); err != nil {
			t.Error(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		d := nettest.Apart(testkit.Values(net.Forward(s, s.Const64(shape, x), times, families.Labels{})), want)
		if t.Logf("%s: %.1e", k.name, d); !(d <= 2e-5) {
			t.Errorf("%s: %g off, want 2e-5", k.name, d)
		}
		if step, averaged := families.StateOf(f, source); step != k.step || averaged != (k.name == "trainer" || k.name == "ema") {
			t.Errorf("%s: step %d, averaged %v", k.name, step, averaged)
		}
		if k.kind == "" {
			s.Close()
			continue
		}
		p, err := prior.FromFile(k.name, f, prior.Options{Extents: []int{8, 12}, Raw: k.raw})
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		process, err := diffusion.DecodeDDPM(p.Spec.Predict.Schedule)
		if err != nil || p.Spec.Predict.Kind != k.kind || p.Spec.Affine.ToPhysical(-1) != 0 {
			t.Errorf("%s: %v, %+v", k.name, err, p.Spec)
		}
		tables, err := process.Build()
		if err != nil {
			t.Fatal(err)
		}
		x0, _ := array(t, g, "x0")
		sigma, per := make([]float64, len(times)), shape.Size()/shape.Dim(0)
		for i, v := range times {
			abar := tables.AlphaBar[int(v)]
			sigma[i] = math.Sqrt(1/abar - 1)
			for j := range per {
				x[i*per+j] /= math.Sqrt(abar)
			}
		}
		d = nettest.Apart(testkit.Values(p.Denoiser.Denoise(s, s.Const64(shape, x), sigma)), x0)
		if t.Logf("%s: as a prior %.1e", k.name, d); !(d <= 2e-5) {
			t.Errorf("%s: as a prior %g off, want 2e-5", k.name, d)
		}
		s.Close()
	}
}

// What a file does not say is asked for, and what is wrong is named.
func TestReadErrors(t *testing.T) {
	size := families.PriorOptions{High: 1, Extents: []int{8, 8}}
	linear := size
	linear.Schedule = "linear"
	changed := func(file, name string, change func(v []float64) []float64) *checkpoints.File {
		f, g := open(t, file), &checkpoints.File{}
		for _, x := range f.Tensors() {
			if v, err := x.Float64s(); err == nil && x.Name == name {
				if v = change(v); v == nil {
					continue
				}
				x = checkpoints.FromFloat64(name, x.Shape, v)
			}
			if err := g.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		return g
	}
	scaled := func(by float64) func(v []float64) []float64 {
		return func(v []float64) []float64 {
			for i := range v {
				v[i] *= by
			}
			return v
		}
	}
	gone := func([]float64) []float64 { return nil }
	for want, k := range map[string]struct {
		f      *checkpoints.File
		config string
		o      families.PriorOptions
	}{
		"what the network predicts":        {f: open(t, "learned.pt"), o: linear},
		"give the schedule":                {f: open(t, "learned.pt"), o: size, config: `{"objective":"pred_noise"}`},
		"objective is \"noise\"":           {f: open(t, "learned.pt"), o: linear, config: `{"objective":"noise"}`},
		"tells the extents":                {f: open(t, "wrapped.pt"), o: families.PriorOptions{High: 1}},
		"multiples of 2":                   {f: open(t, "wrapped.pt"), o: families.PriorOptions{High: 1}, config: `{"image_size":7}`},
		"the network has no classes":       {f: open(t, "wrapped.pt"), o: families.PriorOptions{High: 1, Extents: []int{8, 8}, Class: new(int)}},
		"depth is unknown":                 {f: open(t, "wrapped.pt"), o: size, config: `{"depth":1}`},
		"the product of 1 - betas":         {f: changed("wrapped.pt", "betas", scaled(.9)), o: size},
		"none of the objectives":           {f: changed("wrapped.pt", "loss_weight", scaled(.9)), o: size},
		"not RMSNorm":                      {f: changed("wrapped.pt", "model.downs.0.0.block1.norm.g", gone), o: size},
		`"final_conv.weight" is miss`:      {f: changed("wrapped.pt", "model.final_conv.weight", gone), o: size},
		`missing  "mid_attn.norm.g"`:       {f: changed("wrapped.pt", "model.mid_attn.norm.g", gone), o: size},
		"sinusoidal_pos_emb_theta is 0.5;": {f: open(t, "wrapped.pt"), o: size, config: `{"theta":0.5}`},
	} {
		if _, _, _, err := families.Describe(k.f, families.Source{Config: k.config}, k.o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	_, _, spec, err := families.Describe(open(t, "learned.pt"), families.Source{Config: `{"objective":"pred_x0","image_size":8,"auto_normalize":false}`}, families.PriorOptions{High: 1, Schedule: "cosine"})
	if err != nil || spec.Predict.Kind != "x0" || spec.Affine.ToPhysical(0) != 0 || !strings.Contains(string(spec.Predict.Schedule), diffusion.LearnedRange) {
		t.Errorf("%+v, %v", spec, err)
	}
	if family, at, err := families.Recognise(open(t, "trainer.pt"), ""); family != denoisingdiffusion.Name || at != "ema.ema_model.model." || err != nil {
		t.Errorf("%s at %s, %v", family, at, err)
	}
}
