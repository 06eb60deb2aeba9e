package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tweedie/checkpoints"
	"tweedie/rng"
	"tweedie/train"
)

// tinyUNet is a U-Net of a few thousand weights, with attention and dropout, whose steps take milliseconds.
const tinyUNet = `"network":{"in_channels":%d,"model_channels":4,"num_res_blocks":1,"channel_mult":[1,2],"norm_groups":4,"attention_resolutions":[2],
	"num_head_channels":4,"use_scale_shift_norm":true,"label_scale":1000,"dropout":0.1}`

func unetConfig(channels int, more string) string {
	return fmt.Sprintf(`{"architecture":"unet",`+tinyUNet+`,"train":{"batch":6,"accumulate":2,"warmup_steps":5,"save_every":12,"eval_every":60,"eval_batches":2,"log_every":0}%s}`, channels, more)
}

// stripes is value i of images [c,h,w] whose frequency is one of three, image k having number k mod 3.
func stripes(i, c, h, w int) float64 {
	return .5 + .4*math.Sin(float64(i%w)*(1+float64(i/(c*h*w)%3))/2+float64(i/w%h)/3+float64(i/(h*w)%c))
}

// childTraining is the environment variable in which TestKilledUNet hands a training run to a process of its own.
const childTraining = "TWEEDIE_TRAIN_CHILD"

