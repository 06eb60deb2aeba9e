package cli

import (
	"archive/zip"
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	npyfile "tweedie/internal/npy"
	"tweedie/train"
)

// What --dry-run prints is a config that gives the same run; flags come after it, and a seed in it counts.
func TestDryRun(t *testing.T) {
	dir := t.TempDir()
	images := classZip(t, dir)
	args := []string{"train", "--data", images, "--dry-run"}
	text := must(t, append(args, "--classes", "--flip", "--crop", "8,8", "--resize", "9,8", "--validation", "0.25", "--steps", "7", "--seed", "5", "--max-pixels", "96", "--freeze", "out.*",
		"--config", unetConfig(1, `,"preview_every":9`))...)
	for _, w := range []string{`"num_classes": 3`, `"flip": true`, `"validation": 0.25`, `"steps": 7`, `"seed": 5`, `"max_pixels": 96`, `"preview_every": 9`, `"out.*"`, `"sigma_data"`, `"init": ""`, `"crop": [`, "\"resize\": [\n      9,\n      8\n    ]"} {
		if !strings.Contains(text, w) {
			t.Errorf("--dry-run lacks %s:\n%s", w, text)
		}
	}
	file := filepath.Join(dir, "config.json")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if again := must(t, append(args, "--config", file)...); again != text {
		t.Errorf("the config that was printed gives another one:\n%s", again)
	}
	if other := must(t, append(args, "--config", file, "--flip=false", "--seed", "0")...); !strings.Contains(other, `"flip": false`) || !strings.Contains(other, `"seed": 0`) {
		t.Errorf("flags do not change the config:\n%s", other)
	}
	if again := must(t, append(args, "--config", file, "--flip", "--steps", "7", "--seed", "5")...); again != text {
		t.Errorf("flags that say what the config says change it:\n%s", again)
	}
	if code, _, msg := tweedie(t, append(args, "--max-pixels", "95")...); code != 1 || !strings.Contains(msg, "12 x 8 pixels, the limit is 95") || !strings.Contains(msg, "raise the limit of pixels, with --max-pixels") {
		t.Errorf("an image that is too large: code %d, %q", code, msg)
	}
}

// A flag that replaces a field of --config is told with both values, and does not hide a bad value in the field.
func TestTrainFlagsBesideConfig(t *testing.T) {
	data := waves(t, t.TempDir(), 10)
	for _, c := range []struct {
		config string
		flags  []string
		code   int
		want   string // on standard error; "" for nothing about the flag
	}{
		{`{"train":{"steps":2}}`, []string{"--steps", "1"}, 0, "--steps: 1 takes the place of 2, which train.steps is in --config"},
		{`{"train":{"seed":5}}`, []string{"--seed", "3"}, 0, "--seed: 3 takes the place of 5, which train.seed is in --config"},
		{`{"data":{"flip":false}}`, []string{"--flip"}, 0, "--flip: true takes the place of false"},
		{`{"freeze":["a"]}`, []string{"--freeze", "out.*"}, 0, "--freeze: [out.*] takes the place of [a]"},
		{`{"train":{"steps":-1}}`, []string{"--steps", "3"}, 1, "--config: train: config: steps is -1"},
		{`{"train":{"steps":2},"data":{"flip":null}}`, []string{"--steps", "2", "--flip"}, 0, ""},
	} {
		code, _, msg := tweedie(t, append([]string{"train", "--data", data, "--dry-run", "--config", c.config}, c.flags...)...)
		if code != c.code || !strings.Contains(msg, c.want) || c.want == "" && strings.Contains(msg, "takes the place") {
			t.Errorf("%s beside %v: code %d, %q; want %d and %q", c.config, c.flags, code, msg, c.code, c.want)
		}
	}
}

// An npz with several arrays trains when the config names the images, the labels, the order of the axes and the range.
func TestTrainOnNPZ(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, c := range map[string]struct {
		shape []int
		body  []byte
	}{"x.npy": {[]int{9, 8, 4, 2}, make([]byte, 9*64)}, "y.npy": {[]int{9}, []byte{0, 1, 2, 0, 1, 2, 0, 1, 2}}, "z.npy": {[]int{1}, []byte{7}}} {
		if name == "x.npy" {
			for i := range c.body {
				c.body[i] = uint8(i * 37)
			}
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(append(npyfile.AppendHeader(nil, 'u', 1, c.shape), c.body...))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "x.npz")
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	text := must(t, "train", "--data", file, "--dry-run", "--classes", "--config", unetConfig(2, `,"data":{"array":"x","labels":"y","channels_last":true,"range":[-2,2]}`))
	if !strings.Contains(text, `"num_classes": 3`) {
		t.Errorf("the config is\n%s", text)
	}
	if code, _, msg := tweedie(t, "train", "--data", file, "--dry-run"); code != 1 || !strings.Contains(msg, "state which holds the images") {
		t.Errorf("code %d, %q", code, msg)
	}
}

// Where standard error is no terminal the status comes as whole lines, rarely, and at the end.
func TestStatusLines(t *testing.T) {
	var b bytes.Buffer
	l := &trainLine{w: &b, every: time.Hour, last: time.Now()}
	p := train.Progress{Step: 1, Steps: 3, Loss: 1.5, HeldOut: math.NaN(), ImagesPerSecond: 20, ETA: 90 * time.Second}
	l.show(p)
	if b.Len() > 0 {
		t.Errorf("before the time there is %q", b.String())
	}
	l.last = time.Now().Add(-2 * time.Hour)
	l.show(p)
	p.Step, p.HeldOut = 2, .25
	l.show(p)
	p.Step = 3
	l.show(p)
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 3 || strings.Contains(lines[0], "held-out") || !strings.Contains(lines[1], "held-out 0.2500") {
		t.Errorf("lines %q", lines)
	}
	for _, w := range []string{"step 1/3", "20 images/s", "loss 1.5000", "ETA 1m30s", "peak memory", "MiB"} {
		if !strings.Contains(lines[0], w) {
			t.Errorf("the status %q lacks %q", lines[0], w)
		}
	}
}
