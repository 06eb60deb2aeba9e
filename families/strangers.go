package families

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"tweedie/checkpoints"
	"tweedie/internal/input"
)

// strangers are what the tensors of files are that hold none of our networks: a pattern that one of the names has, and what
// to do.
var strangers = []struct {
	name *regexp.Regexp
	what string
}{
	{ofLoRA,
		"they are of a LoRA, which changes a network and is none; " + mergeLoRA},
	{regexp.MustCompile(`^cond_stage_model\.|^conditioner\.|^first_stage_model\.|\.attn2\.to_k\.`),
		"they are of a network that follows a text, such as that of latent diffusion, which works on the codes of an autoencoder; priors here are of images as they are"},
	{regexp.MustCompile(`(^|\.)(x_embedder|pos_embed)\.proj\.weight$|(^|\.)patch_embed\.proj\.weight$`),
		"they are of a transformer on patches of images; the families here are U-Nets and flows (README)"},
	{regexp.MustCompile(`(^|\.)(embed_tokens|wte)\.weight$`), "they are of a language model"},
	{regexp.MustCompile(`(^|\.)(quant_conv|post_quant_conv)\.weight$`), "they are of an autoencoder, which is no prior"},
	{regexp.MustCompile(`/~/|^[^.]*/[^.]*\.(w|b|scale|offset)$|^(.*[./])?(conv[123]_d|linear|batch_norm|layer_norm|group_norm)(_[0-9]+)?[./]w$`),
		"they are parameters of Haiku, by module and path, whose networks are not built here; save the arrays with numpy.savez under the names of a family that is"},
	{regexp.MustCompile(`^(.*\.)?(Conv|Dense|ConvTranspose|DenseGeneral)_[0-9]+\.kernel$`),
		"they are of a network of flax.linen, by the names that it gives to layers without one, which are those of no network that is built here"},
	{regexp.MustCompile(`(^|\.)(output_block\.1\.gain|emb_gain|out_gain)$`),
		"they are of a network that preserves magnitudes (EDM2, or KarrasUnet of denoising_diffusion_pytorch), whose layers are not built here"},
	{regexp.MustCompile(`^arr_[0-9]+$`), "they are arrays without names; in Python, give numpy.savez the names of the parameters"},
}

// ofLoRA are the names that a LoRA adds.
var ofLoRA = regexp.MustCompile(`(^|\.)lora_(A|B|up|down|mid|magnitude_vector|embedding_A)\.|\.lora\.(up|down)\.|_lora\.(up|down)\.`)

const mergeLoRA = "merge it into its network (merge_and_unload, or fuse_lora) and save that"

// ofOptimiser are the names that an optimiser's state has.
var ofOptimiser = regexp.MustCompile(`(^|\.)(state\.[0-9]+|param_groups\.[0-9]+\.params)\.|(^|\.)(exp_avg|exp_avg_sq|momentum_buffer|square_avg|mu|nu)(\.|$)|^[0-9]+\.count$`)

// stranger says what tensors of no known family are, with what to do; "" when nothing is known.
func stranger(f *checkpoints.File) string {
	names := f.Names()
	if len(names) > 0 && !slices.ContainsFunc(names, func(n string) bool { return !ofOptimiser.MatchString(n) }) {
		return "they are the state of an optimiser; the weights are in another file, such as model.safetensors or pytorch_model.bin beside it"
	}
	for _, s := range strangers {
		if slices.ContainsFunc(names, s.name.MatchString) {
			return s.what
		}
	}
	if text, _ := f.Value("config.json"); text != nil {
		var c struct {
			Class string `json:"_class_name"`
		}
		if s, ok := text.(string); ok && json.Unmarshal([]byte(s), &c) == nil && c.Class != "" {
			return fmt.Sprintf("config.json names the class %.100q, and of diffusers UNet2DModel is built here", c.Class)
		}
	}
	if len(names) == 1 {
		t := f.Tensors()[0]
		return fmt.Sprintf("the file holds one array %v, such as images or data, and no network", t.Shape)
	}
	return ""
}

// unknown is the error of a file without a network of a known family.
func unknown(f *checkpoints.File) string {
	text := "the names of the tensors are those of no family that is known"
	if what := stranger(f); what != "" {
		text += ": " + what
	}
	if left := f.Unread(); len(left) > 0 {
		text += "; cannot be read: " + input.List(left)
	}
	return text
}
