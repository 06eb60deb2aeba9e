package cli

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// classZip writes an archive of 12 x 8 images in subfolders that are their classes: dark, gray and light.
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
	if text := must(t, "solve", "--op", averaged, "--prior", model, "--class", "1", "--y", y, "--sigma", "0.05", "--method", "red-diff", "--config", `{"steps":2}`, "--samples", "1", "--out", filepath.Join(dir, "solution")); !strings.Contains(text, "class 1") {
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