func TestMain(m *testing.M) {
	text := os.Getenv(childTraining)
	if text == "" {
		os.Exit(m.Run())
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Args = append([]string{"tweedie"}, args...)
	main()
}

// Training of a U-Net that is killed with signal 9 at five random steps, and started again each time, leaves the bytes
// of a run that was left alone: weights, averages, moments, data cursor, and statistics.
func TestKilledUNet(t *testing.T) {
	dir := t.TempDir()
	images := npy(t, dir, "stripes.npy", []int{40, 1, 8, 8}, func(i int) float64 { return stripes(i, 1, 8, 8) })
	const steps = 70
	args := func(out string) []string {
		return []string{"train", "--data", images, "--config", unetConfig(1, `,"preview_every":40,"data":{"flip":true,"validation":0.2}`), "--steps", fmt.Sprint(steps), "--out", filepath.Join(dir, out)}
	}
	must(t, args("whole")...)
	parts := filepath.Join(dir, "parts")
	r := rng.New(11).Stream()
	var kills []int
	for range 5 {
		kills = append(kills, 1+r.Intn(steps-15))
	}
	slices.Sort(kills)
	text, err := json.Marshal(args("parts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childTraining+"="+string(text))
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		for killed := false; !killed; {
			select {
			case err := <-ended:
				t.Fatalf("the run ended by itself before step %d: %v", at, err)
			case <-time.After(time.Millisecond):
				if all, _ := train.ReadStats(filepath.Join(parts, "stats.jsonl")); len(all) > 0 && all[len(all)-1].Step >= int64(at) {
					killed = true
				}
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Fatalf("the run ended before it was killed at step %d", at)
		}
	}
	code, _, msg := tweedie(t, args("parts")...)
	if code != 0 || !strings.Contains(msg, "resuming") {
		t.Fatalf("code %d, %q", code, msg)
	}
	for _, name := range []string{"state.safetensors", "model.safetensors"} {
		if !bytes.Equal(weightBytes(t, filepath.Join(dir, "whole", name)), weightBytes(t, filepath.Join(parts, name))) {
			t.Errorf("killed at about steps %v, %s differs", kills, name)
		}
	}
	for _, name := range []string{"000040.png", "000070.png"} {
		a, err := os.ReadFile(filepath.Join(dir, "whole", "previews", name))
		b, err2 := os.ReadFile(filepath.Join(parts, "previews", name))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("previews/%s differs, or is missing: %v, %v", name, err, err2)
		}
	}
	all, err := train.ReadStats(filepath.Join(parts, "stats.jsonl"))
	if err != nil || len(all) != steps {
		t.Errorf("%d lines of statistics, want %d (%v)", len(all), steps, err)
	}
}

// Images with 1, 2 and 5 channels that are not square train and are drawn, with both architectures.
func TestChannels(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []int{1, 2, 5} {
		images := npy(t, dir, fmt.Sprint(c, ".npy"), []int{12, c, 20, 28}, func(i int) float64 { return stripes(i, c, 20, 28) })
		for name, config := range map[string]string{"unet": unetConfig(c, `,"preview_every":0`), "conv": strings.TrimSuffix(tinyTraining, "}") + `,"preview_every":0}`} {
			out := filepath.Join(dir, fmt.Sprint(name, c))
			must(t, "train", "--data", images, "--config", config, "--steps", "3", "--out", out)
			must(t, "sample", "--prior", filepath.Join(out, "model.safetensors"), "--n", "2", "--sampler", `{"kind":"heun","steps":4}`, "--out", filepath.Join(out, "s"))
			if v, shape := floats(t, filepath.Join(out, "s", "samples.npy")); !slices.Equal(shape, []int{2, c, 20, 28}) || math.IsNaN(v[0]) {
				t.Errorf("%s with %d channels: samples of shape %v", name, c, shape)
			}
		}
	}
}

// tensor is one tensor of a checkpoint, nil when it is not there.
func tensor(t *testing.T, path, name string) []float32 {
	t.Helper()
	f, err := checkpoints.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := f.Tensor(name)
	if err != nil {
		return nil
	}
	v, err := x.Float32s()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// classZip is an archive of 12 x 8 images in subfolders that are their classes: dark, gray and light.
func classZip(t *testing.T, dir string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for k, class := range []string{"dark", "gray", "light"} {
		for i := range 12 {
			m := image.NewGray(image.Rect(0, 0, 8, 12))
			for j := range m.Pix {
				m.Pix[j] = uint8(40 + 80*k + (i*j)%17)
			}
			w, err := z.Create(fmt.Sprintf("%s/%d.png", class, i))
			if err == nil {
				err = png.Encode(w, m)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "classes.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A U-Net that was told the classes draws, solves and scores by class, learns that they differ, and says what is wrong
// with a class that it has not.
func TestClasses(t *testing.T) {
	dir := t.TempDir()
	images, out := classZip(t, dir), filepath.Join(dir, "run")
	args := []string{"train", "--data", images, "--classes", "--crop", "8,8", "--config", strings.Replace(unetConfig(1, `,"preview_every":30`), `"warmup_steps":5`, `"warmup_steps":5,"lr":0.01`, 1), "--steps", "60", "--out", out}
	code, _, msg := tweedie(t, args...)
	if code != 0 || !strings.Contains(msg, `2 = "light"`) {
		t.Fatalf("code %d, %q", code, msg)
	}
	model := filepath.Join(out, "model.safetensors")
	if v := tensor(t, model, "label_emb.weight"); len(v) != 3*16 {
		t.Fatalf("classes are embedded in %d values, want 3 x 16", len(v))
	}
	draw := func(class string, more ...string) float64 {
		to := filepath.Join(dir, "s"+class)
		must(t, append([]string{"sample", "--prior", model, "--n", "8", "--sampler", `{"kind":"heun","steps":8}`, "--class", class, "--out", to}, more...)...)
		v, _ := floats(t, filepath.Join(to, "samples.npy"))
		sum := 0.
		for _, x := range v {
			sum += x / float64(len(v))
		}
		return sum
	}
	// the classes have means .19, .50 and .82
	if dark, light := draw("0"), draw("2"); !(light > dark+.1) {
		t.Errorf("samples of the dark class have mean %.3f, of the light one %.3f", dark, light)
	}
	y := npy(t, dir, "y.npy", []int{1, 4, 4}, half)
	if text := must(t, "solve", "--prior", model, "--class", "1", "--y", y, "--method", "red-diff", "--config", `{"steps":2}`, "--samples", "1"); !strings.Contains(text, "class 1") {
		t.Errorf("solve does not name the class:\n%s", text)
	}
	if text := must(t, "zoo", "info", "--class", "2", model); !strings.Contains(text, `"class": 2`) || !strings.Contains(text, `"light"`) {
		t.Errorf("zoo info:\n%s", text)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"zoo", "info", model}, "--class is missing;"},
		{[]string{"sample", "--prior", model}, "--class is missing; " + model + " has 3 classes"},
		{[]string{"sample", "--prior", model, "--class", "3"}, "--class is 3; " + model + " has 3 classes, numbered from 0"},
		{[]string{"sample", "--class", "0"}, "--class is 0; digits8 has no classes"},
		{[]string{"solve", "--class", "-2"}, "--class is -2"},
		{[]string{"train", "--data", images, "--classes", "--config", `{"architecture":"conv-score"}`, "--out", filepath.Join(dir, "none")}, "it must be unet"},
		{[]string{"train", "--data", images, "--config", `{"architecture":"unet","network":{"in_channels":1,"num_classes":3,"model_channels":32,"num_res_blocks":1,"channel_mult":[1]}}`, "--out", filepath.Join(dir, "none")}, "--classes"},
		{[]string{"train", "--data", npy(t, dir, "ramps.npy", []int{9, 4, 4}, ramp), "--classes", "--out", filepath.Join(dir, "none")}, "has no label"},
		{[]string{"train", "--data", images, "--config", strings.Replace(unetConfig(1, `,"data":{"classes":true}`), `"dropout"`, `"num_classes":2,"dropout"`, 1), "--out", filepath.Join(dir, "none")}, "num_classes is 2 and the images have 3"},
	} {
		if code, _, msg := tweedie(t, c.args...); code != 1 || !strings.Contains(msg, c.want) {
			t.Errorf("%v: code %d, %q, want %q", c.args, code, msg, c.want)
		}
	}
	if code, _, msg := tweedie(t, append(args, "--flip")...); code != 1 || !strings.Contains(msg, "data = ") {
		t.Errorf("resuming with flips: code %d, %q", code, msg)
	}
}

// Fine-tuning begins with the weights of another run, keeps what is frozen to the bit, stores no moments of it, and is
// resumed only with the same.
func TestFineTuning(t *testing.T) {
	dir := t.TempDir()
	images := classZip(t, dir)
	model := filepath.Join(dir, "a", "model.safetensors")
	config := unetConfig(1, `,"preview_every":0`)
	must(t, "train", "--data", images, "--config", config, "--steps", "5", "--out", filepath.Join(dir, "a"))
	args := []string{"train", "--data", images, "--config", `{"preview_every":0,"train":{"batch":4,"warmup_steps":1}}`, "--steps", "5", "--init", model, "--freeze", "input_blocks.*", "--freeze", "time_embed.?.bias"}
	out := func(name string) string { return filepath.Join(dir, name) }
	code, _, msg := tweedie(t, append(args, "--out", out("b"))...)
	if code != 0 || !strings.Contains(msg, "parameters come from") || !strings.Contains(msg, "are frozen") || strings.Contains(msg, "missing") {
		t.Fatalf("code %d, %q", code, msg)
	}
	f, err := checkpoints.Open(model)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	frozen := 0
	for _, name := range f.Names() {
		a, b := tensor(t, model, name), tensor(t, filepath.Join(out("b"), "model.safetensors"), name)
		held := strings.HasPrefix(name, "input_blocks.") || name == "time_embed.0.bias" || name == "time_embed.2.bias"
		if held {
			frozen++
		}
		if slices.Equal(a, b) != held {
			t.Errorf("%s: frozen %v, and equal %v", name, held, !held)
		}
		for _, kind := range []string{"ema.", "adam.m.", "adam.v."} {
			if got := tensor(t, filepath.Join(out("b"), "state.safetensors"), kind+name) != nil; got == held {
				t.Errorf("%s%s is stored: %v", kind, name, got)
			}
		}
	}
	if frozen < 5 {
		t.Errorf("only %d parameters are frozen", frozen)
	}
	info := must(t, "zoo", "info", filepath.Join(out("b"), "model.safetensors"))
	for _, w := range []string{"init_sha256", `"input_blocks.*"`, "a/model.safetensors"} {
		if !strings.Contains(info, w) {
			t.Errorf("the provenance lacks %q", w)
		}
	}
	// from an untouched start the first weights are those of the file, of a state its averages
	state := filepath.Join(dir, "a", "state.safetensors")
	for name, file := range map[string]string{"c": model, "d": state} {
		must(t, "train", "--data", images, "--config", `{"preview_every":0,"train":{"batch":4,"lr":1e-30,"final_lr":0}}`, "--steps", "1", "--init", file, "--out", out(name))
		if !slices.Equal(tensor(t, filepath.Join(out(name), "model.safetensors"), "out.2.weight"), tensor(t, model, "out.2.weight")) {
			t.Errorf("training from %s does not begin with its weights", file)
		}
	}
	// other widths: what does not fit is listed, the rest is taken
	code, _, msg = tweedie(t, append(args[:7:7], "--init", model, "--out", out("e"), "--config", strings.Replace(unetConfig(1, `,"preview_every":0`), `"channel_mult":[1,2]`, `"channel_mult":[1,3]`, 1))...)
	if code != 0 || !strings.Contains(msg, "wrong shape") {
		t.Errorf("code %d, %q", code, msg)
	}
	// another project's file, whose tensors do not tell everything about the network
	rgb := npy(t, dir, "rgb.npy", []int{9, 3, 16, 16}, func(i int) float64 { return stripes(i, 3, 16, 16) })
	adm := []string{"train", "--data", rgb, "--init", admCase("ffhq_style", "checkpoint.pt"), "--steps", "1", "--out", out("adm"), "--config"}
	must(t, append(adm, `{"architecture":"unet","network":{"in_channels":3,"out_channels":6,"model_channels":16,"num_res_blocks":1,"attention_resolutions":[2],"channel_mult":[2,2],
		"num_head_channels":16,"use_scale_shift_norm":true,"resblock_updown":true},"preview_every":0,"train":{"batch":2,"lr":1e-30,"final_lr":0}}`)...)
	if !slices.Equal(tensor(t, filepath.Join(out("adm"), "model.safetensors"), "out.2.weight"), tensor(t, admCase("ffhq_style", "checkpoint.pt"), "out.2.weight")) {
		t.Error("training from a checkpoint of guided-diffusion does not begin with its weights")
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{append(adm, "{}", "--fresh"), []string{"--init", "num_head_channels", "--config"}},
		{append(args[:len(args)-4:len(args)-4], "--out", out("b")), []string{"freeze", "this one []", "--fresh"}},
		{append(args, "--init", filepath.Join(out("b"), "model.safetensors"), "--out", out("b")), []string{"init = a file of SHA-256"}},
		{append(args, "--freeze", "inputblocks.*", "--out", out("f")), []string{`"inputblocks.*" matches no parameter; there are time_embed.0.weight`}},
		{append(args, "--freeze", "[", "--out", out("f")), []string{"no pattern"}},
		{append(args, "--freeze", "*", "--out", out("f")), []string{"none of the", "trainable"}},
		{append(args, "--init", filepath.Join(dir, "none"), "--out", out("f")), []string{"--init", "no such file"}},
		{append(args, "--init", dir, "--out", out("f")), []string{"--init", "folder"}},
		{append(args, "--init", images, "--out", out("f")), []string{"--init"}},
		{append(args, "--init", npy(t, dir, "x.npy", []int{2}, half), "--out", out("f")), []string{"--init"}},
	} {
		code, _, msg := tweedie(t, c.args...)
		for _, w := range c.want {
			if code != 1 || !strings.Contains(msg, w) {
				t.Errorf("%v: code %d, %q, want %q", c.args, code, msg, w)
			}
		}
	}
}
