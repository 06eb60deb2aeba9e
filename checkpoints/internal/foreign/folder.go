package foreign

import (
	"slices"
	"strings"
)

// Folder names what a folder is when the names in it are those of something else, and what to do with it.
func Folder(names []string) string {
	has := func(match func(string) bool) bool { return slices.ContainsFunc(names, match) }
	switch {
	case has(func(n string) bool { return n == "saved_model.pb" || strings.Contains(n, ".data-00000-of-") }):
		return "as TensorFlow writes: " + tensorflow
	case has(func(n string) bool { return strings.HasSuffix(n, ".distcp") }):
		return "as torch.distributed.checkpoint writes: make one file of it with python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER OUT.pt"
	case slices.Contains(names, "zero_to_fp32.py"):
		return "as DeepSpeed writes: make one file of it with zero_to_fp32.py, which lies in it"
	case has(func(n string) bool {
		return strings.HasPrefix(n, "adapter_model.") || strings.HasPrefix(n, "pytorch_lora_weights.")
	}):
		return "of a LoRA, which changes a network and is none: " + lora
	case has(func(n string) bool {
		return slices.Contains([]string{"_METADATA", "_CHECKPOINT_METADATA", "manifest.ocdbt", "checkpoint"}, n)
	}):
		return "as flax with Orbax writes: save it again as one file, with flax.serialization.to_bytes"
	}
	return ""
}

const lora = "merge it into its network (merge_and_unload, or fuse_lora) and save that"
