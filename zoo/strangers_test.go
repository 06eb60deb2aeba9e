package zoo_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/unet"
	"tweedie/zoo"
)

// TestStrangers: tensors of no family are told by what they are.
func TestStrangers(t *testing.T) {
	const unknown = "no family that is known"
	for names, want := range map[string]string{
		"state.0.exp_avg state.0.exp_avg_sq state.0.step":                   "the state of an optimiser; the weights are in another file",
		"unet.down.0.to_q.lora_A.weight unet.down.0.to_q.lora_B.weight":     "of a LoRA",
		"lora_unet_down.lora_down.weight":                                   "merge it into its network",
		"model.diffusion_model.x.weight cond_stage_model.y.weight":          "follows a text",
		"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": "follows a text",
		"x_embedder.proj.weight blocks.0.attn.qkv.weight":                   "transformer on patches",
		"model.embed_tokens.weight":                                         "language model",
		"unet/~/conv2_d.w unet/~/conv2_d.b":                                 "Haiku",
		"arr_0 arr_1":                                                       "without names",
		"state.0.exp_avg w":                                                 unknown,
	} {
		f := &checkpoints.File{}
		for _, name := range strings.Fields(names) {
			if err := f.Add(checkpoints.FromFloat32(name, []int{1}, []float32{1})); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := zoo.Recognise(f, "")
		if err == nil || !strings.Contains(err.Error(), want) || (want == unknown) != strings.HasSuffix(err.Error(), unknown) {
			t.Errorf("%s: %v, want %q", names, err, want)
		}
	}
}

// TestDiffusersOfToday: a network loads whatever its scheduler is, with the keys, the numbers and the names that later versions
// and wrappers write.
func TestDiffusersOfToday(t *testing.T) {
	path := smallFolder(t, func(*unet.DiffusersConfig) {}, `{"_class_name": "DPMSolverMultistepScheduler"}`)
	plain := openFolder(t, path)
	want, err := zoo.LoadNetwork(plain, zoo.Source{})
	if err != nil {
		t.Fatal(err)
	}
	text, _ := plain.Value("config.json")
	config := strings.Replace(text.(string), "{", `{"time_embedding_dim": null, "added_later": null,`, 1)
	wrapped := &checkpoints.File{}
	for _, x := range plain.Tensors() {
		part := *x
		part.Name = "_orig_mod." + strings.Replace(x.Name, "resnets.0.", "resnets.0._checkpoint_wrapped_module.", 1)
		if err := wrapped.Add(&part); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("config.json", config)
	write("scheduler_config.json", `{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "x": NaN}`)
	if err := checkpoints.SaveTorch(filepath.Join(dir, "pytorch_model-00001-of-00001.bin"), wrapped); err != nil {
		t.Fatal(err)
	}
	index := `{"weight_map": {`
	for i, name := range wrapped.Names() {
		if i > 0 {
			index += ", "
		}
		index += `"` + name + `": "pytorch_model-00001-of-00001.bin"`
	}
	write("pytorch_model.bin.index.json", index+"}}")
	got, err := zoo.LoadNetwork(openFolder(t, dir), zoo.Source{})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range got.Params() {
		if q := want.Params()[i]; p.Name() != q.Name() || p.Data()[0] != q.Data()[0] {
			t.Errorf("%s and %s", p.Name(), q.Name())
		}
	}
	if _, err := zoo.ParseDiffusersScheduler([]byte(`{"_class_name": "DDPMScheduler", "clip_sample_range": null, "beta_end": null, "added": null}`)); err != nil {
		t.Errorf("null is as good as no key: %v", err)
	}
	if _, _, _, err := zoo.DescribeNetwork(openFolder(t, dir), zoo.Source{}, zoo.PriorOptions{High: 1}); err == nil || !strings.Contains(err.Error(), "DPMSolverMultistepScheduler") {
		t.Errorf("a prior on another process: %v", err)
	}
}

// TestWantedTensor: of the tensors that cannot be read, those that the network needs are named, with what to do.
func TestWantedTensor(t *testing.T) {
	path := smallFolder(t, func(*unet.DiffusersConfig) {}, "")
	file := filepath.Join(path, "diffusion_pytorch_model.safetensors")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f := openFolder(t, path)
	x, err := f.Tensor("conv_out.bias")
	if err != nil || x.Len() != 1 {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte(`"conv_out.bias"`))
	copy(raw[at:], bytes.Replace(raw[at:at+80], []byte(`"F32"`), []byte(`"F4" `), 1))
	if err := os.WriteFile(file, raw, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = zoo.LoadNetwork(openFolder(t, path), zoo.Source{})
	if err == nil || !strings.Contains(err.Error(), "conv_out.bias") || !strings.Contains(err.Error(), `not read`) || !strings.Contains(err.Error(), `dtype "F4"`) {
		t.Error(err)
	}
}
