package foreign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// TestForeign: a file or folder of something else is told by name, with what to do about it.
func TestForeign(t *testing.T) {
	leaf, err := os.ReadFile("../../testdata/formats/expect_f32.npy")
	if err != nil {
		t.Fatal(err)
	}
	for why, b := range map[string]string{
		"Equinox writes":                     string(leaf) + string(leaf),
		"settings in the first line":         `{"width": 3}` + "\n" + string(leaf),
		"GGUF file":                          "GGUF\x03\x00\x00\x00" + strings.Repeat("\x00", 40),
		"ONNX file":                          "\x08\x08\x12\x07pytorch\x1a\x052.4.1:\x10graph",
		"the index of a checkpoint of Tenso": strings.Repeat("\x00", 60) + "\x57\xfb\x80\x8b\x24\x75\x47\xdb",
		"tf.train.load_checkpoint":           `model_checkpoint_path: "ckpt-1"` + "\n",
		"of protocol 0 or 1":                 "}q\x00X\x01\x00\x00\x00wq\x01K\x01s.",
		"as Python 2 wrote":                  "(dp0\nS'w'\np1\n",
		"HDF5 file":                          "\x89HDF\r\n\x1a\n" + strings.Repeat("\x00", 40),
	} {
		if _, err := readAll([]byte(b)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error %v, want one with %q", err, why)
		}
	}
	for why, names := range map[string]string{
		"as TensorFlow writes": "checkpoint ckpt.index ckpt.data-00000-of-00001", "tf.train": "saved_model.pb", "dcp_to_torch": ".metadata __0_0.distcp",
		"zero_to_fp32.py, which": "zero_to_fp32.py latest", "fuse_lora": "adapter_config.json adapter_model.safetensors", "flax.serialization": "checkpoint _METADATA",
	} {
		dir := t.TempDir()
		for _, name := range strings.Fields(names) {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := checkpoints.Open(dir); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: error %v, want one with %q", names, err, why)
		}
	}
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }
