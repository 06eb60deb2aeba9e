package edm_test

import (
	"encoding/json"
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
	"tweedie/families/edm"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// edmCase is a snapshot of testdata with what the original computed; see testdata/README.md.
type edmCase struct {
	dir     string
	fourier bool
}

var edmCases = []edmCase{{"song_ddpmpp_edm_cond", false}, {"song_ncsnpp_ve", true}, {"dhariwal_edm_cond", false}}

func (k edmCase) path(name string) string { return filepath.Join("testdata", k.dir, name) }

const snapshot = "network-snapshot-000123.pkl"

func (k edmCase) open(t *testing.T) (*checkpoints.File, families.Source) {
	t.Helper()
	f, err := checkpoints.Open(k.path(snapshot))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	text, err := os.ReadFile(k.path("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return f, families.Source{Config: string(text)}
}

func (k edmCase) array(t *testing.T, name string) ([]float64, autodiff.Shape) {
	t.Helper()
	a, err := checkpoints.ReadArray(k.path(name + ".npy"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, autodiff.S(a.Shape...)
}

// rows are those of a case, none where there is no file.
func (k edmCase) rows(t *testing.T) (y families.Labels) {
	t.Helper()
	if _, err := os.Stat(k.path("class_labels.npy")); err == nil {
		v, shape := k.array(t, "class_labels")
		y = families.Labels{Values: v, Width: shape.Dim(1)}
	}
	return y
}

// Snapshots, read without a configuration, give what the original gave: the denoised images, their gradient, and the output
// of the network inside; and so with the configuration that lies beside them.
func TestEDMGolden(t *testing.T) {
	for _, k := range edmCases {
		f, source := k.open(t)
		alone, err := families.Load(f, families.Source{})
		if err != nil {
			t.Fatal(err)
		}
		given, err := families.Load(f, source)
		if err != nil {
			t.Fatal(err)
		}
		net := alone.Network().(*edm.Network)
		if other := given.Network().(*edm.Network); net.Config().Hash() != other.Config().Hash() {
			t.Errorf("%s: the snapshot says %s, and its configuration %s", k.dir, net.Config(), other.Config())
		}
		x, shape := k.array(t, "x")
		sigma, _ := k.array(t, "t")
		noise, _ := k.array(t, "c_noise")
		in, _ := k.array(t, "model_in")
		probe, _ := k.array(t, "probe")
		y := k.rows(t)
		if err := alone.Check(shape, sigma, y); err != nil {
			t.Fatal(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
		s.Freeze()
		v := s.Watch(s.Const64(shape, x))
		out := alone.Forward(s, v, sigma, y)
		gradient := 1e-4
		if k.fourier {
			gradient = 1e-3
		}
		for name, c := range map[string]struct {
			got autodiff.Var
			tol float64
		}{
			"out":       {out, 2e-5},
			"gradx":     {s.Grad1(s.Dot(out, s.Const64(out.Shape(), probe)), v), gradient},
			"model_out": {net.ForwardRows(s, s.Const64(shape, in), noise, y.Values), 2e-5},
		} {
			want, _ := k.array(t, name)
			d := nettest.Apart(testkit.Values(c.got), want)
			if t.Logf("%s %s: %.1e", k.dir, name, d); !(d <= c.tol) {
				t.Errorf("%s: %s is %g off, want %g", k.dir, name, d, c.tol)
			}
		}
		s.Close()
	}
}

// A snapshot is a prior as it is: its denoiser and score are those of the original for one class, its noise levels those of
// training. Converted, it is the same one.
func TestEDMPrior(t *testing.T) {
	for _, k := range edmCases {
		path := k.path(snapshot)
		f, _ := k.open(t)
		y := k.rows(t)
		x, shape := k.array(t, "x")
		sigma, _ := k.array(t, "t")
		want, _ := k.array(t, "out")
		if n := nettest.Classes(t, f); n != y.Width {
			t.Errorf("%s: %d classes, want %d", k.dir, n, y.Width)
		}
		var class *int
		p0, err := zoo.Open(path, prior.Options{})
		sample := 0
		if y.Width > 0 {
			if err == nil || !strings.Contains(err.Error(), "class is missing") {
				t.Errorf("%s: without a class: %v", k.dir, err)
			}
			at := slices.Index(y.Values, 1)
			sample = at / y.Width
			at %= y.Width
			class = &at
			p0, err = prior.FromFile("of a class", f, prior.Options{Class: &at})
		}
		if err != nil {
			t.Fatal(err)
		}
		net, architecture, spec, err := families.Describe(f, families.Source{}, families.PriorOptions{Low: 0, High: 1, Class: class})
		if err != nil {
			t.Fatal(err)
		}
		info, err := prior.Info(architecture, spec, nil)
		if err != nil {
			t.Fatal(err)
		}
		native := &checkpoints.File{}
		if err := native.SetInfo(info); err != nil {
			t.Fatal(err)
		}
		if err := native.AddParams("", net.Params()); err != nil {
			t.Fatal(err)
		}
		if n := nettest.Classes(t, native); n != y.Width {
			t.Errorf("%s: converted: %d classes, want %d", k.dir, n, y.Width)
		}
		converted, err := prior.FromFile("converted", native, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := families.Load(native, families.Source{}); err != nil || again == nil {
			t.Errorf("%s: the converted file does not load as a network: %v", k.dir, err)
		}
		d := shape.Size() / shape.Dim(0)
		lo, hi := sample*d, (sample+1)*d
		r := sigma[sample : sample+1]
		for what, p := range map[string]*prior.Prior{"snapshot": p0, "converted": converted} {
			s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
			u := s.Const64(shape.With(0, 1), x[lo:hi])
			if e := nettest.Apart(testkit.Values(p.Denoiser.Denoise(s, u, r)), want[lo:hi]); !(e <= 2e-5) {
				t.Errorf("%s, %s: denoised images are %g off", k.dir, what, e)
			}
			score := make([]float64, d)
			for i := range score {
				score[i] = (want[lo+i] - x[lo+i]) / (r[0] * r[0])
			}
			if e := nettest.Apart(testkit.Values(diffusion.ScoreOf(s, p.Denoiser, u, r)), score); !(e <= 2e-4) {
				t.Errorf("%s, %s: the score is %g off", k.dir, what, e)
			}
			if a := p.Spec.Affine; a.ToPhysical(-1) != 0 || a.ToPhysical(1) != 1 {
				t.Errorf("%s, %s: [-1, 1] is shown as [%g, %g]", k.dir, what, a.ToPhysical(-1), a.ToPhysical(1))
			}
			if want := layers.Count(net.Params()); p.Params != want || p.Info.Architecture != "edm" {
				t.Errorf("%s, %s: %s", k.dir, what, p.Summary())
			}
			s.Close()
		}
		limits := [2]float64{}
		if k.fourier {
			limits = [2]float64{0.02, 100}
		}
		if p0.Spec.Sigmas != limits {
			t.Errorf("%s: noise levels %v, want %v", k.dir, p0.Spec.Sigmas, limits)
		}
	}
}

// smallModule is a network of a preconditioning with random weights, as the authors' state dict.
func smallModule(t *testing.T, precond, model string) (*edm.Network, *checkpoints.File, string) {
	t.Helper()
	c := edm.Default(precond, model)
	k := &c.Kwargs
	k.ImgResolution, k.ImgChannels, k.ModelChannels, k.ChannelMult, k.NumBlocks, k.AttnResolutions = 4, 1, 4, []int{1, 2}, 1, []int{2}
	n, err := edm.New(layers.Root(rng.New(3)), c)
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(4), 0.3)
	f := &checkpoints.File{}
	if err := f.AddParams("", n.Params()); err != nil {
		t.Fatal(err)
	}
	return n, f, c.String()
}

// All four preconditionings against their formulas, of a state dict with its configuration.
func TestEDMPreconditionings(t *testing.T) {
	r := []float64{0.7, 3}
	x := nettest.Normals(32)
	u, _, _ := smallModule(t, "iDDPMPrecond", "")
	levels := u.Levels()
	nearest := func(r float64) float64 {
		at := 0
		for j, v := range levels {
			if math.Abs(v-r) < math.Abs(levels[at]-r) {
				at = j
			}
		}
		return float64(999 - at)
	}
	time := func(r float64) float64 { return (math.Sqrt(.01+2*19.9*math.Log(1+r*r)) - .1) / 19.9 }
	for precond, c := range map[string]struct {
		skip, out, in, noise func(r float64) float64
		sigmas               [2]float64
	}{
		"EDMPrecond": {func(r float64) float64 { return .25 / (r*r + .25) }, func(r float64) float64 { return r / 2 / math.Sqrt(r*r+.25) },
			func(r float64) float64 { return 1 / math.Sqrt(r*r+.25) }, func(r float64) float64 { return math.Log(r) / 4 }, [2]float64{}},
		"VEPrecond": {func(float64) float64 { return 1 }, func(r float64) float64 { return r },
			func(float64) float64 { return 1 }, func(r float64) float64 { return math.Log(r / 2) }, [2]float64{.02, 100}},
		"VPPrecond": {func(float64) float64 { return 1 }, func(r float64) float64 { return -r },
			func(r float64) float64 { return 1 / math.Sqrt(1+r*r) }, func(r float64) float64 { return 999 * time(r) },
			[2]float64{math.Sqrt(math.Expm1(19.9*1e-10/2 + .1*1e-5)), math.Sqrt(math.Expm1(19.9/2 + .1))}},
		"iDDPMPrecond": {func(float64) float64 { return 1 }, func(r float64) float64 { return -r },
			func(r float64) float64 { return 1 / math.Sqrt(1+r*r) }, nearest, [2]float64{levels[999], levels[0]}},
	} {
		own, f, config := smallModule(t, precond, "")
		net, err := families.Load(f, families.Source{Config: config})
		if err != nil {
			t.Fatal(err)
		}
		_, _, spec, err := families.Describe(f, families.Source{Config: config}, families.PriorOptions{Low: -1, High: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range spec.Sigmas {
			if w := c.sigmas[i]; !(math.Abs(v-w) <= 1e-9*w) {
				t.Errorf("%s: noise levels %v, want %v", precond, spec.Sigmas, c.sigmas)
			}
		}
		if back := (&families.Spec{}); json.Unmarshal(must(json.Marshal(spec)), back) != nil || back.Validate() != nil || back.Sigmas != spec.Sigmas {
			t.Errorf("%s: the description does not come back: %v", precond, back)
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		in, skip, label := slices.Clone(x), slices.Clone(x), make([]float64, 2)
		for i := range in {
			in[i] *= c.in(r[i/16])
			skip[i] *= c.skip(r[i/16])
		}
		for i := range label {
			label[i] = c.noise(r[i])
		}
		out := testkit.Values(s.Slice(own.Forward(s, s.Const64(autodiff.S(2, 1, 4, 4), in), label), 1, 0, 1))
		for i := range out {
			out[i] = skip[i] + c.out(r[i/16])*out[i]
		}
		v := s.Const64(autodiff.S(2, 1, 4, 4), x)
		if d := nettest.Apart(testkit.Values(net.Forward(s, v, r, families.Labels{})), out); !(d <= 1e-6) {
			t.Errorf("%s: %g off", precond, d)
		}
		e := net.Network().(*edm.Network)
		if d := nettest.Apart(testkit.Values(spec.Denoiser(e).Denoise(s, v, r)), out); !(d <= 1e-4) {
			t.Errorf("%s: as a prior %g off", precond, d)
		}
		s.Close()
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// The noise levels that a file of iDDPM holds decide about labels, in the network and in the prior.
func TestEDMStoredLevels(t *testing.T) {
	net, f, config := smallModule(t, "iDDPMPrecond", "")
	outputs := func() (a, b []float64) {
		loaded, _, spec, err := families.Describe(f, families.Source{Config: config}, families.PriorOptions{Low: -1, High: 1})
		if err != nil {
			t.Fatal(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		defer s.Close()
		x := s.Const64(autodiff.S(1, 1, 4, 4), nettest.Normals(16))
		own := loaded.Network().(*edm.Network)
		return testkit.Values(loaded.Forward(s, x, []float64{1}, families.Labels{})), testkit.Values(spec.Denoiser(own).Denoise(s, x, []float64{1}))
	}
	a, b := outputs()
	u := net.Params()[0]
	for j := range u.Data() {
		u.Data()[j] *= 3
	}
	u.Touch()
	c, d := outputs()
	if nettest.Apart(a, b) > 1e-5 || nettest.Apart(c, d) > 1e-5 || nettest.Apart(a, c) < 1e-3 {
		t.Errorf("network and prior are %g and %g apart, other levels change the output by %g", nettest.Apart(a, b), nettest.Apart(c, d), nettest.Apart(a, c))
	}
}

// A training state of InverseBench: averages, and weights when they are asked for.
func TestEDMTrainingState(t *testing.T) {
	_, f, config := smallModule(t, "EDMPrecond", "SongUNet")
	state := &checkpoints.File{}
	for _, x := range f.Tensors() {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		ema := slices.Clone(v)
		if strings.HasSuffix(x.Name, "_conv.bias") {
			for i := range ema {
				ema[i] += 0.5
			}
		}
		if err := state.Add(checkpoints.FromFloat64("net."+x.Name, x.Shape, v), checkpoints.FromFloat64("ema."+x.Name, x.Shape, ema)); err != nil {
			t.Fatal(err)
		}
	}
	values := func(s families.Source) (v []float32) {
		net, err := families.Load(state, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Params() {
			v = append(v, p.Data()...)
		}
		return v
	}
	averages, raw := values(families.Source{Config: config}), values(families.Source{Config: config, Raw: true})
	if slices.Equal(averages, raw) || !slices.Equal(averages, values(families.Source{Config: config, Prefix: "ema."})) || !slices.Equal(raw, values(families.Source{Config: config, Prefix: "net."})) {
		t.Error("averages and weights are the same, or not those of their prefixes")
	}
	if _, err := families.Load(state, families.Source{}); err == nil || !strings.Contains(err.Error(), "does not describe itself") {
		t.Errorf("without a configuration: %v", err)
	}
}

// The noise levels of Heun, DPM-Solver++ and UniPC are moved into the range of training, those of other samplers stay.
func TestSpecWithin(t *testing.T) {
	h := diffusion.DefaultHeun()
	for _, c := range []struct{ sigmas, want [2]float64 }{
		{[2]float64{}, [2]float64{.002, 80}}, {[2]float64{.02, 100}, [2]float64{.02, 80}}, {[2]float64{.001, 50}, [2]float64{.002, 50}}, {[2]float64{90, 100}, [2]float64{.002, 80}},
	} {
		got, ok := (&families.Spec{Sigmas: c.sigmas}).Within(h).(diffusion.Heun)
		if !ok || got.SigmaMin != c.want[0] || got.SigmaMax != c.want[1] {
			t.Errorf("%v: %+v, want %v", c.sigmas, got, c.want)
		}
	}
	s := &families.Spec{Sigmas: [2]float64{.02, 50}}
	d, u := diffusion.DefaultDPMSolver(), diffusion.DefaultUniPC()
	d.SigmaMin, d.SigmaMax, u.SigmaMin, u.SigmaMax = .02, 50, .02, 50
	if s.Within(diffusion.DefaultDPMSolver()) != diffusion.Sampler(d) || s.Within(diffusion.DefaultUniPC()) != diffusion.Sampler(u) {
		t.Errorf("%+v, %+v", s.Within(diffusion.DefaultDPMSolver()), s.Within(diffusion.DefaultUniPC()))
	}
	if d := diffusion.DefaultDDIM(); (&families.Spec{Sigmas: [2]float64{1, 2}}).Within(d) != diffusion.Sampler(d) {
		t.Error("another sampler is changed")
	}
}

// Every mistake names what is wrong.
func TestEDMFilesExplain(t *testing.T) {
	f, source := edmCases[0].open(t)
	ve, veSource := edmCases[1].open(t)
	_, iddpm, iddpmConfig := smallModule(t, "iDDPMPrecond", "")
	// changed is the file of iDDPM with one value everywhere in one tensor.
	changed := func(name string, value float64) *checkpoints.File {
		out := &checkpoints.File{}
		for _, x := range iddpm.Tensors() {
			if x.Name == name {
				x = checkpoints.FromFloat64(name, x.Shape, slices.Repeat([]float64{value}, x.Len()))
			}
			if err := out.Add(x); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	with := func(s families.Source, old, new string) families.Source {
		if !strings.Contains(s.Config, old) {
			t.Fatalf("no %q in %s", old, s.Config)
		}
		s.Config = strings.Replace(s.Config, old, new, 1)
		return s
	}
	for want, c := range map[string]struct {
		f *checkpoints.File
		s families.Source
	}{
		"wrong shape":                         {f, with(source, `"model_channels": 16`, `"model_channels": 32`)},
		"missing":                             {f, with(source, `"num_blocks": 1`, `"num_blocks": 2`)},
		"unused":                              {f, with(source, `"augment_dim": 9`, `"augment_dim": 0`)},
		"the filter [1 2 2 1] of the config":  {ve, with(veSource, "3,\n   3", "2,\n   2")},
		"noise level 1 is 0; want finite num": {changed("u", 0), families.Source{Config: iddpmConfig}},
		"NaN at 0":                            {changed("model.out_conv.bias", math.NaN()), families.Source{Config: iddpmConfig}},
		"the tensors are those of edm":        {f, families.Source{Family: adm.Name}},
		`precond is "StyleGAN"`:               {f, families.Source{Config: `{"precond":"StyleGAN","kwargs":{}}`}},
		"does not describe itself":            {iddpm, families.Source{}},
	} {
		if _, err := families.Load(c.f, c.s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	net, err := families.Load(f, source)
	if err != nil {
		t.Fatal(err)
	}
	shape := autodiff.S(2, 3, 16, 16)
	for want, err := range map[string]error{
		"x: unet: images [2,1,16,16]: want 3":    net.Check(autodiff.S(2, 1, 16, 16), []float64{1, 1}, families.Labels{}),
		"t: noise level 0 of sample 1":           net.Check(shape, []float64{1, 0}, families.Labels{}),
		"t: noise level NaN":                     net.Check(shape, []float64{math.NaN(), 1}, families.Labels{}),
		"labels: class 6 of sample 0":            net.Check(shape, []float64{1, 1}, families.Labels{Values: []float64{6, 0}}),
		"labels: want classes [2] or rows [2,6]": net.Check(shape, []float64{1, 1}, families.Labels{Values: make([]float64, 10), Width: 5}),
		"labels: row 1 holds +Inf":               net.Check(shape, []float64{1, 1}, families.Labels{Values: append(make([]float64, 11), math.Inf(1)), Width: 6}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if err := net.Check(shape, []float64{1, 1}, families.Labels{Values: []float64{5, 0}}); err != nil {
		t.Error(err)
	}
	class, none := 6, 0
	for want, err := range map[string]error{
		"a schedule was given":    describeError(f, families.PriorOptions{Low: 0, High: 1, Schedule: "linear", Class: &none}),
		"class is 6; the network": describeError(f, families.PriorOptions{Low: 0, High: 1, Class: &class}),
		"class is missing":        describeError(f, families.PriorOptions{Low: 0, High: 1}),
		"the network has no clas": describeError(ve, families.PriorOptions{Low: 0, High: 1, Class: &none}),
		"multiples of 2":          describeError(ve, families.PriorOptions{Low: 0, High: 1, Extents: []int{15, 16}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	for want, p := range map[string]families.Prediction{
		"needs a schedule":  {Kind: "iddpm"},
		`want {"kind":"idd`: {Kind: "iddpm", Schedule: json.RawMessage(`{"kind":"iddpm","steps":100000000,"c1":0.001,"c2":0.008}`)},
		`c3 is unknown`:     {Kind: "iddpm", Schedule: json.RawMessage(`{"kind":"iddpm","c3":1}`)},
		"neither schedule":  {Kind: "edm_ve", Schedule: json.RawMessage(`{"kind":"ve"}`)},
	} {
		if _, err := p.Preconditioning(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if _, _, err := families.Build("edm", nil, []int{3, 8, 8}, rng.New(1)); err == nil || !strings.Contains(err.Error(), "no default network") {
		t.Errorf("%v", err)
	}
	bad := families.Spec{Shape: []int{1, 4, 4}, SigmaData: 1, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{0, 1}, Sigmas: [2]float64{2, 1}}
	if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), "sigmas is [2 1]") {
		t.Errorf("%v", err)
	}
}

func describeError(f *checkpoints.File, d families.PriorOptions) error {
	_, _, _, err := families.Describe(f, families.Source{}, d)
	return err
}

// A network of guided diffusion inside a preconditioning, as InverseBench has it, against PnP-DM's module of the same kind;
// as a network, and as a prior.
func TestEDMWithADM(t *testing.T) {
	const dir = "../adm/testdata/ffhq_style/"
	values := func(name string) ([]float64, autodiff.Shape) {
		a, err := checkpoints.ReadArray(dir + name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		return v, autodiff.S(a.Shape...)
	}
	f, err := checkpoints.Open(dir + "checkpoint.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	state := &checkpoints.File{}
	for _, x := range f.Tensors() {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if err := state.Add(checkpoints.FromFloat64("net.model."+x.Name, x.Shape, make([]float64, len(v))), checkpoints.FromFloat64("ema.model."+x.Name, x.Shape, v)); err != nil {
			t.Fatal(err)
		}
	}
	const config = `{"model":{"_target_":"models.precond.VPPrecond","model_type":"ADM","img_resolution":16,"img_channels":3,"model_channels":16,
		"num_res_blocks":1,"channel_mult":[2,2],"attention_resolutions":[2],"dropout":0.0,"num_heads":4,"num_head_channels":16,
		"use_scale_shift_norm":true,"resblock_updown":true}}`
	source := families.Source{Family: edm.Name, Config: config}
	net, _, spec, err := families.Describe(state, source, families.PriorOptions{Low: 0, High: 1})
	if err != nil {
		t.Fatal(err)
	}
	x, shape := values("vp_x")
	sigma, _ := values("vp_sigma")
	want, _ := values("vp_denoised")
	if err := net.Check(shape, sigma, families.Labels{}); err != nil {
		t.Fatal(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	u := s.Const64(shape, x)
	if d := nettest.Apart(testkit.Values(net.Forward(s, u, sigma, families.Labels{})), want); !(d <= 2e-5) {
		t.Errorf("the denoised images are %g off", d)
	}
	inner, err := families.Load(state, families.Source{Config: string(must(os.ReadFile(dir + "config.json")))})
	if err != nil {
		t.Fatal(err)
	}
	unetOf, _, err := families.Build("unet", spec.Network, spec.Shape, rng.New(1))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range unetOf.Params() {
		copy(p.Data(), inner.Params()[i].Data())
		p.Touch()
	}
	if d := nettest.Apart(testkit.Values(spec.Denoiser(unetOf).Denoise(s, u, sigma)), want); !(d <= 2e-5) {
		t.Errorf("as a prior, %g off", d)
	}
	source.Raw = true
	raw, err := families.Load(state, source)
	if err != nil {
		t.Fatal(err)
	}
	if d := nettest.Apart(testkit.Values(raw.Forward(s, u, sigma, families.Labels{})), x); !(d <= 1e-6) { // zero weights predict no noise
		t.Errorf("weights that are not averaged: %g off", d)
	}
	for want, c := range map[string]string{
		"label_dim 3": strings.Replace(config, `"dropout"`, `"label_dim":3,"dropout"`, 1), "in iDDPMPrecond": strings.Replace(config, "VPPrecond", "iDDPMPrecond", 1),
		`depth is unknown`: strings.Replace(config, `"dropout"`, `"depth":3,"dropout"`, 1), "kwargs.beta_d is -1": strings.Replace(config, `"dropout"`, `"beta_d":-1,"dropout"`, 1),
		`precond is "GAN"`: strings.Replace(config, "VPPrecond", "GAN", 1), "wrong shape": strings.Replace(config, `"model_channels":16`, `"model_channels":32`, 1),
	} {
		if _, err := families.Load(state, families.Source{Family: edm.Name, Config: c}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// What a snapshot says of its constructor is its configuration: an infinite sigma_max is no limit, arguments without names
// are an error.
func TestEDMConstructor(t *testing.T) {
	_, f, _ := smallModule(t, "EDMPrecond", "SongUNet")
	values := func(more ...checkpoints.Value) []checkpoints.Value {
		return append([]checkpoints.Value{{Name: "class_name", V: "EDMPrecond"}, {Name: "_init_args", V: []any{}}, {Name: "_init_kwargs.img_resolution", V: int64(4)},
			{Name: "_init_kwargs.img_channels", V: int64(1)}, {Name: "_init_kwargs.model_type", V: "SongUNet"}, {Name: "_init_kwargs.model_channels", V: int64(4)},
			{Name: "_init_kwargs.channel_mult", V: []any{int64(1), int64(2)}}, {Name: "_init_kwargs.num_blocks", V: int64(1)}, {Name: "_init_kwargs.attn_resolutions", V: []any{int64(2)}},
			{Name: "_init_kwargs.sigma_max", V: math.Inf(1)}}, more...)
	}
	f.Values = values()
	net, err := families.Load(f, families.Source{})
	if err != nil {
		t.Fatal(err)
	}
	if e := net.Network().(*edm.Network); e.Config().Kwargs.SigmaMax != 0 || e.Config().Kwargs.ModelChannels != 4 {
		t.Errorf("%s", e.Config())
	}
	for want, more := range map[string]checkpoints.Value{
		`width is unknown`: {Name: "_init_kwargs.width", V: int64(3)}, "kwargs.dropout is the string": {Name: "_init_kwargs.dropout", V: "x"},
		"the arguments of the constructor: json": {Name: "_init_kwargs.sigma_min", V: math.NaN()},
	} {
		f.Values = values(more)
		if _, err := families.Load(f, families.Source{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	f.Values = values()
	f.Values[1].V = []any{int64(4), int64(1)}
	if _, err := families.Load(f, families.Source{}); err == nil || !strings.Contains(err.Error(), "2 arguments without names") {
		t.Errorf("%v", err)
	}
}

// Numbers of classes are one-hot rows.
func TestEDMNumbersAreRows(t *testing.T) {
	f, source := edmCases[0].open(t)
	net, err := families.Load(f, source)
	if err != nil {
		t.Fatal(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	x := s.Const64(autodiff.S(2, 3, 16, 16), nettest.Normals(2*3*256))
	rows := make([]float64, 12)
	rows[2], rows[6+4] = 1, 1
	numbers := testkit.Values(net.Forward(s, x, []float64{1, 2}, families.Labels{Values: []float64{2, 4}}))
	if !slices.Equal(numbers, testkit.Values(net.Forward(s, x, []float64{1, 2}, families.Labels{Values: rows, Width: 6}))) {
		t.Error("numbers and one-hot rows differ")
	}
	if slices.Equal(numbers, testkit.Values(net.Forward(s, x, []float64{1, 2}, families.Labels{}))) {
		t.Error("labels change nothing")
	}
}
