package checkpoints

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
)

// foreign names what a file is when its first bytes are those of something else, and what to do with it.
func foreign(head []byte) string {
	lower := bytes.ToLower(bytes.TrimSpace(head))
	switch {
	case len(head) == 0:
		return "an empty file"
	case head[0] == '{' && bytes.Contains(head, []byte("\n\x93NUMPY")):
		return "a file of Equinox with its settings in the first line: " + equinox
	case head[0] == '{':
		return "JSON, such as the config beside the weights: name the file of the weights, or the folder"
	case bytes.HasPrefix(lower, []byte("<!doctype")) || bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page, as a failed download leaves"
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return "a Git LFS pointer: the file itself was not fetched (git lfs pull)"
	case bytes.HasPrefix(head, []byte("model_checkpoint_path:")):
		return "the note beside a checkpoint of TensorFlow: " + tensorflow
	case bytes.HasPrefix(head, []byte("GGUF")):
		return "a GGUF file, of quantised weights for llama.cpp: the networks read here come as safetensors or torch files"
	case bytes.HasPrefix(head, []byte("\x89HDF\r\n\x1a\n")):
		return "an HDF5 file, as Keras writes: save its arrays with numpy.savez, under the names of the parameters"
	case slices.ContainsFunc([]string{"(dp", "(lp", "(i", "ccopy_reg\n", "ccollections\n", "cnumpy", "ctorch", "}q\x00", "]q\x00"}, func(p string) bool { return bytes.HasPrefix(head, []byte(p)) }):
		return "a pickle of protocol 0 or 1, as Python 2 wrote: in Python, load it with pickle.load(f, encoding=\"latin1\") and save it with torch.save, or its arrays with numpy.savez"
	case isONNX(head):
		return "an ONNX file, a program with the weights in it: export the weights from the network that it was made of, with safetensors.torch.save_file or torch.save(net.state_dict())"
	case head[0]&0xf0 == 0x90 && len(head) > 8 && binary.LittleEndian.Uint64(head) > maxHeader:
		return "a list in msgpack, where flax writes a map"
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "a tar archive, as torch before 0.2 wrote: save it again with a newer torch"
	}
	return ""
}

const (
	equinox    = "its leaves have no names; in Python, load it and save the arrays with numpy.savez, under the names of the parameters"
	tensorflow = "in Python, read it with tf.train.load_checkpoint and save the arrays with numpy.savez, under the names of the parameters"
)

// isONNX reports whether a file begins as ONNX's protobuf does: field 1, the version of the format, and then the producer's
// name (field 2), or the graph (field 7) or the imports (field 8).
func isONNX(head []byte) bool {
	return len(head) > 4 && head[0] == 0x08 && head[1] > 0 && head[1] < 64 && slices.Contains([]byte{0x12, 0x1a, 0x3a, 0x42}, head[2])
}

// tableMagic ends the index of a checkpoint of TensorFlow.
var tableMagic = []byte("\x57\xfb\x80\x8b\x24\x75\x47\xdb")

// folderKind names what a folder is when the names in it are those of something else, and what to do with it.
func folderKind(names []string) string {
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
