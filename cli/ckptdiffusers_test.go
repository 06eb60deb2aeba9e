package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/prior"
	"tweedie/zoo"
)

// diffusersCase returns a path in the folder of one network of diffusers; see the README of that folder.
func diffusersCase(name, file string) string {
	return filepath.Join("../families/diffusers/testdata", name, file)
}

// diffusersCases lists the folders, and the weights in them.
var diffusersCases = map[string]string{
	"ddpm_cifar10_style":           "diffusion_pytorch_model.safetensors",
	"ncsnpp_style":                 "diffusion_pytorch_model.fp16.safetensors",
	"scaleshift_resnetupdown_cond": "diffusion_pytorch_model.safetensors",
	"blocks_skip":                  "diffusion_pytorch_model.fp16.safetensors",
	"blocks_resnet":                "diffusion_pytorch_model.fp16.safetensors",
}

// diffusersArguments returns the flags of ckpt apply for a case with the given checkpoint, writing to dir.
func diffusersArguments(name, checkpoint, dir string) []string {
	a := []string{"apply", "--checkpoint", checkpoint, "--x", diffusersCase(name, "x.npy"), "--t", diffusersCase(name, "t.npy"), "--out", filepath.Join(dir, "out.npy"),
		"--probe", diffusersCase(name, "probe.npy"), "--grad", filepath.Join(dir, "gradx.npy")}
	if _, err := os.Stat(diffusersCase(name, "y.npy")); err == nil {
		a = append(a, "--labels", diffusersCase(name, "y.npy"))
	}
	return a
}

// Folders of diffusers, and their weights with the config, through the command give what the original gave; so does the
// folder that is written of them.
func TestApplyDiffusers(t *testing.T) {
	for name, file := range diffusersCases {
		dir := t.TempDir()
		written := filepath.Join(dir, "written")
		if code, said, err := ckptVerb(t, "convert", "--checkpoint", diffusersCase(name, ""), "--diffusers", "--out", written); code != 0 || !strings.Contains(said, "tensors, config.json") {
			t.Fatal(said, err)
		}
		for _, a := range [][]string{
			diffusersArguments(name, diffusersCase(name, ""), dir),
			append(diffusersArguments(name, diffusersCase(name, file), dir), "--config", diffusersCase(name, "config.json"), "--family", "diffusers"),
			diffusersArguments(name, written, dir),
		} {
			if code, _, err := ckptVerb(t, a...); code != 0 {
				t.Fatalf("%s: %s", name, err)
			}
			for array, tolerance := range map[string]float64{"out.npy": 2e-5, "gradx.npy": 1e-4} {
				got, shape := values(t, filepath.Join(dir, array))
				want, wantShape := values(t, diffusersCase(name, array))
				if d := apart(t, got, want); !(d <= tolerance) || !slices.Equal(shape, wantShape) {
					t.Errorf("%s: %s is %g off, shape %v; want %g, %v", name, array, d, shape, tolerance, wantShape)
				}
			}
		}
	}
}

// A folder is a prior that is sampled from, and so is the native file made of it; the folder written of that has its
// tensors bit for bit.
func TestDiffusersPriors(t *testing.T) {
	for name, kind := range map[string]string{"ddpm_cifar10_style": "ddpm", "ncsnpp_style": "ve"} {
		dir := t.TempDir()
		native, back := filepath.Join(dir, "native"), filepath.Join(dir, "back")
		if code, said, err := ckptVerb(t, "convert", "--checkpoint", diffusersCase(name, ""), "--out", native, "--zstd"); code != 0 || !strings.Contains(said, fmt.Sprintf(`"kind":%q`, kind)) {
			t.Fatal(said, err)
		}
		var samples [][]float64
		for _, prior := range []string{diffusersCase(name, ""), native} {
			var stdout, stderr bytes.Buffer
			out := filepath.Join(dir, "s")
			if run(t.Context(), []string{"sample", "--prior", prior, "--n", "1", "--sampler", `{"kind":"heun","steps":2}`, "--out", out}, &stdout, &stderr) != 0 {
				t.Fatal(stderr.String())
			}
			v, shape := values(t, filepath.Join(out, "samples.npy"))
			if !slices.Equal(shape, []int{1, 3, 16, 16}) || v[0] != v[0] {
				t.Errorf("samples of shape %v, the first value is %v", shape, v[0])
			}
			samples = append(samples, v)
		}
		if !slices.Equal(samples[0], samples[1]) {
			t.Errorf("%s: the native file gives other samples", name)
		}
		if code, _, err := ckptVerb(t, "convert", "--checkpoint", native, "--diffusers", "--out", back); code != 0 {
			t.Fatal(err)
		}
		f, err := checkpoints.Open(back)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, ok := f.Value("scheduler_config.json"); !ok {
			t.Errorf("%s: the scheduler is lost", name)
		}
		sameTensors(t, native, back)
	}
}

