package diffusers_test

import (
	"bytes"
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
	"tweedie/families/diffusers"
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// folders are networks of diffusers with what the original computed; see testdata/README.md.
var folders = []string{"ddpm_cifar10_style", "ncsnpp_style", "scaleshift_resnetupdown_cond", "blocks_skip", "blocks_resnet"}

func folder(name string) string { return filepath.Join("testdata", name) }

func openFolder(t *testing.T, path string) *checkpoints.File {
	t.Helper()
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func arrayOf(t *testing.T, folder, name string) ([]float64, []int) {
	t.Helper()
	a, err := checkpoints.ReadArray(filepath.Join(folder, name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, a.Shape
}

// labelsOf are the classes of a folder, none where it has none.
func labelsOf(t *testing.T, folder string) (y families.Labels) {
	if _, err := os.Stat(filepath.Join(folder, "y.npy")); err != nil {
		return y
	}
	var shape []int
	if y.Values, shape = arrayOf(t, folder, "y"); len(shape) == 2 {
		y.Width = shape[1]
	}
	return y
}

// The folders give what the original gave: output and gradient.
func TestDiffusersGolden(t *testing.T) {
	for _, name := range folders {
		net, err := families.Load(openFolder(t, folder(name)), families.Source{})
		if err != nil {
			t.Fatal(err)
		}
		x, dims := arrayOf(t, folder(name), "x")
		times, _ := arrayOf(t, folder(name), "t")
		probe, _ := arrayOf(t, folder(name), "probe")
		y, shape := labelsOf(t, folder(name)), autodiff.S(dims...)
		if err := net.Check(shape, times, y); err != nil {
			t.Error(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
		s.Freeze()
		in := s.Watch(s.Const64(shape, x))
		out := net.Forward(s, in, times, y)
		for file, k := range map[string]struct {
			got autodiff.Var
			tol float64
		}{"out": {out, 2e-5}, "gradx": {s.Grad1(s.Dot(out, s.Const64(out.Shape(), probe)), in), 1e-4}} {
			want, shape := arrayOf(t, folder(name), file)
			d := nettest.Apart(testkit.Values(k.got), want)
			if t.Logf("%s %s: %.1e", name, file, d); !(d <= k.tol) || k.got.Shape() != autodiff.S(shape...) {
				t.Errorf("%s: %s is %g off, want %g", name, file, d, k.tol)
			}
		}
		s.Close()
	}
}

// Both names of attention and of frequencies are read; two that hold different values, and two of one, are refused.
func TestDiffusersNames(t *testing.T) {
	old := strings.NewReplacer(".to_q.", ".query.", ".to_k.", ".key.", ".to_v.", ".value.", ".to_out.0.", ".proj_attn.", "time_proj.weight", "time_proj.W")
	f := openFolder(t, folder("blocks_skip"))
	config, _ := f.Value("config.json")
	write := func(change func(g *checkpoints.File, x checkpoints.Tensor)) *checkpoints.File {
		g := &checkpoints.File{}
		for _, x := range f.Tensors() {
			change(g, *x)
		}
		return g
	}
	add := func(g *checkpoints.File, x checkpoints.Tensor, name string) {
		x.Name = name
		if err := g.Add(&x); err != nil {
			t.Fatal(err)
		}
	}
	source := families.Source{Config: config.(string)}
	want, err := families.Load(f, source)
	if err != nil {
		t.Fatal(err)
	}
	renamed := write(func(g *checkpoints.File, x checkpoints.Tensor) { add(g, x, old.Replace(x.Name)) })
	if slices.Equal(renamed.Names(), f.Names()) {
		t.Error("the names are today's")
	}
	both := write(func(g *checkpoints.File, x checkpoints.Tensor) {
		add(g, x, x.Name)
		if x.Name == "time_proj.weight" {
			add(g, x, "time_proj.W")
		}
	})
	for _, g := range []*checkpoints.File{renamed, both} {
		got, err := families.Load(g, source)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range got.Params() {
			if !slices.Equal(p.Data(), want.Params()[i].Data()) {
				t.Errorf("%s holds other values", p.Name())
			}
		}
	}
	for say, change := range map[string]func(g *checkpoints.File, x checkpoints.Tensor){
		"hold different ones": func(g *checkpoints.File, x checkpoints.Tensor) {
			add(g, x, x.Name)
			if x.Name == "time_proj.weight" {
				add(g, *checkpoints.FromFloat32("", x.Shape, make([]float32, x.Len())), "time_proj.W")
			}
		},
		"under an old and a new name": func(g *checkpoints.File, x checkpoints.Tensor) {
			add(g, x, x.Name)
			if n := old.Replace(x.Name); n != x.Name && strings.Contains(n, "query") {
				add(g, x, n)
			}
		},
		`unused       "conv_in.extra"`: func(g *checkpoints.File, x checkpoints.Tensor) {
			if add(g, x, x.Name); x.Name == "conv_in.weight" {
				add(g, x, "conv_in.extra")
			}
		},
	} {
		if _, err := families.Load(write(change), source); err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), strings.Join(strings.Fields(say), " ")) {
			t.Errorf("error %v does not say %q", err, say)
		}
	}
	if _, err := families.Load(renamed, families.Source{}); err == nil || !strings.Contains(err.Error(), "give the config.json") {
		t.Errorf("weights without config: %v", err)
	}
}

// scheduler is a scheduler_config.json.
func scheduler(t *testing.T, text string) (diffusers.Scheduler, error) {
	t.Helper()
	return diffusers.ParseScheduler([]byte(text))
}

// Keys of a scheduler decide about the process, the prediction and the clipping of its sampler; what is absent has the
// defaults of its class, and what is not supported is named.
func TestDiffusersScheduler(t *testing.T) {
	for text, want := range map[string]diffusion.Sampler{
		`{"_class_name":"DDPMScheduler"}`: diffusion.Ancestral{Process: diffusion.DDPMConfig{Betas: "single-linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02, Variance: "fixed-small"}, Clip: 1},
		`{"_class_name":"DDPMScheduler","clip_sample":false,"variance_type":"fixed_large_log","steps_offset":1,"_x":2}`: diffusion.Ancestral{
			Process: diffusion.DDPMConfig{Betas: "single-linear", Steps: 1000, BetaStart: 1e-4, BetaEnd: 0.02, Variance: "fixed-large"}},
		`{"_class_name":"DDIMScheduler","clip_sample_range":2,"beta_schedule":"squaredcos_cap_v2","num_train_timesteps":300}`: diffusion.DDIM{
			Process: diffusion.DDPMConfig{Betas: "single-cosine", Steps: 300, BetaStart: 1e-4, BetaEnd: 0.02, Variance: "fixed-small"}, Clip: 2},
		`{"_class_name":"DDIMScheduler","beta_schedule":"scaled_linear","beta_start":0.00085,"beta_end":0.012}`: diffusion.DDIM{
			Process: diffusion.DDPMConfig{Betas: "single-scaled-linear", Steps: 1000, BetaStart: 0.00085, BetaEnd: 0.012, Variance: "fixed-small"}, Clip: 1},
		`{"_class_name":"DDIMScheduler","trained_betas":[0.25,0.5],"num_train_timesteps":2,"beta_schedule":"x"}`: diffusion.DDIM{
			Process: diffusion.DDPMConfig{Betas: "single-given", Given: "0.25,0.5", Steps: 2, BetaStart: 1e-4, BetaEnd: 0.02, Variance: "fixed-small"}, Clip: 1},
	} {
		c, err := scheduler(t, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := c.Sampler(); err != nil || got != want {
			t.Errorf("%s: sampler %+v, %v; want %+v", text, got, err, want)
		}
	}
	for want, text := range map[string]string{
		"_class_name, the name":                          `{}`,
		"_class_name is EulerDiscreteScheduler":          `{"_class_name":"EulerDiscreteScheduler"}`,
		"beta_schedule is sigmoid; want linear":          `{"_class_name":"DDPMScheduler","beta_schedule":"sigmoid"}`,
		"prediction_type is flow":                        `{"_class_name":"DDPMScheduler","prediction_type":"flow"}`,
		"rescale_betas_zero_snr is true":                 `{"_class_name":"DDPMScheduler","rescale_betas_zero_snr":true}`,
		"variance_type is learned;":                      `{"_class_name":"DDPMScheduler","variance_type":"learned"}`,
		"num_train_timesteps is 1; want 2":               `{"_class_name":"DDPMScheduler","num_train_timesteps":1}`,
		"num_train_timesteps is 1000000000":              `{"_class_name":"DDPMScheduler","num_train_timesteps":1000000000}`,
		"trained_betas is 1 numbers; want 1000":          `{"_class_name":"DDPMScheduler","trained_betas":[0.1]}`,
		"beta 1 is 1":                                    `{"_class_name":"DDPMScheduler","trained_betas":[0.1,1],"num_train_timesteps":2}`,
		"clip_sample_range is 0":                         `{"_class_name":"DDPMScheduler","clip_sample_range":0}`,
		`betas is unknown`:                               `{"_class_name":"DDPMScheduler","betas":"x"}`,
		"sigma_max is 0.001; it must be above sigma_min": `{"_class_name":"ScoreSdeVeScheduler","sigma_max":0.001}`,
		"ends too early":                                 `{`,
	} {
		if _, err := scheduler(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
	for text, clips := range map[string]bool{`{"_class_name":"PNDMScheduler"}`: false, `{"_class_name":"DDIMScheduler"}`: true} {
		if c, err := scheduler(t, text); err != nil || c.Clip != clips {
			t.Errorf("%s: clips %v, %v", text, c.Clip, err)
		}
	}
	for want, text := range map[string]string{
		"thresholding is true":                   `{"_class_name":"DDPMScheduler","thresholding":true}`,
		"ScoreSdeVeScheduler have no sampler":    `{"_class_name":"ScoreSdeVeScheduler"}`,
		"steps of PNDMScheduler have no sampler": `{"_class_name":"PNDMScheduler"}`,
	} {
		c, err := scheduler(t, text)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := c.Sampler(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", text, err, want)
		}
	}
}

// As a prior, a folder is the denoiser that its scheduler says: of x_t = alpha x_0 + sigma n the network's output is n,
// alpha n - sigma x_0 or x_0 at a step, or the score of x_0 + sigma n. It is shown in [0, 1] as by diffusers' pipelines.
func TestDiffusersPrior(t *testing.T) {
	betas := `"num_train_timesteps":1000,"beta_start":0.0001,"beta_end":0.02`
	for _, k := range []struct {
		folder, schedule string
		denoised         func(x, f, alpha, sigma float64) float64
		low              float64
	}{
		{"ddpm_cifar10_style", "", func(x, f, a, s float64) float64 { return (x - s*f) / a }, -1},
		{"ddpm_cifar10_style", `{"_class_name":"DDIMScheduler","prediction_type":"v_prediction",` + betas + `}`, func(x, f, a, s float64) float64 { return a*x - s*f }, -1},
		{"ddpm_cifar10_style", `{"_class_name":"PNDMScheduler","prediction_type":"sample",` + betas + `}`, func(x, f, a, s float64) float64 { return f }, -1},
		{"ddpm_cifar10_style", `{"_class_name":"DDPMScheduler","predict_epsilon":false,` + betas + `}`, func(x, f, a, s float64) float64 { return f }, -1},
		{"ncsnpp_style", "", func(x, f, a, s float64) float64 { return x + s*s*f }, 0},
	} {
		net, architecture, spec, err := families.Describe(openFolder(t, folder(k.folder)), families.Source{}, families.PriorOptions{Low: 0, High: 1, Schedule: k.schedule})
		if err != nil {
			t.Fatal(err)
		}
		if a := spec.Affine; architecture != "diffusers" || a.ToPhysical(k.low) != 0 || a.ToPhysical(1) != 1 || !slices.Equal(spec.Shape, []int{3, 16, 16}) {
			t.Errorf("%s: %s, %+v", k.folder, architecture, spec)
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
		p0, err := prior.FromFile(k.folder, native, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, again, back, err := families.Describe(native, families.Source{}, families.PriorOptions{Low: 0, High: 1}); err != nil || again != architecture || back.Affine != spec.Affine || string(back.Predict.Schedule) != string(spec.Predict.Schedule) {
			t.Errorf("%s: the native file is described as %+v, %v", k.folder, back, err)
		}
		priors := []*prior.Prior{p0}
		if k.schedule == "" {
			direct, err := zoo.Open(folder(k.folder), prior.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if classes := nettest.Classes(t, openFolder(t, folder(k.folder))); classes != 0 || direct.Params == 0 || direct.Info.Architecture != "diffusers" {
				t.Errorf("%s: %s, %d classes", k.folder, direct.Summary(), classes)
			}
			priors = append(priors, direct)
		}
		// Steps 0, 200 and 999 with their float32 products, or noise levels.
		steps, alpha, sigma := []float64{0, 200, 999}, make([]float64, 3), []float64{0.02, 1, 900}
		if k.low == 0 {
			copy(steps, sigma)
			copy(alpha, []float64{1, 1, 1})
		} else {
			product, at := 1.0, 0
			for i := range 1000 {
				b := float32(1e-4) + float32(float64(float32(0.02)-float32(1e-4))*float64(i)/999)
				if product *= 1 - float64(b); i == int(steps[at]) {
					alpha[at], sigma[at] = math.Sqrt(product), math.Sqrt(1-product)
					at++
				}
			}
		}
		x := nettest.Normals(3 * 3 * 64)
		shape, u, r := autodiff.S(3, 3, 8, 8), slices.Clone(x), make([]float64, 3)
		for i := range u {
			u[i] /= alpha[i/192]
		}
		for i := range r {
			r[i] = sigma[i] / alpha[i]
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		f := testkit.Values(net.Forward(s, s.Const64(shape, x), steps, families.Labels{}))
		for _, p := range priors {
			got := testkit.Values(p.Denoiser.Denoise(s, s.Const64(shape, u), r))
			for b := range 3 {
				want := make([]float64, 192)
				for i := range want {
					want[i] = k.denoised(x[192*b+i], f[192*b+i], alpha[b], sigma[b])
				}
				if d := nettest.Apart(got[192*b:192*b+192], want); !(d <= 2e-3) {
					t.Errorf("%s %s: the denoiser at step or level %g is %g off", k.folder, k.schedule, steps[b], d)
				}
			}
		}
		s.Close()
	}
}

// smallFolder writes a folder of a random network of c with a scheduler.
func smallFolder(t *testing.T, change func(c *diffusers.Config), scheduler string) string {
	t.Helper()
	c := diffusers.Default()
	groups := 2
	c.InChannels, c.OutChannels, c.Channels, c.NormGroups, c.SampleSize = 1, 1, []int{4}, &groups, diffusers.Size{4}
	c.DownBlocks, c.UpBlocks, c.AddAttention = []string{"DownBlock2D"}, []string{"UpBlock2D"}, false
	change(&c)
	net, err := diffusers.New(layers.Root(rng.New(3)), c)
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(net.Params(), rng.New(4), 0.3)
	f := &checkpoints.File{}
	if err := f.AddParams("", net.Params()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "folder")
	var text []byte
	if scheduler != "" {
		text = []byte(scheduler)
	}
	if err := checkpoints.SaveDiffusers(path, f, []byte(c.String()), text); err != nil {
		t.Fatal(err)
	}
	return path
}

// A prior of a network with classes is that of one, and of a learned variance half the channels; what cannot be a prior
// says why.
func TestDiffusersDescribes(t *testing.T) {
	const ddpm = `{"_class_name":"DDPMScheduler"}`
	two, classes, kind, identity := 2, 3, "timestep", "identity"
	table := func(c *diffusers.Config) { c.ClassEmbeds = &classes }
	numbers := func(c *diffusers.Config) { c.ClassEmbedding = &kind }
	for _, change := range []func(c *diffusers.Config){table, numbers} {
		path := smallFolder(t, func(c *diffusers.Config) { change(c); c.OutChannels = 2 }, strings.Replace(ddpm, "}", `,"variance_type":"learned_range"}`, 1))
		f := openFolder(t, path)
		p0, err := prior.FromFile("x", f, prior.Options{Class: &two})
		if err != nil {
			t.Fatal(err)
		}
		net, err := families.Load(f, families.Source{})
		if err != nil {
			t.Fatal(err)
		}
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		c, _ := scheduler(t, ddpm)
		d, err := c.Process().Build()
		if err != nil {
			t.Fatal(err)
		}
		shape, x, abar := autodiff.S(1, 1, 4, 4), nettest.Normals(16), d.AlphaBar[300]
		u := make([]float64, 16)
		for i := range u {
			u[i] = x[i] / math.Sqrt(abar)
		}
		got := testkit.Values(p0.Denoiser.Denoise(s, s.Const64(shape, u), []float64{d.Ratio(300)}))
		want := testkit.Values(net.Forward(s, s.Const64(shape, x), []float64{300}, families.Labels{Values: []float64{2}}))[:16]
		for i := range want {
			want[i] = u[i] - d.Ratio(300)*want[i]
		}
		if d := nettest.Apart(got, want); !(d <= 1e-5) || len(got) != 16 {
			t.Errorf("the prior of a class has %d values and is %g off", len(got), d)
		}
		s.Close()
	}
	for _, k := range []struct {
		want      string
		change    func(c *diffusers.Config)
		scheduler string
		setting   families.PriorOptions
	}{
		{"class is missing", table, ddpm, families.PriorOptions{}},
		{"class is 3; the network has 3, numbered from 0", table, ddpm, families.PriorOptions{Class: &classes}},
		{"class is 3; the network has no classes", func(*diffusers.Config) {}, ddpm, families.PriorOptions{Class: &classes}},
		{"class 3: the network has no numbered classes", func(c *diffusers.Config) { c.ClassEmbedding = &identity }, ddpm, families.PriorOptions{Class: &classes}},
		{"out_channels is 2 and in_channels 1", func(c *diffusers.Config) { c.OutChannels = 2 }, ddpm, families.PriorOptions{}},
		{"out_channels is 3", func(c *diffusers.Config) { c.OutChannels = 3 }, strings.Replace(ddpm, "}", `,"variance_type":"learned_range"}`, 1), families.PriorOptions{}},
		{"there is no scheduler_config.json", func(*diffusers.Config) {}, "", families.PriorOptions{}},
		{"time_embedding_type is fourier", func(c *diffusers.Config) { c.TimeEmbedding = "fourier" }, ddpm, families.PriorOptions{}},
		{"give the size", func(c *diffusers.Config) { c.SampleSize = nil }, ddpm, families.PriorOptions{}},
		{"_class_name is HeunDiscreteScheduler", func(*diffusers.Config) {}, `{"_class_name":"HeunDiscreteScheduler"}`, families.PriorOptions{}},
		{`has neither "_class_name"`, func(*diffusers.Config) {}, ddpm, families.PriorOptions{Schedule: "{}"}},
	} {
		k.setting.High = 1
		_, _, _, err := families.Describe(openFolder(t, smallFolder(t, k.change, k.scheduler)), families.Source{}, k.setting)
		if err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("error %v does not say %q", err, k.want)
		}
	}
	path := smallFolder(t, func(c *diffusers.Config) { c.SampleSize = nil }, "")
	_, _, spec, err := families.Describe(openFolder(t, path), families.Source{}, families.PriorOptions{Low: -1, High: 1, Extents: []int{8, 4}, Schedule: "cosine"})
	if err != nil || !slices.Equal(spec.Shape, []int{1, 8, 4}) || !strings.Contains(string(spec.Predict.Schedule), `"betas":"cosine"`) {
		t.Errorf("%+v, %v", spec, err)
	}
}

// A folder that is written holds the tensors bit for bit under today's names in the order of the state dict, and its config
// and scheduler; written from the native file they say the same.
func TestWriteDiffusers(t *testing.T) {
	for _, name := range folders {
		f := openFolder(t, folder(name))
		out := filepath.Join(t.TempDir(), "out")
		n, scheduled, err := diffusers.Write(out, f, families.Source{})
		if err != nil {
			t.Fatal(err)
		}
		if has := !strings.HasPrefix(name, "blocks"); scheduled != has || n != len(f.Names()) {
			t.Errorf("%s: %d tensors, scheduler %v", name, n, scheduled)
		}
		g := openFolder(t, out)
		today := strings.NewReplacer(".query.", ".to_q.", ".key.", ".to_k.", ".value.", ".to_v.", ".proj_attn.", ".to_out.0.")
		for _, x := range f.Tensors() {
			y, err := g.Tensor(today.Replace(x.Name))
			if err != nil {
				t.Fatal(err)
			}
			a, _ := x.Bytes()
			b, _ := y.Bytes()
			if x.DType != y.DType || !slices.Equal(x.Shape, y.Shape) || !bytes.Equal(a, b) {
				t.Errorf("%s: %s differs", name, x.Name)
			}
		}
		net, err := families.Load(g, families.Source{})
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		for _, p := range net.Params() {
			order = append(order, p.Name())
		}
		if !slices.Equal(order, g.Names()) {
			t.Errorf("%s: the order is not that of the state dict", name)
		}
		a, _ := f.Value("config.json")
		b, _ := g.Value("config.json")
		c, err := diffusers.Parse([]byte(a.(string)))
		if err != nil {
			t.Fatal(err)
		}
		d, err := diffusers.Parse([]byte(b.(string)))
		if err != nil || c.Hash() != d.Hash() {
			t.Errorf("%s: the config is %s, %v", name, b, err)
		}
		var keys map[string]any
		if err := json.Unmarshal([]byte(b.(string)), &keys); err != nil || keys["_class_name"] != "UNet2DModel" || keys["_diffusers_version"] == "" || len(keys) != 27 {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
		if x, _ := f.Value("scheduler_config.json"); scheduled {
			if y, _ := g.Value("scheduler_config.json"); x != y {
				t.Errorf("%s: the scheduler is %s", name, y)
			}
		}
	}
	for _, text := range []string{
		`{"_class_name":"DDPMScheduler","beta_schedule":"scaled_linear","beta_start":0.00085,"variance_type":"fixed_large","prediction_type":"v_prediction"}`,
		`{"_class_name":"DDPMScheduler","beta_schedule":"squaredcos_cap_v2","num_train_timesteps":30,"prediction_type":"sample"}`,
		`{"_class_name":"DDPMScheduler","trained_betas":[0.25,0.5],"num_train_timesteps":2}`,
		`{"_class_name":"ScoreSdeVeScheduler","sigma_max":50}`,
	} {
		net, architecture, spec, err := families.Describe(openFolder(t, smallFolder(t, func(*diffusers.Config) {}, text)), families.Source{}, families.PriorOptions{Low: 0, High: 1})
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
		out := filepath.Join(t.TempDir(), "out")
		if _, scheduled, err := diffusers.Write(out, native, families.Source{}); err != nil || !scheduled {
			t.Errorf("%s: scheduler %v, %v", text, scheduled, err)
			continue
		}
		_, _, back, err := families.Describe(openFolder(t, out), families.Source{}, families.PriorOptions{Low: 0, High: 1})
		if err != nil || string(back.Predict.Schedule) != string(spec.Predict.Schedule) || back.Predict.Kind != spec.Predict.Kind || back.Sigmas != spec.Sigmas {
			t.Errorf("%s: %s %s, %v", text, back.Predict.Kind, back.Predict.Schedule, err)
		}
	}
	if _, _, err := diffusers.Write(t.TempDir(), openFolder(t, "../scoresde/testdata/score_sde/ddpm_vp_discrete/checkpoint_8.pth"), families.Source{}); err == nil || !strings.Contains(err.Error(), "family score_sde") {
		t.Errorf("a network of another family: %v", err)
	}
}
