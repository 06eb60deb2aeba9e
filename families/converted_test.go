package families_test

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
	"tweedie/families/internal/nettest"
	"tweedie/internal/testkit"
	"tweedie/prior"
	"tweedie/rng"
)

// originals are the files of all rooms whose outputs are known, with how they are named.
var originals = []struct {
	files  string // of which config.json lies beside, where there is one and it is needed
	config bool
	text   string // the config itself
	family string
}{
	{files: "adm/testdata/*/checkpoint.*", config: true},
	{files: "edm/testdata/*/network-snapshot-000123.pkl"},
	{files: "scoresde/testdata/score_sde/*/checkpoint_8.pth", config: true},
	{files: "scoresde/testdata/score_sde_flax/*/checkpoint_7", config: true, family: "score_sde"},
	{files: "scoresde/testdata/score_prior/*/checkpoint_*", config: true, family: "score_prior"},
	{files: "diffusers/testdata/*"},
	{files: "denoisers/testdata/published/*.pt"},
	{files: "mlp/testdata/points.pt", text: `{"act":"silu","time":"concat","prediction":{"kind":"edm_ve"}}`},
	{files: "denoisingdiffusion/testdata/*.pt", text: `{"objective":"pred_noise"}`},
	{files: "denoisers/testdata/published/s*.safetensors"},
}

// TestConvertedFilesApply converts every published file to a native one: opened again it is evaluated as its authors' code does,
// with the very output of the published file, and describes itself as before.
func TestConvertedFilesApply(t *testing.T) {
	seen := 0
	for _, o := range originals {
		paths, err := filepath.Glob(o.files)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %d files, %v", o.files, len(paths), err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, ".md") || strings.Contains(path, "yardstick") || strings.Contains(path, ".golden.") {
				continue
			}
			source := families.Source{Family: o.family, Config: o.text}
			if o.config {
				text, err := os.ReadFile(filepath.Join(filepath.Dir(path), "config.json"))
				if err != nil {
					t.Fatal(err)
				}
				source.Config = string(text)
			}
			applies(t, path, source)
			seen++
		}
	}
	if dir := os.Getenv("TWEEDIE_WEIGHTS"); dir != "" {
		for _, name := range []string{"cam_mnist_ddpm.pth", "dncnn_25.pth", "dncnn_bias_free_0-100.pt", "lcv_faces40.pt", "scico_dncnn6N.mpk"} {
			applies(t, filepath.Join(dir, "originals", name), families.Source{})
		}
	}
	if seen < 30 {
		t.Errorf("only %d files", seen)
	}
}

// applies converts one file and compares.
func applies(t *testing.T, path string, source families.Source) {
	t.Helper()
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	net, err := families.Load(f, source)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	architecture, spec, err := described(net)
	if err != nil {
		if !strings.Contains(path, "diffusers/testdata/blocks_") { // conditioned on rows and times that no class stands for
			t.Errorf("%s is no prior: %v", path, err)
		}
		return
	}
	info, err := prior.Info(architecture, spec, nil)
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	native, saved := &checkpoints.File{}, filepath.Join(t.TempDir(), "native.safetensors")
	if err := native.SetInfo(info); err != nil {
		t.Fatal(err)
	}
	if err := native.AddParams("", net.Params()); err != nil {
		t.Fatal(err)
	}
	if err := checkpoints.Save(saved, native, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	back, err := checkpoints.Open(saved)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	again, err := families.Load(back, families.Source{})
	if err != nil {
		t.Errorf("%s: converted: %v", path, err)
		return
	}
	want, got := evaluated(t, net, spec), evaluated(t, again, spec)
	if d := nettest.Apart(got, want); !(d == 0) {
		t.Errorf("%s: converted, the output is %g off", path, d)
	}
	if a, s, err := again.Describe(families.PriorOptions{High: 1}); err != nil || a != architecture || s.Affine != spec.Affine || !slices.Equal(s.Shape, spec.Shape) {
		t.Errorf("%s: converted, it is described as %s %+v (%v), before as %s %+v", path, a, s, err, architecture, spec)
	}
}

// described is the network as a prior, with a class, extents and a process where it has none itself.
func described(net families.Original) (architecture string, spec families.Spec, err error) {
	for _, schedule := range []string{"", "linear", `{"kind":"ddpm","variance":"learned-range"}`, `{"_class_name":"ScoreSdeVeScheduler","sigma_min":0.01,"sigma_max":50}`} {
		for _, extents := range [][]int{nil, slices.Repeat([]int{16}, net.Dims())} {
			for _, class := range []*int{nil, new(int)} {
				architecture, spec, err = net.Describe(families.PriorOptions{High: 1, Schedule: schedule, Extents: extents, Class: class})
				if err == nil {
					return architecture, spec, nil
				}
			}
		}
	}
	return "", spec, err
}

// evaluated is the output of a network at images of the shape of spec, which must be finite and not all zero.
func evaluated(t *testing.T, net families.Original, spec families.Spec) []float64 {
	t.Helper()
	shape := autodiff.S(append([]int{2}, smaller(spec.Shape)...)...)
	times := []float64{1, 3}
	var y families.Labels
	if n := families.Classes(net.Network()); n > 0 {
		y.Values = []float64{0, float64(n - 1)}
	}
	if err := net.Check(shape, times, y); err != nil {
		t.Fatal(err)
	}
	s := autodiff.NewArena().Scope(autodiff.Eval, autodiff.F32)
	defer s.Close()
	s.Freeze()
	out := testkit.Values(net.Forward(s, s.Const64(shape, nettest.Normals(shape.Size())), times, y))
	for _, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("the output holds %v", v)
		}
	}
	if slices.Max(out) == 0 {
		t.Error("the output is zero")
	}
	return out
}

