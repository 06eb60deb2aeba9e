package adm_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/families/adm"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// original is a network of guided diffusion as it was saved; see testdata/README.md.
func original(t *testing.T, name string) (*checkpoints.File, adm.Config) {
	t.Helper()
	dir := filepath.Join("testdata", name)
	f, err := checkpoints.Open(filepath.Join(dir, "checkpoint.pt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := adm.Configure(f, "", string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f, c
}

func numbers(t *testing.T, name, file string) ([]float64, []int) {
	t.Helper()
	a, err := checkpoints.ReadArray(filepath.Join("testdata", name, file+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, a.Shape
}

// TestVPWrapper: a denoiser of PnP-DM, the noise predicted on beta from 0.1 to 20 in continuous time with labels 999 t.
func TestVPWrapper(t *testing.T) {
	const name = "ffhq_style"
	f, c := original(t, name)
	net, err := adm.Load(f, "", c, false)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := adm.Describe(c, []int{16, 16}, diffusion.DefaultDDPM(), nil, -1, 1)
	if err != nil {
		t.Fatal(err)
	}
	spec.Predict.Schedule = json.RawMessage(`{"kind":"vp","beta0":0.1,"beta1":20}`)
	u, shape := numbers(t, name, "vp_x")
	sigma, _ := numbers(t, name, "vp_sigma")
	want, _ := numbers(t, name, "vp_denoised")
	label, _ := numbers(t, name, "vp_c_noise")
	p, err := spec.Predict.Preconditioning(0)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sigma {
		if got := p.Coefs(s).Label; math.Abs(got-label[i]) > 1e-6*label[i] {
			t.Errorf("sigma %g: label %v, want %v", s, got, label[i])
		}
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	got, off, top := make([]float64, len(u)), 0.0, 0.0
	spec.Denoiser(net).Denoise(s, s.Const64(autodiff.S(shape...), u), sigma).CopyTo64(got)
	for i, w := range want {
		off, top = max(off, math.Abs(got[i]-w)), max(top, math.Abs(w))
	}
	if t.Logf("%.1e", off/top); !(off <= 2e-5*top) {
		t.Errorf("denoised images are %g off", off/top)
	}
}

// TestDiscretePrediction: at the noise level of step i of the schedule, D = u - r eps(u/sqrt(1+r^2), i), with the first
// half of the output, and the class, of the network in the file.
func TestDiscretePrediction(t *testing.T) {
	for _, betas := range []string{"linear", "cosine"} {
		for _, name := range []string{"classcond_neworder", "convresample_fp16", "ffhq_style"} {
			f, c := original(t, name)
			net, err := adm.Load(f, "", c, false)
			if err != nil {
				t.Fatal(err)
			}
			steps := diffusion.DefaultDDPM()
			steps.Betas = betas
			var class *int
			var classes []int
			if c.NumClasses > 0 {
				k := 5
				class, classes = &k, []int{k, k}
			}
			spec, err := adm.Describe(c, []int{8, 8}, steps, class, 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			table, err := steps.Build()
			if err != nil {
				t.Fatal(err)
			}
			const i = 300
			r := table.Ratio(i)
			u, want := make([]float64, 2*3*64), make([]float64, 2*3*64)
			rng.New(1).Stream().FillNorm(u)
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			v := s.Const64(autodiff.S(2, 3, 8, 8), u)
			eps := net.ForwardClass(s, s.Scale(v, 1/math.Hypot(1, r)), []float64{i, i}, classes)
			s.Sub(v, s.Scale(s.Slice(eps, 1, 0, 3), r)).CopyTo64(want)
			p := reopened(t, spec, net)
			got := make([]float64, len(u))
			p.Denoiser.Denoise(s, v, []float64{r, r}).CopyTo64(got)
			s.Close()
			for k, w := range want {
				if math.Abs(got[k]-w) > 1e-5*(1+math.Abs(w)) {
					t.Fatalf("%s %s: value %d is %v, want %v", name, betas, k, got[k], w)
				}
			}
		}
	}
}

// reopened is the prior that a native file of net gives.
func reopened(t *testing.T, spec families.Spec, net families.Network) *prior.Prior {
	t.Helper()
	info, err := prior.Info("unet", spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &checkpoints.File{}
	if err := errors.Join(f.SetInfo(info), f.AddParams("", net.Params())); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "native.safetensors")
	if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	p, err := zoo.Open(path, prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A native file tells its configuration, and so does one with the tensors of a published network; others say what is
// open.
func TestConfigADM(t *testing.T) {
	f, c := original(t, "ffhq_style")
	if _, err := adm.Configure(f, "", ""); !errors.Is(err, families.ErrOpen) || !strings.Contains(err.Error(), "num_heads") {
		t.Errorf("error %v", err)
	}
	if got, err := adm.Configure(f, "", "ffhq_10m"); err != nil || got.ModelChannels != 128 {
		t.Errorf("preset: %v, %v", got, err)
	}
	if _, err := adm.Configure(f, "", `{"unet":{"chanels":3}}`); err == nil || !strings.Contains(err.Error(), "chanels") {
		t.Errorf("error %v", err)
	}
	spec, err := adm.Describe(c, []int{16, 16}, diffusion.DefaultDDPM(), nil, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	info, err := prior.Info("unet", spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	native := &checkpoints.File{}
	if err := errors.Join(native.SetInfo(info), native.Add(f.Tensors()...)); err != nil {
		t.Fatal(err)
	}
	if got, err := adm.Configure(native, "", ""); err != nil || got.Hash() != c.Hash() {
		t.Errorf("%v, %v", got, err)
	}
}

// Networks are found below any prefix; of several, the averaged one.
func TestRecognise(t *testing.T) {
	whole, _ := original(t, "ffhq_style")
	file := func(prefixes ...string) *checkpoints.File {
		f := &checkpoints.File{}
		for _, p := range prefixes {
			for _, x := range whole.Tensors() {
				c := *x
				c.Name = p + c.Name
				if err := f.Add(&c); err != nil {
					t.Fatal(err)
				}
			}
		}
		return f
	}
	for _, c := range []struct {
		prefixes     []string
		given, found string
		want         string // in the error
	}{
		{[]string{""}, "", "", ""},
		{[]string{"module."}, "", "module.", ""},
		{[]string{"model.", "ema."}, "", "ema.", ""},
		{[]string{"model.", "ema."}, "model.", "model.", ""},
		{[]string{"a.", "b."}, "", "", `2 networks of family adm, at the prefixes "a.", "b."; name one`},
		{[]string{"a."}, "c.", "", `prefix "c."`},
		{[]string{"x"}, "", "", "no family"},
	} {
		family, prefix, err := families.Recognise(file(c.prefixes...), c.given)
		if c.want == "" && (err != nil || family != adm.Name || prefix != c.found) {
			t.Errorf("%q: %q %q %v", c.prefixes, family, prefix, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: error %v does not say %q", c.prefixes, err, c.want)
		}
	}
	if !slices.Contains(families.Readable(), adm.Name) {
		t.Error("networks of guided diffusion cannot be built")
	}
}

// Each kind of prediction has its preconditioning: with F as the truth predicts it, D is x_0. Wrong ones are named.
func TestPrediction(t *testing.T) {
	const x0, n = .7, -1.3
	for _, schedule := range []string{`{"kind":"ddpm"}`, `{"kind":"vp","beta0":0.1,"beta1":20}`} {
		for kind, f := range map[string]func(a, s float64) float64{
			"eps":   func(a, s float64) float64 { return n },
			"v":     func(a, s float64) float64 { return a*n - s*x0 },
			"x0":    func(a, s float64) float64 { return x0 },
			"score": func(a, s float64) float64 { return -n / s },
		} {
			p := families.Prediction{Kind: kind, Schedule: json.RawMessage(schedule)}
			prec, err := p.Preconditioning(0)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range []float64{.02, 1, 50} {
				a := 1 / math.Hypot(1, r)
				c := prec.Coefs(r)
				if d := c.DSkip*(x0+r*n) + c.DOut*f(a, a*r); math.Abs(d-x0) > 1e-9*r*r+1e-9 {
					t.Errorf("%s on %s at %g: D = %v", kind, schedule, r, d)
				}
			}
		}
	}
	for want, p := range map[string]families.Prediction{
		"none of edm, eps":                     {Kind: "epsilon", Schedule: json.RawMessage(`{"kind":"ddpm"}`)},
		"needs a schedule":                     {Kind: "eps"},
		"neither schedule":                     {LabelScale: 3},
		"it must lie between 2 and 1000000":    {Kind: "eps", Schedule: json.RawMessage(`{"kind":"ddpm","steps":2000000}`)},
		"betas":                                {Kind: "eps", Schedule: json.RawMessage(`{"kind":"ddpm","betas":"square"}`)},
		"has rescale":                          {Kind: "eps", Schedule: json.RawMessage(`{"kind":"ddpm"}`), LabelScale: 2},
		`kind is "triangle", which is none of`: {Kind: "eps", Schedule: json.RawMessage(`{"kind":"triangle"}`)},
	} {
		if _, err := p.Preconditioning(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v does not say %q", p, err, want)
		}
	}
}

// A U-Net is built from a config or by default, and what does not fit is an error.
func TestBuildUNet(t *testing.T) {
	net, effective, err := families.Build("unet", nil, []int{1, 16, 16}, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	if again, text, err := families.Build("unet", effective, []int{1, 16, 16}, rng.New(1)); err != nil || string(text) != string(effective) || len(again.Params()) != len(net.Params()) {
		t.Errorf("built again: %s, %v", text, err)
	}
	class := 3
	for want, c := range map[string]struct {
		config string
		class  *int
	}{
		"in_channels":            {config: `{"in_channels":3,"model_channels":32,"num_res_blocks":1}`},
		"model_channels":         {config: `{"in_channels":1,"num_res_blocks":1}`},
		"multiples of 32":        {config: `{"in_channels":1,"model_channels":32,"num_res_blocks":1,"channel_mult":[1,1,1,1,1,1]}`},
		"class is missing":       {config: `{"in_channels":1,"model_channels":32,"num_res_blocks":1,"channel_mult":[1],"num_classes":2}`},
		"class is 3":             {config: `{"in_channels":1,"model_channels":32,"num_res_blocks":1,"channel_mult":[1],"num_classes":2}`, class: &class},
		"the network has no cla": {config: `{"in_channels":1,"model_channels":32,"num_res_blocks":1,"channel_mult":[1]}`, class: &class},
		"out_channels is 3":      {config: `{"in_channels":1,"out_channels":3,"model_channels":32,"num_res_blocks":1,"channel_mult":[1]}`},
	} {
		spec := families.Spec{Network: json.RawMessage(c.config), Shape: []int{1, 16, 16}, SigmaData: .5, Class: c.class, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
		net, _, err := families.Build("unet", spec.Network, spec.Shape, rng.New(1))
		if err == nil {
			err = spec.Fit(net)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", c.config, err, want)
		}
	}
}