// Bad configurations, weights that do not fit or are not finite, and inputs that are not taken are explained; nothing is
// written.
func TestDiffusersThroughTheCommand(t *testing.T) {
	const name = "ddpm_cifar10_style"
	dir := t.TempDir()
	at := func(file string) string { return filepath.Join(dir, file) }
	weights := diffusersCase(name, diffusersCases[name])
	config := func(text string) []string {
		path := filepath.Join(t.TempDir(), "config.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return append(diffusersArguments(name, weights, dir), "--config", path)
	}
	f, err := checkpoints.Open(weights)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	nan := &checkpoints.File{}
	for _, x := range f.Tensors() {
		if x.Name == "conv_out.bias" {
			x = checkpoints.FromBytes(x.Name, checkpoints.F32, x.Shape, slices.Repeat([]byte{255}, 12))
		}
		if err := nan.Add(x); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.Save(at("nan"), nan, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	const two = `"down_block_types":["DownBlock2D","DownBlock2D"],"up_block_types":["UpBlock2D","UpBlock2D"]`
	with := func(flag, value string) []string {
		a := diffusersArguments(name, diffusersCase(name, ""), dir)
		if i := slices.Index(a, flag); i >= 0 {
			a[i+1] = value
			return a
		}
		return append(a, flag, value)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"name their folder, or give the config.json", diffusersArguments(name, weights, dir)},
		{"block_out_channels is [1073741824 2147483648]; want 2 to 65536", config(`{"block_out_channels":[1073741824,2147483648],` + two + `}`)},
		{"block_out_channels is [-32 64]", config(`{"block_out_channels":[-32,64],"layers_per_block":-1,` + two + `}`)},
		{"down_block_types[1] is KDownBlock2D", config(`{"block_out_channels":[32,64],` + strings.Replace(two, `,"DownBlock2D"`, `,"KDownBlock2D"`, 1) + `}`)},
		{"down_block_types is [DownBlock2D DownBlock2D]; want 3", config(`{"block_out_channels":[32,64,64],` + two + `}`)},
		{"norm_num_groups is 32; want a divisor of the 30", config(`{"block_out_channels":[30,60],` + two + `}`)},
		{`_class_name is "UNet2DConditionModel"`, config(`{"_class_name":"UNet2DConditionModel","block_out_channels":[32]}`)},
		{"linear: a parameter of extents [262144 65536] takes 64 GiB: want at most 8", config(`{"block_out_channels":[65536,65536],` + two + `}`)},
		{"tensors do not fit, nothing was loaded", config(`{"block_out_channels":[8192,8192],` + two + `}`)},
		{"wrong shape", config(`{"block_out_channels":[32,32],"norm_num_groups":8,` + two + `}`)},
		{`NaN at 0`, append(diffusersArguments(name, at("nan"), dir), "--config", diffusersCase(name, "config.json"))},
		{"the network has no classes", with("--labels", diffusersCase(name, "t.npy"))},
		{"want 3 channels", with("--x", diffusersCase("blocks_resnet", "x.npy"))},
		{"the tensors are those of diffusers", with("--family", "adm")},
	} {
		code, _, err := ckptVerb(t, c.args...)
		if code != 1 || !strings.Contains(err, c.want) {
			t.Errorf("%v: code %d, error %q does not say %q", c.args, code, err, c.want)
		}
	}
	if left, _ := filepath.Glob(at("*.npy")); len(left) > 0 {
		t.Errorf("files were written: %q", left)
	}
	if code, out, err := ckptVerb(t, "inspect", diffusersCase(name, "")); code != 0 || !strings.Contains(out, "177427 parameters") || strings.Contains(out, "problem") {
		t.Errorf("code %d, %s %s", code, out, err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"leave out --plain", []string{"convert", "--checkpoint", diffusersCase(name, ""), "--out", at("x"), "--diffusers", "--plain"}},
		{"is no empty folder", []string{"convert", "--checkpoint", diffusersCase(name, ""), "--out", dir, "--diffusers"}},
		{"family adm", []string{"convert", "--checkpoint", admCase("ffhq_style", "checkpoint.pt"), "--config", admCase("ffhq_style", "config.json"), "--out", at("x"), "--diffusers"}},
		{"out_channels is 4 and in_channels 2", []string{"convert", "--checkpoint", diffusersCase("scaleshift_resnetupdown_cond", ""), "--out", at("x"), "--class", "1"}},
	} {
		if code, _, err := ckptVerb(t, c.args...); code != 1 || !strings.Contains(err, c.want) {
			t.Errorf("%v: code %d, error %q does not say %q", c.args, code, err, c.want)
		}
	}
	if _, err := zoo.Open(diffusersCase("blocks_skip", ""), prior.Options{}); err == nil || !strings.Contains(err.Error(), "there is no scheduler_config.json") {
		t.Errorf("a folder without scheduler as a prior: %v", err)
	}
}