// smaller is a shape of images without the nominal extents of networks that take any.
func smaller(shape []int) []int {
	out := slices.Clone(shape)
	for i := range out[1:] {
		if out[1+i] == 256 {
			out[1+i] = 16
		}
	}
	return out
}

// A training state loads with its averages, or with the weights of training, of a family whose files are all our own too; blocks of
// somebody's are there again, and what the file is said to be must be so.
func TestNativeStates(t *testing.T) {
	shape := []int{1, 8, 8}
	for architecture, config := range map[string]string{"conv-score": "", "denoising_diffusion": small["denoising_diffusion"]} {
		spec := families.Spec{Shape: shape, SigmaData: .5, Affine: diffusion.Affine{Scale: 1}, Range: [2]float64{-1, 1}, Std: .5}
		var given json.RawMessage
		if config != "" {
			given = json.RawMessage(config)
		}
		net, effective, err := families.Build(architecture, given, shape, rng.New(1))
		if err != nil {
			t.Fatal(err)
		}
		spec.Network = effective
		if in, ok := net.(families.Inserter); ok {
			if err := spec.Insert(net, families.Insertion{At: in.Places()[0].Name, Kind: "test-gain"}, rng.New(2)); err != nil {
				t.Fatal(err)
			}
		}
		info, err := prior.Info(architecture, spec, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &checkpoints.File{}
		if err := f.SetInfo(info); err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Params() {
			mean := slices.Clone(p.Data())
			for i := range mean {
				mean[i] /= 2
			}
			dims := p.Shape().Dims(nil)
			if err := f.Add(checkpoints.FromFloat32("param."+p.Name(), dims, p.Data()), checkpoints.FromFloat32("ema."+p.Name(), dims, mean)); err != nil {
				t.Fatal(err)
			}
		}
		for raw, by := range map[bool]float32{true: 1, false: .5} {
			got, err := families.Load(f, families.Source{Raw: raw})
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range got.Params() {
				if want := net.Params()[i]; p.Name() != want.Name() || p.Data()[0] != by*want.Data()[0] {
					t.Errorf("%s, raw %v: parameter %s is not %g times that of training", architecture, raw, p.Name(), by)
				}
			}
			if a, s, err := got.Describe(families.PriorOptions{Low: 0, High: 10, Extents: []int{8, 16}}); err != nil || a != architecture || s.Affine.ToPhysical(1) != 10 || s.Shape[2] != 16 || len(s.Inserted) != len(spec.Inserted) {
				t.Errorf("%s is described as %s %+v (%v)", architecture, a, s, err)
			}
		}
		if _, err := families.Load(f, families.Source{Family: "edm"}); err == nil {
			t.Errorf("%s loads as a network of EDM", architecture)
		}
	}
}
