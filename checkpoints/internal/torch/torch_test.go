package torch_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// TestTorchFiles: what torch saved, in every container, against what numpy saved of the same tensors.
func TestTorchFiles(t *testing.T) {
	tested := 0
	for file, format := range map[string]string{
		"flat_proto4": "torch", "flat_torch2_bigendian": "torch", "nested_zip": "torch",
		"nested_torch2_little": "torch", "nested_legacy": "torch legacy",
	} {
		f, err := checkpoints.Open("testdata/torch/" + file + ".pt")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := f.Verify(); err != nil || f.Format != format {
			t.Errorf("%s: %q, %v", file, f.Format, err)
		}
		flat := f
		if strings.HasPrefix(file, "nested") {
			flat = f.Sub("tensors.")
		}
		order := []string{"f32", "f64", "f16", "bf16", "i64", "i32", "i16", "i8", "u8", "bool", "scalar0d", "int0d",
			"empty", "transposed_view", "offset_slice", "base", "expanded", "channels_last", "special"}
		if !slices.Equal(flat.Names(), order) {
			t.Errorf("%s: names %q, want %q", file, flat.Names(), order)
		}
		for _, got := range flat.Tensors() {
			want, err := checkpoints.ReadArray("../../testdata/formats/expect_" + got.Name + ".npy")
			if err != nil {
				t.Fatal(err)
			}
			filetest.SameNumbers(t, file, got, want)
			tested++
		}
	}
	if tested != 5*19 {
		t.Errorf("%d tensors were compared", tested)
	}
}

// TestTorchNested: what surrounds the tensors of the nested files.
func TestTorchNested(t *testing.T) {
	for _, file := range []string{"nested_zip", "nested_torch2_little", "nested_legacy"} {
		f, err := checkpoints.Open("testdata/torch/" + file + ".pt")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for name, want := range map[string]any{
			"meta.step": int64(7), "meta.lr": 0.0002, "meta.name": "x", "meta.flag": true, "meta.none": nil,
			"meta.big": "1180591620717411303424", "meta.neg": int64(-5), "meta.t": []any{int64(1), 2.5, "a"},
			"meta.l.0": int64(1), "meta.l.1.0": int64(2), "meta.empty_tuple": []any{}, "meta.bytes_": []byte{0, 1, 255},
			"meta.unicode_": "é∂", "size": []any{int64(2), int64(3)}, "dtype": "torch.float16", "device": "cuda:1",
			"numpy_scalar": 1.5, "set_": []any{int64(1), int64(2)},
		} {
			if got, ok := f.Value(name); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %q is %v %v, want %v", file, name, got, ok, want)
			}
		}
		base, err := f.Tensor("tensors.f32")
		if err != nil {
			t.Fatal(err)
		}
		numbers, err := base.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		for name, scale := range map[string]float64{"param": 2, "param_nograd": 3, "dd.a.b.c": 1} {
			x, err := f.Tensor(name)
			if err != nil {
				t.Error(err)
				continue
			}
			got, err := x.Float64s()
			for i := range got {
				if err != nil || got[i] != float64(float32(scale*numbers[i])) && name != "dd.a.b.c" {
					t.Fatalf("%s: %q %v, %v", file, name, got, err)
				}
			}
		}
		again, err1 := f.Tensor("shared_again")
		shared, err2 := f.Tensor("tensors.base")
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		filetest.SameNumbers(t, file, again, shared)
		array, err := f.Tensor("numpy_array")
		if err != nil {
			t.Fatal(err)
		}
		filetest.SameNumbers(t, file, array, checkpoints.FromFloat32("", []int{2, 3}, []float32{0, 1, 2, 3, 4, 5}))
	}
	f, err := checkpoints.Open("testdata/torch/cuda_location.pt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, file := range map[string]string{"w": "f32", "v": "offset_slice"} {
		want, err := checkpoints.ReadArray("../../testdata/formats/expect_" + file + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		filetest.SameNumbers(t, "cuda_location", got, want)
	}
}

