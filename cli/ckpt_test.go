package cli

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tweedie/checkpoints"
	"tweedie/families/adm"
	"tweedie/internal/ckpt"
)

// ckptVerb runs a verb of ckpt.
func ckptVerb(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"ckpt"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// admCase returns a path in the folder of one network of guided diffusion; see families/adm/testdata/README.md.
func admCase(name, file string) string { return filepath.Join("../families/adm/testdata", name, file) }

var admCases = []string{"classcond_neworder", "convresample_fp16", "ffhq_style"}

// arguments returns the flags of ckpt apply for a case, writing to dir.
func arguments(name, dir string) []string {
	a := []string{"apply", "--checkpoint", admCase(name, "checkpoint.pt"), "--config", admCase(name, "config.json"),
		"--x", admCase(name, "x.npy"), "--t", admCase(name, "t.npy"), "--out", filepath.Join(dir, "out.npy"),
		"--probe", admCase(name, "probe.npy"), "--grad", filepath.Join(dir, "gradx.npy")}
	if name == "classcond_neworder" {
		a = append(a, "--labels", admCase(name, "y.npy"))
	}
	return a
}

func values(t *testing.T, path string) ([]float64, []int) {
	t.Helper()
	a, err := checkpoints.ReadArray(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := a.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return v, a.Shape
}

// apart returns the largest difference over the largest value wanted.
func apart(t *testing.T, got, want []float64) float64 {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values, want %d", len(got), len(want))
	}
	diff, top := 0.0, 0.0
	for i, w := range want {
		diff, top = max(diff, math.Abs(got[i]-w)), max(top, math.Abs(w))
	}
	return diff / top
}

// matches compares what ckpt apply wrote with what the original computed.
func matches(t *testing.T, name, dir string, read func(path string) []float64) {
	t.Helper()
	for file, tolerance := range map[string]float64{"out.npy": 2e-5, "gradx.npy": 1e-4} {
		want, _ := values(t, admCase(name, file))
		d := apart(t, read(filepath.Join(dir, file)), want)
		if t.Logf("%s %s: %.1e", name, file, d); !(d <= tolerance) {
			t.Errorf("%s: %s is %g off, want %g", name, file, d, tolerance)
		}
	}
}

// The original files through the command give what the original gave.
func TestApplyADM(t *testing.T) {
	for _, name := range admCases {
		for _, more := range [][]string{nil, {"--f64"}, {"--family", "adm"}} {
			dir := t.TempDir()
			if code, _, err := ckptVerb(t, append(arguments(name, dir), more...)...); code != 0 {
				t.Fatalf("%s %v: %s", name, more, err)
			}
			matches(t, name, dir, func(path string) []float64 { v, _ := values(t, path); return v })
		}
	}
}

// turned returns an array of images with its channels moved from axis 1 to the last, or back.
func turned(v []float64, shape []int, last bool) ([]float64, []int) {
	b, c, h, w := shape[0], shape[1], shape[2], shape[3]
	to := []int{b, h, w, c}
	if !last {
		b, h, w, c = shape[0], shape[1], shape[2], shape[3]
		to = []int{b, c, h, w}
	}
	out := make([]float64, len(v))
	for n := range b {
		for k := range c {
			for p := range h * w {
				first, end := (n*c+k)*h*w+p, (n*h*w+p)*c+k
				if last {
					out[end] = v[first]
				} else {
					out[first] = v[end]
				}
			}
		}
	}
	return out, to
}

// Channels last, one-hot rows for classes and one time for all samples are the same evaluation.
func TestApplyLayouts(t *testing.T) {
	const name = "classcond_neworder"
	dir := t.TempDir()
	write := func(file string, v []float64, shape []int) string {
		path := filepath.Join(dir, file)
		if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64("", shape, v)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := arguments(name, dir)
	replace := func(flag, path string) {
		for i := range args {
			if args[i] == flag {
				args[i+1] = path
			}
		}
	}
	for flag, file := range map[string]string{"--x": "x.npy", "--probe": "probe.npy"} {
		v, shape := values(t, admCase(name, file))
		v, shape = turned(v, shape, true)
		replace(flag, write("nhwc_"+file, v, shape))
	}
	y, _ := values(t, admCase(name, "y.npy"))
	rows := make([]float64, 7*len(y))
	for i, k := range y {
		rows[7*i+int(k)] = 1
	}
	replace("--labels", write("rows.npy", rows, []int{len(y), 7}))
	if code, _, err := ckptVerb(t, append(args, "--nhwc")...); code != 0 {
		t.Fatal(err)
	}
	matches(t, name, dir, func(path string) []float64 {
		v, shape := values(t, path)
		v, _ = turned(v, shape, false)
		return v
	})

	args = arguments("ffhq_style", dir)
	var outs [2][]float64
	for i, shape := range [][]int{{1}, {2}} {
		replace("--t", write("t.npy", []float64{7, 7}[:shape[0]], shape))
		if code, _, err := ckptVerb(t, args...); code != 0 {
			t.Fatal(err)
		}
		outs[i], _ = values(t, filepath.Join(dir, "out.npy"))
	}
	if apart(t, outs[0], outs[1]) != 0 {
		t.Error("one time for all samples is not that time for each")
	}
}

// crafted lists the files that every reader must refuse, written below dir.
func crafted(t *testing.T, dir string) (paths []string) {
	t.Helper()
	for _, glob := range []string{"../checkpoints/testdata/bad/*", "../internal/npy/testdata/bad/*"} {
		found, err := filepath.Glob(glob)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", glob, len(found), err)
		}
		paths = append(paths, found...)
	}
	packed, err := os.Open("../checkpoints/testdata/torch_bad.tar.zst")
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := zstd.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for list := tar.NewReader(z); ; {
		h, err := list.Next()
		if err == io.EOF {
			return paths
		}
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(list)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.Base(h.Name))
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
}

// Crafted files are refused with an explanation, and nothing in them is executed: that would leave a marker.
func TestInspectRefuses(t *testing.T) {
	paths := crafted(t, t.TempDir())
	for _, path := range paths {
		code, out, err := ckptVerb(t, "inspect", path)
		if code != 1 || out != "" || !strings.Contains(err, filepath.Base(path)) || strings.Contains(err, "goroutine") {
			t.Errorf("%s: code %d, %q, %q", path, code, out, err)
		}
		for _, r := range err {
			if r < ' ' && r != '\n' {
				t.Errorf("%s: the message has a control character: %q", path, err)
			}
		}
	}
	if markers, _ := filepath.Glob("/tmp/GO_LOADER_PWNED*"); len(markers) > 0 || len(paths) < 70 {
		t.Errorf("%d files; markers %q", len(paths), markers)
	}
}

// Inspect tells the network from the tensors, and what does not fit the one that it is told.
func TestInspectNetwork(t *testing.T) {
	code, out, err := ckptVerb(t, "inspect", "--json", admCase("ffhq_style", "checkpoint.pt"))
	var in ckpt.Inspection
	if e := json.Unmarshal([]byte(out), &in); code != 0 || e != nil {
		t.Fatal(code, err, e)
	}
	g := in.Network
	if g == nil {
		t.Fatal("there is no network")
	}
	c, e := adm.ParseConfig(g.Config)
	if e != nil || in.Format != "torch" || g.Family != "adm" || g.Params != 298374 || len(g.Open) != 2 || len(g.Problems) != 0 ||
		!c.ResblockUpdown || !c.ScaleShiftNorm || c.OutChannels != 6 || c.StemChannels != 32 {
		t.Errorf("%+v", in.Network)
	}
	code, out, err = ckptVerb(t, "inspect", admCase("convresample_fp16", "checkpoint.pt"), "--config", admCase("ffhq_style", "config.json"))
	for _, want := range []string{"types F16 F32", "family adm", "wrong shape", "missing", `"input_blocks.2.0.op.weight"`, "and 62 more"} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("code %d, %q: there is no %q in\n%s", code, err, want, out)
		}
	}
	if code, _, err := ckptVerb(t, "inspect", admCase("ffhq_style", "x.npy"), "--config", "ffhq_10m"); code != 1 || !strings.Contains(err, "no family") {
		t.Errorf("code %d, %q", code, err)
	}
}

