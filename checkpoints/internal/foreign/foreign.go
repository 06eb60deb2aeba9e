// Package foreign tells what a file or a folder is when it is none of the formats that are read, and what to do with it.
package foreign

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"tweedie/checkpoints/internal/numpy"
	"tweedie/checkpoints/internal/safetensors"
	"tweedie/checkpoints/internal/store"
)

// File names what a file is when its first bytes are those of something else, and what to do with it.
func File(head []byte) string {
	if what := Known(head); what != "" {
		return what
	}
	switch {
	case isONNX(head):
		return "an ONNX file, a program with the weights in it: export the weights from the network that it was made of, with safetensors.torch.save_file or torch.save(net.state_dict())"
	case head[0]&0xf0 == 0x90 && len(head) > 8 && binary.LittleEndian.Uint64(head) > safetensors.MaxHeader:
		return "a list in msgpack, where flax writes a map"
	}
	return ""
}

// Known is File for what is known beyond doubt.
func Known(head []byte) string {
	lower := bytes.ToLower(bytes.TrimSpace(head))
	switch {
	case len(head) == 0:
		return "an empty file"
	case head[0] == '{' && bytes.Contains(head, []byte("\n\x93NUMPY")):
		return "a file of Equinox with its settings in the first line: " + numpy.Equinox
	case head[0] == '{':
		return "JSON, such as the config beside the weights: name the file of the weights, or the folder"
	case bytes.HasPrefix(lower, []byte("<!doctype")) || bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page, as a failed download leaves"
	case bytes.HasPrefix(head, []byte("version https://git-lfs")):
		return "a Git LFS pointer: the file itself was not fetched (git lfs pull)"
	case bytes.HasPrefix(head, []byte("model_checkpoint_path:")):
		return "the note beside a checkpoint of TensorFlow: " + tensorflow
	case bytes.HasPrefix(head, []byte("MATLAB 5.0 MAT-file")):
		return "a file of MATLAB: in Python, read it with scipy.io.loadmat and save the arrays with numpy.savez, under the names of the parameters"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "XML, such as OpenVINO's description of a program: export the weights from the network that it was made of"
	case bytes.HasPrefix(head, []byte("GGUF")):
		return "a GGUF file, of quantised weights for llama.cpp: the networks read here come as safetensors or torch files"
	case bytes.HasPrefix(head, []byte("\x89HDF\r\n\x1a\n")):
		return "an HDF5 file, as Keras writes: save its arrays with numpy.savez, under the names of the parameters"
	case slices.ContainsFunc([]string{"(dp", "(lp", "(i", "ccopy_reg\n", "ccollections\n", "cnumpy", "ctorch", "}q\x00", "]q\x00"}, func(p string) bool { return bytes.HasPrefix(head, []byte(p)) }):
		return "a pickle of protocol 0 or 1, as Python 2 wrote: in Python, load it with pickle.load(f, encoding=\"latin1\") and save it with torch.save, or its arrays with numpy.savez"
	case bytes.HasPrefix(head, []byte("II*\x00")) || bytes.HasPrefix(head, []byte("MM\x00*")):
		return "a TIFF picture, which is not read: save it as PNG, or its numbers with numpy.save"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n")):
		return "a PNG picture, where an array belongs"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "a JPEG picture, where an array belongs"
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return "a tar archive, as torch before 0.2 wrote: save it again with a newer torch"
	}
	return ""
}

// Archive names what a zip archive is when the names in it are those of something else, and what to do with it; "" when nothing is
// known.
func Archive(names []string) string {
	has := func(part string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains("/"+n, part) })
	}
	switch {
	case has("/constants.pkl") || has("/code/"):
		return "a TorchScript archive, which holds a program; save the state_dict with torch.save"
	case has("/model.weights.h5"):
		return "a file of Keras: in Python, load it and save the arrays with numpy.savez, under the names of the parameters"
	case has("/models/model.json") || has("/archive_format"):
		return "an archive of torch.export, which holds a program; save the state_dict of the network that it was made of with torch.save"
	}
	return ""
}

// Pickle names what a file is that begins as a pickle and is none that can be read, and what to do with it; "" when nothing is
// known.
func Pickle(r io.ReaderAt, size int64) string {
	head := make([]byte, min(size, 1<<16))
	if store.ReadFull(r, head, 0) == nil && bytes.Contains(head, []byte("joblib.numpy_pickle")) {
		return "a file of joblib, whose arrays lie between the parts of a pickle: in Python, load it with joblib.load and save the arrays with numpy.savez, under the names of the parameters"
	}
	return ""
}

// isONNX reports whether a file begins as ONNX's protobuf does: field 1, the version of the format, and then the producer's
// name (field 2), or the graph (field 7) or the imports (field 8).
func isONNX(head []byte) bool {
	return len(head) > 4 && head[0] == 0x08 && head[1] > 0 && head[1] < 64 && slices.Contains([]byte{0x12, 0x1a, 0x3a, 0x42}, head[2])
}

// Index names the index of a checkpoint of TensorFlow, which is known by its last bytes; "" for any other file.
func Index(r io.ReaderAt, size int64) string {
	tail := make([]byte, len(tableMagic))
	if size > 48 && store.ReadFull(r, tail, size-8) == nil && bytes.Equal(tail, tableMagic) {
		return "the index of a checkpoint of TensorFlow: " + tensorflow
	}
	return ""
}

// tableMagic ends the index of a checkpoint of TensorFlow.
var tableMagic = []byte("\x57\xfb\x80\x8b\x24\x75\x47\xdb")

const tensorflow = "in Python, read it with tf.train.load_checkpoint and save the arrays with numpy.savez, under the names of the parameters"