// TestTorchBad: each crafted file is refused, at once, without much memory, and with nothing done.
func TestTorchBad(t *testing.T) {
	files := filetest.BadTorch(t, "../../testdata/torch_bad.tar.zst")
	if len(files) != 51 {
		t.Errorf("%d files", len(files))
	}
	why := map[string]string{
		"torchscript_archive.pt": "TorchScript", "ancient_tar_format.pt": "torch before 0.2", "html_error_page.pt": "HTML",
		"empty.pt": "empty file", "pickle_huge_declared_string.pt": "are left", "zip_truncated.pt": "broke off", "zip_two_roots.pt": "2 entries data.pkl",
		"zip_no_data_pkl.pt": "without torch's data.pkl", "pickle_os_system.pt": `global not allowed: "os.system"`,
		"pickle_self_reference.pt": "holds itself", "pickle_deep_nesting.pt": "deeper than 1000",
		"pickle_billion_laughs.pt": "take more than", "pickle_huge_memo_index.pt": "None, holds no tensors",
		"pickle_unknown_opcode.pt": "opcode 0xf3", "pickle_no_stop.pt": "without STOP", "pickle_bad_memo.pt": "memo",
		"pickle_ext_registry.pt": "opcode 0x82", "pickle_inst_opcode.pt": "opcode 0x69", "pickle_mark_missing.pt": "no MARK",
		"pickle_negative_long4.pt": "integer of", "storage_missing.pt": `no entry "archive/data/7"`,
		"storage_numel_2pow40.pt": "want 4398046511104", "storage_short.pt": "has 9 bytes, want 16",
		"storage_key_traversal.pt": `"../../../../etc/hostname" is not a number`, "storage_unknown_type.pt": "has 16 bytes, want 4",
		"tensor_expand_bomb.pt": "times, the limit", "tensor_numel_overflow.pt": "overflow", "tensor_rank_4000.pt": "at most 16",
		"tensor_out_of_bounds.pt": "reach element 6 of a storage of 4", "tensor_negative_offset.pt": "negative",
		"tensor_negative_size.pt": "negative", "tensor_negative_stride.pt": "negative", "tensor_rank_mismatch.pt": "2 sizes and 1 strides",
		"zip_crc_mismatch.pt": "checksum is", "zip_deflate_bomb.pt": "want 16", "zip_lying_central_directory.pt": "want 16",
		"legacy_bad_magic.pt": "magic number", "legacy_wrong_numel.pt": "the object says 64", "legacy_truncated_storage.pt": "are left",
		"edm_module_src_side_effect.pkl": "EDM that could be read: the object, a dict, holds no tensors",
		"edm_nested_load_from_bytes.pkl": `byte 139: global not allowed: "os.system"`,
		"pickle_evil_before_magic.pt":    "magic number", "pickle_os_system_legacy.pt": `"os.system"`,
	}
	for name, b := range files {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, err := checkpoints.Read(bytes.NewReader(b), int64(len(b)))
		if err == nil {
			err = f.Verify()
		}
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), why[name]) {
			t.Errorf("%s: error %v, want one with %q", name, err, why[name])
		}
		if strings.ContainsFunc(fmt.Sprint(err), func(r rune) bool { return r < ' ' }) || len(fmt.Sprint(err)) > 600 {
			t.Errorf("%s: control characters or a long error: %q", name, err)
		}
		delete(why, name)
		if n := after.TotalAlloc - before.TotalAlloc; n > 100<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
	}
	if len(why) > 0 {
		t.Errorf("not there: %v", why)
	}
	if marks, err := filepath.Glob("/tmp/GO_LOADER_PWNED_V_*"); err != nil || len(marks) > 0 {
		t.Errorf("code was run: %v, %v", marks, err)
	}
}

// TestTorchTruncated: no shorter and no longer file is read.
func TestTorchTruncated(t *testing.T) {
	for _, name := range []string{"cuda_location.pt", "nested_legacy.pt"} {
		whole, err := os.ReadFile("testdata/torch/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for n := range whole {
			if _, err := readAll(whole[:n]); err == nil {
				t.Errorf("%s: read from %d of %d bytes", name, n, len(whole))
			}
		}
		if _, err := readAll(append(whole, 0)); err == nil && name == "nested_legacy.pt" {
			t.Errorf("%s: a byte too many was accepted", name)
		}
	}
}

// readAll reads a file whole.
func readAll(b []byte) (*checkpoints.File, error) { return filetest.Read(checkpoints.Read, b) }