// Every mistake is an error that says what would be right, and no file is written.
func TestApplyExplains(t *testing.T) {
	dir := t.TempDir()
	full := func(name string) []string { return arguments(name, dir) }
	with := func(args []string, flag, value string) []string {
		for i := range args {
			if args[i] == flag {
				args[i+1] = value
				return args
			}
		}
		return append(args, flag, value)
	}
	without := func(args []string, flag string) []string {
		for i := range args {
			if args[i] == flag {
				return append(args[:i:i], args[i+2:]...)
			}
		}
		return args
	}
	nan := poisoned(t, dir)
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--checkpoint is missing", without(full("ffhq_style"), "--checkpoint")},
		{"--x is missing", without(full("ffhq_style"), "--x")},
		{"--probe and --grad go together", without(full("ffhq_style"), "--grad")},
		{`family "stylegan" cannot be built; those that can: adm`, with(full("ffhq_style"), "--family", "stylegan")},
		{"num_heads or num_head_channels", without(full("ffhq_style"), "--config")},
		{"neither a file nor a preset", with(full("ffhq_style"), "--config", "nothere.json")},
		{"no family that is known", with(full("ffhq_style"), "--checkpoint", admCase("ffhq_style", "x.npy"))},
		{"missing", with(full("ffhq_style"), "--config", "ffhq_10m")},
		{"wrong shape", with(full("ffhq_style"), "--config", admCase("convresample_fp16", "config.json"))},
		{"NaN at 3", with(full("ffhq_style"), "--checkpoint", nan)},
		{"no classes", with(full("ffhq_style"), "--labels", admCase("classcond_neworder", "y.npy"))},
		{"--labels: there are none; the network has 7 classes", without(full("classcond_neworder"), "--labels")},
		{"want numbers [2] or rows [2,...]", with(full("classcond_neworder"), "--labels", admCase("classcond_neworder", "x.npy"))},
		{"one time for each sample", with(full("ffhq_style"), "--t", admCase("ffhq_style", "x.npy"))},
		{"--probe", with(full("ffhq_style"), "--probe", admCase("ffhq_style", "x.npy"))},
		{"--x", with(full("ffhq_style"), "--x", admCase("ffhq_style", "t.npy"))},
		{"want 3 channels", append(full("ffhq_style"), "--nhwc")},
	} {
		code, _, err := ckptVerb(t, c.args...)
		if code != 1 || !strings.Contains(err, c.want) {
			t.Errorf("%v: code %d, error %q does not say %q", c.args, code, err, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.npy")); len(left) > 0 {
		t.Errorf("files %q were written", left)
	}
	code, out, err := ckptVerb(t, append(with(full("ffhq_style"), "--checkpoint", nan), "--allow-nonfinite", "--json")...)
	var done ckpt.Evaluated
	if e := json.Unmarshal([]byte(out), &done); code != 0 || e != nil || done.NonFinite != 2*16*16 { // channel 3 of both samples
		t.Errorf("with --allow-nonfinite: code %d, %q, %v, %+v", code, err, e, done)
	}
}

// poisoned writes, and returns the path of, a network in which one weight is NaN.
func poisoned(t *testing.T, dir string) string {
	t.Helper()
	f, err := checkpoints.Open(admCase("ffhq_style", "checkpoint.pt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	bad := &checkpoints.File{}
	for _, a := range f.Tensors() {
		v, err := a.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if a.Name == "out.2.bias" {
			v[3] = float32(math.NaN())
		}
		if err := bad.Add(checkpoints.FromFloat32(a.Name, a.Shape, v)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "nan.safetensors")
	if err := checkpoints.Save(path, bad, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	return path
}
