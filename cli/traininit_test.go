package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
)

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
		{append(args, "--freeze", "inputblocks.*", "--out", out("f")), []string{`"inputblocks.*" matches no parameter; there are "time_embed.0.weight`}},
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
