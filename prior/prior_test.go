package prior_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/checkpoints"
	"tweedie/diffusion"
	"tweedie/families"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

func TestEmbeddedPriorDenoises(t *testing.T) {
	p, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Shape() != autodiff.S(1, 8, 8) || !p.Info.EMA || p.Info.Step == 0 {
		t.Errorf("%s", p.Summary())
	}
	// At great noise the denoiser returns the mean of the data; at little noise its input.
	d := denoise(t, p.Denoiser, make([]float64, 64), 5)
	mean := 0.0
	for _, v := range d {
		mean += p.Spec.Affine.ToPhysical(v) / 64
	}
	if math.Abs(mean-p.Spec.Mean) > .05 {
		t.Errorf("mean at great noise %.3f, of the data %.3f", mean, p.Spec.Mean)
	}
	x := make([]float64, 64)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	for i, v := range denoise(t, p.Denoiser, x, 1e-3) {
		if math.Abs(v-x[i]) > .01 {
			t.Errorf("pixel %d at little noise is %.3f, was %.3f", i, v, x[i])
		}
	}
}

func denoise(t *testing.T, d diffusion.Denoiser, x []float64, sigma float64) []float64 {
	t.Helper()
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	y := make([]float64, len(x))
	d.Denoise(s, s.Const64(autodiff.S(1, 1, 8, 8), x), []float64{sigma}).CopyTo64(y)
	return y
}

// The network in float64 differs from that in float32 by float32 noise only.
func TestInFloat64(t *testing.T) {
	p, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 64)
	rng.New(1).Stream().FillNorm(x)
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
	defer s.Close()
	v := s.Const64(autodiff.S(1, 1, 8, 8), x)
	a, b := make([]float64, 64), make([]float64, 64)
	p.Denoiser.Denoise(s, v, []float64{.5}).CopyTo64(a)
	p.InFloat64().Denoise(s, v, []float64{.5}).CopyTo64(b)
	same := true
	for i := range a {
		same = same && a[i] == b[i]
		if math.Abs(a[i]-b[i]) > 1e-5 {
			t.Errorf("pixel %d: %v in float32, %v in float64", i, a[i], b[i])
		}
	}
	if same {
		t.Error("float64 gives the very bits of float32: it was not used")
	}
}

