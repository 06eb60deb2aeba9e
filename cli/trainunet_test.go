package cli

import (
	"bytes"
	"fmt"
	"math"
	"os"
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

// stripes returns value i of images [c,h,w] whose frequency is one of three, image k having number k mod 3.
func stripes(i, c, h, w int) float64 {
	return .5 + .4*math.Sin(float64(i%w)*(1+float64(i/(c*h*w)%3))/2+float64(i/w%h)/3+float64(i/(h*w)%c))
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
	for _, at := range kills {
		child := process(args("parts")...)
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

// tensor reads one tensor of a checkpoint, nil when it is not there.
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
