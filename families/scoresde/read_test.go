package scoresde_test

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
	"tweedie/families/internal/nettest"
	"tweedie/families/scoresde"
	"tweedie/internal/testkit"
	"tweedie/layers"
	"tweedie/layers/layerstest"
	"tweedie/prior"
	"tweedie/rng"
)

// scoreCase is a network of testdata with what the original computed; see testdata/README.md.
type scoreCase struct {
	dir, file string
	fourier   bool
}

var scoreCases = []scoreCase{
	{"score_sde/ddpm_vp_discrete", "checkpoint_8.pth", false},
	{"score_sde/ddpmpp_vp_continuous", "checkpoint_8.pth", false},
	{"score_sde/ncsnpp_ve_continuous", "checkpoint_8.pth", true},
	{"score_prior/ncsnpp_vp_default", "checkpoint_100000", false},
}

func (k scoreCase) open(t *testing.T) (*checkpoints.File, families.Source) {
	t.Helper()
	f, err := checkpoints.Open(filepath.Join("testdata", k.dir, k.file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	text, err := os.ReadFile(filepath.Join("testdata", k.dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	return f, families.Source{Config: string(text)}
}

// array is an array of the case, images with channels first.
func (k scoreCase) array(t *testing.T, name string) ([]float64, autodiff.Shape) {
	t.Helper()
	a, err := checkpoints.ReadArray(filepath.Join("testdata", k.dir, name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Shape) == 4 && !strings.HasPrefix(k.dir, "score_sde/") {
		if a, err = a.Permute(0, 3, 1, 2); err != nil {
			t.Fatal(err)
		}
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, autodiff.S(a.Shape...)
}

// The original files give what the original gave: output, gradient, the weights that are not averaged, and the score.
func TestScoreSDEGolden(t *testing.T) {
	for _, k := range scoreCases {
		f, source := k.open(t)
		net, err := families.Load(f, source)
		if err != nil {
			t.Fatal(err)
		}
		x, shape := k.array(t, "x")
		labels, _ := k.array(t, "labels")
		times, _ := k.array(t, "t")
		probe, _ := k.array(t, "probe")
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
		s.Freeze()
		in := s.Watch(s.Const64(shape, x))
		if err := net.Check(shape, labels, families.Labels{}); err != nil {
			t.Error(err)
		}
		out := net.Forward(s, in, labels, families.Labels{})
		score := scoresde.ScoreFunction{Net: net.Network().(*scoresde.Network)}
		gradient := 1e-4
		if k.fourier {
			gradient = 1e-3
		}
		for name, c := range map[string]struct {
			got autodiff.Var
			tol float64
		}{
			"out":   {out, 2e-5},
			"gradx": {s.Grad1(s.Dot(out, s.Const64(out.Shape(), probe)), in), gradient},
			"score": {score.Score(s, in, times), 2e-5},
		} {
			want, _ := k.array(t, name)
			d := nettest.Apart(testkit.Values(c.got), want)
			if t.Logf("%s %s: %.1e", k.dir, name, d); !(d <= c.tol) {
				t.Errorf("%s: %s is %g off, want %g", k.dir, name, d, c.tol)
			}
		}
		s.Close()
		if strings.HasPrefix(k.dir, "score_prior") {
			continue
		}
		source.Raw = true
		raw, err := families.Load(f, source)
		if err != nil {
			t.Fatal(err)
		}
		s = autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		want, _ := k.array(t, "out_model_weights")
		if d := nettest.Apart(testkit.Values(raw.Forward(s, s.Const64(shape, x), labels, families.Labels{})), want); !(d <= 2e-5) {
			t.Errorf("%s: the output of weights that are not averaged is %g off", k.dir, d)
		}
		s.Close()
	}
}

// Every switch that only the flax code runs, and the pyramids of the published large networks.
func TestScoreSDEFlaxGolden(t *testing.T) {
	dirs, err := filepath.Glob("testdata/score_sde_flax/*")
	if err != nil || len(dirs) != 6 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	for _, dir := range dirs {
		k := scoreCase{dir: filepath.Join("score_sde_flax", filepath.Base(dir)), file: "checkpoint_7"}
		f, source := k.open(t)
		source.Family = scoresde.Name
		net, err := families.Load(f, source)
		if err != nil {
			t.Fatal(err)
		}
		x, shape := k.array(t, "x")
		labels, _ := k.array(t, "labels")
		probe, _ := k.array(t, "probe")
		s := autodiff.NewArena().Scope(autodiff.Record, autodiff.F32)
		s.Freeze()
		in := s.Watch(s.Const64(shape, x))
		out := net.Forward(s, in, labels, families.Labels{})
		for name, got := range map[string]autodiff.Var{"out": out, "gradx": s.Grad1(s.Dot(out, s.Const64(out.Shape(), probe)), in)} {
			want, _ := k.array(t, name)
			d := nettest.Apart(testkit.Values(got), want)
			if t.Logf("%s %s: %.1e", k.dir, name, d); !(d <= 2e-5) {
				t.Errorf("%s: %s is %g off, want 2e-5", k.dir, name, d)
			}
		}
		s.Close()
	}
}

// A file tells its step, and whether the weights that are taken are averages.
func TestStateOf(t *testing.T) {
	for _, k := range scoreCases {
		f, source := k.open(t)
		step, averaged := families.StateOf(f, source)
		source.Raw = true
		again, raw := families.StateOf(f, source)
		if want := map[bool]int64{true: 1234, false: 100000}[strings.HasPrefix(k.dir, "score_sde/")]; step != want || again != want || !averaged || raw {
			t.Errorf("%s: steps %d and %d, averaged %v and %v; want %d", k.dir, step, again, averaged, raw, want)
		}
	}
	if step, averaged := families.StateOf(&checkpoints.File{}, families.Source{}); step != 0 || averaged {
		t.Errorf("an empty file: %d %v", step, averaged)
	}
}

// The raw weights of a flax state are others than the averages, and score_sde's flax code reads it when asked to.
func TestFlaxWeights(t *testing.T) {
	f, source := scoreCases[3].open(t)
	values := map[string][]float32{}
	for name, change := range map[string]func(s *families.Source){
		"averages": func(*families.Source) {}, "raw": func(s *families.Source) { s.Raw = true }, "score_sde": func(s *families.Source) { s.Family = scoresde.Name },
	} {
		s := source
		change(&s)
		net, err := families.Load(f, s)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Params() {
			values[name] = append(values[name], p.Data()...)
		}
	}
	if slices.Equal(values["averages"], values["raw"]) || !slices.Equal(values["averages"], values["score_sde"]) {
		t.Error("raw weights are the averages, or score_sde reads others")
	}
}

// As a prior, a network gives the score of its process: of x_t at times and, on a discrete process, at steps.
func TestScoreSDEPrior(t *testing.T) {
	for _, k := range scoreCases {
		f, source := k.open(t)
		net, architecture, spec, err := families.Describe(f, source, families.PriorOptions{Low: 10, High: 20})
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
		path := filepath.Join(t.TempDir(), "native.safetensors")
		if err := checkpoints.Save(path, native, checkpoints.SaveOptions{}); err != nil {
			t.Fatal(err)
		}
		back, err := checkpoints.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer back.Close()
		p0, err := prior.FromFile(k.dir, back, prior.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := families.Load(back, families.Source{}); err != nil || again == nil {
			t.Errorf("%s: the native file does not load as a network: %v", k.dir, err)
		}
		ends := [2]float64{-1, 1}
		fn := scoresde.ScoreFunction{Net: net.Network().(*scoresde.Network)}
		if !fn.Net.Config().Data.Centered {
			ends[0] = 0
		}
		if a := p0.Spec.Affine; a.ToPhysical(ends[0]) != 10 || a.ToPhysical(ends[1]) != 20 {
			t.Errorf("%s: %v is shown as %g and %g", k.dir, ends, a.ToPhysical(ends[0]), a.ToPhysical(ends[1]))
		}
		x, shape := k.array(t, "x")
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
		v := s.Const64(shape, x)
		var got, want autodiff.Var
		if spec.Predict.Schedule != nil && strings.Contains(string(spec.Predict.Schedule), "ddpm") {
			c, err := diffusion.DecodeDDPM(spec.Predict.Schedule)
			if err != nil {
				t.Fatal(err)
			}
			d, err := c.Build()
			if err != nil {
				t.Fatal(err)
			}
			steps := []int{200, 998}
			times, r, alpha := make([]float64, 2), make([]float64, 2), make([]float64, 2)
			for i, k := range steps {
				a2 := d.AlphaBar[k]
				times[i], r[i], alpha[i] = float64(k)/999, math.Sqrt((1-a2)/a2), math.Sqrt(a2)
			}
			scale := s.Const64(autodiff.S(2, 1, 1, 1), []float64{1 / alpha[0], 1 / alpha[1]})
			got = s.Mul(diffusion.ScoreOf(s, p0.Denoiser, s.Mul(v, scale), r), scale)
			want = fn.Score(s, v, times)
		} else {
			times, _ := k.array(t, "t")
			schedule, err := diffusion.DecodeSchedule(spec.Predict.Schedule)
			if err != nil {
				t.Fatal(err)
			}
			got = diffusion.Score(s, p0.Denoiser, schedule, v, times)
			golden, _ := k.array(t, "score")
			want = s.Const64(shape, golden)
		}
		if d := nettest.Apart(testkit.Values(got), testkit.Values(want)); !(d <= 1e-4) {
			t.Errorf("%s: the score of the prior is %g off", k.dir, d)
		}
		s.Close()
	}
}

// doubleOf is a network of a config with random weights.
func doubleOf(t *testing.T, sde string, continuous bool, embedding, code string) *scoresde.Network {
	t.Helper()
	c := scoresde.Default()
	c.Code, c.Training.SDE, c.Training.Continuous = code, sde, continuous
	c.Data.ImageSize, c.Data.NumChannels, c.Data.Centered = 4, 1, true
	c.Model.NF, c.Model.ChMult, c.Model.NumResBlocks, c.Model.NumScales, c.Model.EmbeddingType = 4, []int{1}, 1, 100, embedding
	n, err := scoresde.New(layers.Root(rng.New(3)), c)
	if err != nil {
		t.Fatal(err)
	}
	layerstest.Randomize(n.Params(), rng.New(4), 0.3)
	return n
}

// Labels and factors of every process, against the formulas; discrete processes have N = 100 levels.
func TestScoreFunctionRules(t *testing.T) {
	at := 0.57
	c := -at*at*19.9/4 - at*0.1/2
	betas := func(k int) float64 { // sqrt(1 - prod)
		p := 1.0
		for i := range k + 1 {
			p *= 1 - (0.1+19.9*float64(i)/99)/100
		}
		return math.Sqrt(1 - p)
	}
	small := 1e-3
	tiny := -small*small*19.9/4 - small*0.1/2
	for _, k := range []struct {
		net                 *scoresde.Network
		time, label, factor float64
	}{
		{doubleOf(t, "vpsde", true, "positional", ""), at, 999 * at, -1 / math.Sqrt(1-math.Exp(2*c))},
		{doubleOf(t, "subvpsde", true, "positional", ""), at, 999 * at, -1 / (1 - math.Exp(2*c))},
		{doubleOf(t, "subvpsde", false, "positional", ""), at, 999 * at, -1 / (1 - math.Exp(2*c))},
		{doubleOf(t, "vpsde", false, "positional", ""), at, 99 * at, -1 / betas(56)},
		{doubleOf(t, "vesde", true, "fourier", ""), at, 0.01 * math.Pow(5000, at), 1},
		{doubleOf(t, "vesde", false, "positional", ""), at, 43, 1},  // 42.57
		{doubleOf(t, "vesde", false, "positional", ""), 0.5, 50, 1}, // 49.5, to even
		{doubleOf(t, "vpsde", true, "positional", ""), small, 999 * small, -1 / math.Sqrt(1-math.Exp(2*tiny))},
		{doubleOf(t, "vpsde", true, "positional", scoresde.ScorePriorFlax), small, 999 * small, -1 / math.Sqrt(-2*tiny)},
		{doubleOf(t, "subvpsde", true, "positional", scoresde.ScorePriorFlax), small, 999 * small, 1 / (2 * tiny)},
	} {
		s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F64)
		x := s.Const64(autodiff.S(1, 1, 4, 4), nettest.Normals(16))
		got := testkit.Values(scoresde.ScoreFunction{Net: k.net}.Score(s, x, []float64{k.time}))
		want := testkit.Values(s.Scale(k.net.Forward(s, x, []float64{k.label}), k.factor))
		if d := nettest.Apart(got, want); !(d <= 1e-5) {
			c := k.net.Config()
			t.Errorf("%s %v at %g: %g off", c.Training.SDE, c.Training.Continuous, k.time, d)
		}
		s.Close()
	}
}

// The discrete VE process takes the index of the nearest noise level, counted from the highest.
func TestVESteps(t *testing.T) {
	p := families.Prediction{Kind: "score", Label: "index", Steps: 10, Schedule: json.RawMessage(`{"kind":"ve","sigma_min":0.01,"sigma_max":50}`)}
	prec, err := p.Preconditioning(1)
	if err != nil {
		t.Fatal(err)
	}
	for r, label := range map[float64]float64{50: 0, 100: 0, 0.01: 9, 0.001: 9, 0.01 * math.Pow(5000, 5./9): 4, 0.01 * math.Pow(5000, 4.4/9): 5} {
		if c := prec.Coefs(r); c.Label != label || c.In != 1 || c.DSkip != 1 || math.Abs(c.DOut-r*r) > 1e-12*r*r {
			t.Errorf("at %g: %+v, want label %g", r, c, label)
		}
	}
	for want, bad := range map[string]families.Prediction{
		"of ve, not of vp":  {Kind: "score", Label: "index", Steps: 10, Schedule: json.RawMessage(`{"kind":"vp"}`)},
		"steps is 1":        {Kind: "score", Label: "index", Steps: 1, Schedule: p.Schedule},
		`label "step"`:      {Kind: "score", Label: "step", Schedule: p.Schedule},
		"label_scale 3":     {Kind: "score", Label: "sigma", LabelScale: 3, Schedule: p.Schedule},
		"label_scale 3; wa": {Kind: "score", Label: "index", Steps: 10, LabelScale: 3, Schedule: p.Schedule},
	} {
		if _, err := bad.Preconditioning(1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}

// Every mistake names what is wrong.
func TestScoreSDEFilesExplain(t *testing.T) {
	f, source := scoreCases[2].open(t)
	flax, prior := scoreCases[3].open(t)
	with := func(s families.Source, old, new string) families.Source {
		s.Config = strings.Replace(s.Config, old, new, 1)
		return s
	}
	family := func(s families.Source, name string) families.Source { s.Family = name; return s }
	for want, c := range map[string]struct {
		f *checkpoints.File
		s families.Source
	}{
		"do not describe themselves":        {f, families.Source{}},
		"sigma_max 60":                      {f, with(source, `"sigma_max": 50`, `"sigma_max": 60`)},
		"num_scales is 999":                 {f, with(source, `"num_scales": 1000`, `"num_scales": 999`)},
		"wrong shape":                       {f, with(source, `"nf": 8`, `"nf": 12`)},
		"missing":                           {f, with(source, `"residual"`, `"none"`)},
		"no section \"block_out_channels\"": {f, families.Source{Config: `{"block_out_channels":[8]}`}},
		"the tensors are those of score_s":  {f, family(source, adm.Name)},
		"those of score_prior":              {flax, family(prior, adm.Name)},
		"cannot be built":                   {f, family(source, "stylegan")},
		"ends too early":                    {f, families.Source{Config: "{"}},
	} {
		if _, err := families.Load(c.f, c.s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	class := 3
	for want, d := range map[string]families.PriorOptions{
		"no classes": {Low: 0, High: 1, Class: &class}, "low < high": {Low: 1}, "a schedule was given": {Low: 0, High: 1, Schedule: "linear"},
		"multiples of 2": {Low: 0, High: 1, Extents: []int{7, 8}},
	} {
		if _, _, _, err := families.Describe(f, source, d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if _, _, err := families.Build("score_sde", nil, []int{3, 8, 8}, rng.New(1)); err == nil || !strings.Contains(err.Error(), "no default network") {
		t.Errorf("%v", err)
	}
	if _, problems, err := families.Match(f, with(source, `"nf": 8`, `"nf": 12`)); err != nil || len(problems) == 0 {
		t.Errorf("%d problems, %v", len(problems), err)
	}
	if _, problems, err := families.Match(f, source); err != nil || len(problems) != 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// Labels are numbers or rows; a row of zeros is no class where the network takes that.
func TestLabels(t *testing.T) {
	for _, c := range []struct {
		y       families.Labels
		classes int
		zero    bool
		want    []int
		err     string
	}{
		{families.Labels{}, 0, false, nil, ""},
		{families.Labels{}, 3, true, []int{-1, -1}, ""},
		{families.Labels{}, 3, false, nil, "labels: there are none; the network has 3"},
		{families.Labels{Values: []float64{1, 2}}, 0, false, nil, "no classes"},
		{families.Labels{Values: []float64{1, 2}}, 3, false, []int{1, 2}, ""},
		{families.Labels{Values: []float64{1, 3}}, 3, false, nil, "class 3 of sample 1"},
		{families.Labels{Values: []float64{1, 0.5}}, 3, false, nil, "class 0.5 of sample 1"},
		{families.Labels{Values: []float64{1, math.NaN()}}, 3, false, nil, "class NaN"},
		{families.Labels{Values: []float64{0, 1, 1, 0}, Width: 2}, 2, false, []int{1, 0}, ""},
		{families.Labels{Values: []float64{0, 1, 0, 0}, Width: 2}, 2, true, []int{1, -1}, ""},
		{families.Labels{Values: []float64{0, 1, 0, 0}, Width: 2}, 2, false, nil, "row 1 is not"},
		{families.Labels{Values: []float64{0, 1, 1, 1}, Width: 2}, 2, true, nil, "row 1 is not"},
		{families.Labels{Values: []float64{0, 1, 1, 0}, Width: 2}, 3, false, nil, "want classes [2] or rows [2,3]"},
	} {
		got, err := c.y.Classes(c.classes, 2, c.zero)
		if !slices.Equal(got, c.want) || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%+v of %d: %v, %v; want %v, %q", c.y, c.classes, got, err, c.want, c.err)
		}
	}
}