func TestOpenExplains(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, f *checkpoints.File) string {
		path := filepath.Join(dir, name)
		if err := checkpoints.Save(path, f, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		return path
	}
	describe := func(arch string, change func(s *families.Spec)) *checkpoints.File {
		s := families.Spec{Network: json.RawMessage(`{"channels":[8,8],"heads":0}`), Shape: []int{1, 8, 8}, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
		change(&s)
		info, err := unchecked(arch, s)
		if err != nil {
			t.Fatal(err)
		}
		f := &checkpoints.File{}
		if err := f.SetInfo(info); err != nil {
			t.Fatal(err)
		}
		return f
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("<html>not found</html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"no such prior": "digits8",
		text:            "HTML",
		write("bare.safetensors", &checkpoints.File{}):                                                                       "does not describe itself",
		write("arch.safetensors", describe("transformer", func(*families.Spec) {})):                                          "conv-score",
		write("shape.safetensors", describe("conv-score", func(s *families.Spec) { s.Shape = []int{8} })):                    "shape",
		write("huge.safetensors", describe("conv-score", func(s *families.Spec) { s.Shape = []int{1, 1 << 20, 1 << 20} })):   "2^28",
		write("sigma.safetensors", describe("conv-score", func(s *families.Spec) { s.SigmaData = 0 })):                       "sigma_data",
		write("field.safetensors", describe("conv-score", func(s *families.Spec) { s.Network = []byte(`{"chanels":[8]}`) })): "chanels",
		write("weights.safetensors", describe("conv-score", func(*families.Spec) {})):                                        "missing",
	} {
		if _, err := zoo.Open(path, prior.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", path, err, want)
		}
	}
}

// A small file that describes a huge network is refused at once, and so is building one.
func TestHugeNetworksAreRefused(t *testing.T) {
	for arch, networks := range map[string][]string{
		"conv-score": {`{"channels":[60000,60000]}`, `{"channels":[1000000000]}`, `{"blocks":1000000000}`, `{"label":{"kind":"fourier","dim":1000000000,"width":128}}`},
		"unet":       {`{"model_channels":1000000}`, `{"num_res_blocks":1000000000}`},
	} {
		for _, network := range networks {
			s := families.Spec{Network: json.RawMessage(network), Shape: []int{1, 8, 8}, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
			info, err := unchecked(arch, s)
			if err != nil {
				t.Fatal(err)
			}
			f := &checkpoints.File{}
			if err := f.SetInfo(info); err != nil {
				t.Fatal(err)
			}
			if _, err := prior.FromFile("huge", f, prior.Options{}); err == nil {
				t.Errorf("%s %s: a file without tensors became a prior", arch, network)
			}
			if _, _, err := families.Build(arch, s.Network, s.Shape, rng.New(1)); err == nil {
				t.Errorf("%s %s: it was built", arch, network)
			}
		}
	}
}

// What a network saves it loads again, with the same output.
func TestRoundTrip(t *testing.T) {
	spec := families.Spec{Shape: []int{2, 5, 7}, SigmaData: .5, Affine: diffusion.Affine{Scale: 2, Shift: 1}, Range: [2]float64{-1, 3}}
	net, effective, err := families.Build("conv-score", json.RawMessage(`{"channels":[8,16],"heads":2}`), spec.Shape, rng.New(3))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range net.Params() {
		rng.New(4).Split(w.Name(), 0).Stream().FillNorm32(w.Data())
		w.Touch()
	}
	spec.Network = effective
	info, err := prior.Info("conv-score", spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := &checkpoints.File{}
	if err := f.SetInfo(info); err != nil {
		t.Fatal(err)
	}
	if err := f.AddParams("", net.Params()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Encode(&b); err != nil {
		t.Fatal(err)
	}
	g, err := checkpoints.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	p, err := prior.FromFile("round", g, prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 70)
	rng.New(5).Stream().FillNorm(x)
	run := func(d diffusion.Denoiser) []float64 {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		y := make([]float64, 70)
		d.Denoise(s, s.Const64(autodiff.S(1, 2, 5, 7), x), []float64{.7}).CopyTo64(y)
		return y
	}
	want := run(spec.Denoiser(net))
	for i, v := range run(p.Denoiser) {
		if v != want[i] {
			t.Fatalf("pixel %d is %v after loading, was %v", i, v, want[i])
		}
	}
}

// Of a training state the averages are taken, and what has none, as it is.
func TestTrainingState(t *testing.T) {
	spec := families.Spec{Shape: []int{1, 4, 6}, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-1, 1}}
	net, effective, err := families.Build("conv-score", json.RawMessage(`{"channels":[4],"blocks":1,"heads":0}`), spec.Shape, rng.New(3))
	if err != nil {
		t.Fatal(err)
	}
	spec.Network = effective
	info, err := prior.Info("conv-score", spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	params := net.Params()
	state := func(learned, average float32) *prior.Prior {
		f := &checkpoints.File{}
		if err := f.SetInfo(info); err != nil {
			t.Fatal(err)
		}
		for _, p := range params {
			values := make([]float32, p.Shape().Size())
			for i := range values {
				values[i] = learned
			}
			if !p.Trainable() { // the state's average leaves out what is not learned
				copy(values, p.Data())
			}
			if err := f.Add(checkpoints.FromFloat32("param."+p.Name(), p.Shape().Dims(nil), values)); err != nil {
				t.Fatal(err)
			}
			if !p.Trainable() || average == 0 {
				continue
			}
			mean := make([]float64, len(values))
			for i := range mean {
				mean[i] = float64(average)
			}
			if err := f.Add(checkpoints.FromFloat64("ema."+p.Name(), p.Shape().Dims(nil), mean)); err != nil {
				t.Fatal(err)
			}
		}
		p, err := prior.FromFile("state", f, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	x := make([]float64, 24)
	rng.New(5).Stream().FillNorm(x)
	run := func(p *prior.Prior) float64 {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		return s.SumAll(s.Square(p.Denoiser.Denoise(s, s.Const64(autodiff.S(1, 1, 4, 6), x), []float64{.7}))).Scalar()
	}
	both, raw, other := state(.01, .02), state(.02, 0), state(.01, 0)
	if !both.Info.EMA || raw.Info.EMA {
		t.Errorf("averages are said to be taken: %v with, %v without", both.Info.EMA, raw.Info.EMA)
	}
	if run(both) != run(raw) || run(both) == run(other) {
		t.Errorf("with averages .02 the sum is %v, with weights .02 %v, with weights .01 %v", run(both), run(raw), run(other))
	}
}

func TestClosedForms(t *testing.T) {
	p, err := zoo.Open("ring16", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Exact.LogDensity(make([]float64, 16), 0); math.Abs(got - -.59657036) > 5e-9 {
		t.Errorf("ring16: log p(0) = %.8f, want -.59657036", got)
	}
	p, err = zoo.Open("toy2d", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Exact.LogDensity([]float64{.5, .5}, 0); math.Abs(got-2.074146) > 5e-7 {
		t.Errorf("toy2d: log p(.5,.5) = %.6f, want 2.074146", got)
	}
}

func ExampleOpen() {
	p, err := zoo.Open("toy2d", prior.Options{})
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(p.Summary() + "\n")
	// Output: toy2d: closed form on [1,1,2]
}

// unchecked returns the metadata of a file whose description is wrong, which prior.Info refuses.
func unchecked(architecture string, s families.Spec) (checkpoints.Info, error) {
	config, err := json.Marshal(s)
	return checkpoints.Info{Architecture: architecture, Config: config, DataRange: s.Range}, err
}

// What Open would not read is not described.
func TestInfoRefuses(t *testing.T) {
	s := families.Spec{Network: json.RawMessage(`{"channels":[8,8],"heads":0}`), Shape: []int{1, 8, 8}, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}}
	if _, err := prior.Info("conv-score", s, nil); err != nil {
		t.Error(err)
	}
	if _, err := prior.Info("transformer", s, nil); err == nil || !strings.Contains(err.Error(), "conv-score") {
		t.Errorf("an unknown architecture: %v", err)
	}
	s.Network = json.RawMessage(`{"chanels":[8]}`)
	if _, err := prior.Info("conv-score", s, nil); err == nil || !strings.Contains(err.Error(), "chanels") {
		t.Errorf("an unknown field: %v", err)
	}
}
