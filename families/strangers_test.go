package families_test

import (
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/families"
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
		"conv2_d.w conv2_d.b conv2_d_1.w":                                   "Haiku",
		"net/linear/w net/linear/b":                                         "Haiku",
		"params.Conv_0.kernel params.Conv_0.bias opt_state.0.count":         "flax.linen",
		"0.count 0.mu.Conv_0.kernel 0.nu.Conv_0.kernel":                     "the state of an optimiser",
		"output_block.0.weight output_block.1.gain":                         "preserves magnitudes",
		"unet.out_gain unet.enc.64x64_block0.emb_gain":                      "EDM2",
		"tensor":            "one array [1]",
		"state.0.exp_avg w": unknown,
	} {
		f := &checkpoints.File{}
		for _, name := range strings.Fields(names) {
			if err := f.Add(checkpoints.FromFloat32(name, []int{1}, []float32{1})); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := families.Recognise(f, "")
		if err == nil || !strings.Contains(err.Error(), want) || (want == unknown) != strings.HasSuffix(err.Error(), unknown) {
			t.Errorf("%s: %v, want %q", names, err, want)
		}
	}
}
