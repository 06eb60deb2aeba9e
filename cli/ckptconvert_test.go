package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/prior"
	"tweedie/zoo"
)

// sameTensors compares two files bit for bit.
func sameTensors(t *testing.T, a, b string) {
	t.Helper()
	f, err := checkpoints.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g, err := checkpoints.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if !slices.Equal(f.Names(), g.Names()) {
		t.Fatalf("%s and %s have other names", a, b)
	}
	for i, x := range f.Tensors() {
		y := g.Tensors()[i]
		p, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		q, err := y.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if x.DType != y.DType || !slices.Equal(x.Shape, y.Shape) || !bytes.Equal(p, q) {
			t.Errorf("%s and %s differ in %q", a, b, x.Name)
		}
	}
}

// Tensors go from torch to safetensors and back with their types and bits, and through the native format in float32.
func TestConvertRoundTrip(t *testing.T) {
	for _, name := range admCases {
		dir := t.TempDir()
		at := func(file string) string { return filepath.Join(dir, file) }
		convert := func(from, to string, more ...string) {
			t.Helper()
			if code, _, err := ckptVerb(t, append([]string{"convert", "--checkpoint", from, "--out", to}, more...)...); code != 0 {
				t.Fatal(err)
			}
		}
		pt := admCase(name, "checkpoint.pt")
		convert(pt, at("plain"), "--plain")
		convert(at("plain"), at("torch"), "--torch")
		sameTensors(t, pt, at("plain"))
		sameTensors(t, pt, at("torch"))
		more := []string{"--config", admCase(name, "config.json")}
		if name == "classcond_neworder" {
			more = append(more, "--class", "2")
		}
		convert(pt, at("native"), append(more, "--zstd")...)
		convert(at("native"), at("again"), slices.DeleteFunc(more, func(s string) bool { return strings.HasPrefix(s, "--config") || strings.HasSuffix(s, ".json") })...)
		convert(at("again"), at("back"), "--torch")
		sameTensors(t, at("native"), at("again"))
		sameTensors(t, at("native"), at("back"))
		if name != "convresample_fp16" { // which is widened
			sameTensors(t, pt, at("back"))
		}
		// The native file says what --config said.
		a := arguments(name, dir)
		i := slices.Index(a, "--config")
		a = slices.Delete(a, i, i+2)
		a[slices.Index(a, "--checkpoint")+1] = at("native")
		if code, _, err := ckptVerb(t, a...); code != 0 {
			t.Fatal(err)
		}
		matches(t, name, dir, func(path string) []float64 { v, _ := values(t, path); return v })
	}
}

// A converted file is a prior that is sampled from.
func TestConvertedPrior(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "prior.safetensors")
	code, said, err := ckptVerb(t, "convert", "--checkpoint", admCase("ffhq_style", "checkpoint.pt"), "--config", admCase("ffhq_style", "config.json"),
		"--out", out, "--schedule", "cosine", "--size", "8,8", "--range", "0,255")
	if code != 0 || !strings.Contains(said, `"betas":"cosine"`) {
		t.Fatal(said, err)
	}
	p, e := zoo.Open(out, prior.Options{})
	if e != nil {
		t.Fatal(e)
	}
	if p.Params != 298374 || p.Info.Architecture != "unet" || p.Spec.Affine.ToPhysical(1) != 255 || p.Spec.Affine.ToPhysical(-1) != 0 {
		t.Errorf("%s: %+v", p.Summary(), p.Spec)
	}
	var stdout, stderr bytes.Buffer
	if run(t.Context(), []string{"sample", "--prior", out, "--n", "2", "--sampler", `{"kind":"heun","steps":3}`, "--out", filepath.Join(dir, "s")}, &stdout, &stderr) != 0 {
		t.Fatal(stderr.String())
	}
	if v, shape := values(t, filepath.Join(dir, "s", "samples.npy")); !slices.Equal(shape, []int{2, 3, 8, 8}) || v[0] != v[0] {
		t.Errorf("samples of shape %v, the first value is %v", shape, v[0])
	}
}

func TestConvertExplains(t *testing.T) {
	dir := t.TempDir()
	base := func(name string, more ...string) []string {
		return append([]string{"convert", "--checkpoint", admCase(name, "checkpoint.pt"), "--config", admCase(name, "config.json"), "--out", filepath.Join(dir, "out")}, more...)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--out is missing", []string{"convert"}},
		{"--checkpoint is missing", []string{"convert", "--out", filepath.Join(dir, "out")}},
		{"--checkpoint is missing", []string{"convert", "--torch", "--out", filepath.Join(dir, "out")}},
		{"exclude each other", base("ffhq_style", "--plain", "--torch")},
		{"torch does not read it", base("ffhq_style", "--torch", "--zstd")},
		{`begins with "ema."`, base("ffhq_style", "--torch", "--prefix", "ema.")},
		{"class is missing; the network has 7", base("classcond_neworder")},
		{"class is 7; the network has 7", base("classcond_neworder", "--class", "7")},
		{"the network has no classes", base("ffhq_style", "--class", "0")},
		{"want two numbers", base("ffhq_style", "--range", "1,0")},
		{"shape", base("ffhq_style", "--size", "8,0")},
		{"betas", base("ffhq_style", "--schedule", `{"kind":"ddpm","betas":"x"}`)},
		{"--schedule", base("ffhq_style", "--schedule", "quadratic")},
		{"does not tell the extents", []string{"convert", "--checkpoint", admCase("ffhq_style", "checkpoint.pt"), "--config", noSize(t, dir), "--out", filepath.Join(dir, "out")}},
		{"multiples of 2", base("ffhq_style", "--size", "7,8")},
	} {
		if code, _, err := ckptVerb(t, c.args...); code != 1 || !strings.Contains(err, c.want) {
			t.Errorf("%v: code %d, error %q does not say %q", c.args, code, err, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "out*")); len(left) > 0 {
		t.Errorf("%q was written", left)
	}
}

// noSize is the config of ffhq_style without the size of the images.
func noSize(t *testing.T, dir string) string {
	t.Helper()
	raw, err := os.ReadFile(admCase("ffhq_style", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "nosize.json")
	if err := os.WriteFile(path, bytes.Replace(raw, []byte(`"image_size": 16,`), []byte(`"image_size": 0,`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
