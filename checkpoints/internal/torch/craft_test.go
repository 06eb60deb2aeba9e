package torch_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/checkpoints/internal/filetest"
)

// TestTorchObjects: what can stand at the root and between the tensors.
func TestTorchObjects(t *testing.T) {
	x := filetest.Tensor(0, 4, 1, 2)
	for object, names := range map[string][]string{
		x:                             {"tensor"},
		"](" + x + "NK\x01" + x + "e": {"0", "3"},
		"(" + x + x + "t":             {"0", "1"},
		filetest.Dict("a", x):         {"a"},
		filetest.Dict("", x):          {""},
		"}K\x05" + x + "s":            {"5"},
		"}N" + x + "s":                {"None"},
		"}\x88" + x + "s":             {"True"},
		"}G?\xe0\x00\x00\x00\x00\x00\x00" + x + "s":                             {"0.5"},
		"}K\x01K\x02\x86" + x + "s":                                             {"#0"},
		filetest.Dict("a", filetest.Dict("b", x, "c", "]("+x+x+"e")):            {"a.b", "a.c.0", "a.c.1"},
		"cargparse\nNamespace\n)\x81" + filetest.Dict("w", x) + "b":             {"w"},
		filetest.Dict("args", "cargparse\nNamespace\n)\x81}b", "x", x):          {"x"},
		filetest.Dict("s", "(U\x07storagectorch\nFloatStorage\nU\x010NK\x04tQ"): {"s"},
	} {
		raw := filetest.Archive(t, zip.Store, "r/data.pkl", object+".", "r/data/0", strings.Repeat("abcd", 4))
		f, err := readAll(raw)
		if err != nil || !slices.Equal(f.Names(), names) {
			t.Errorf("%q: %v, want %q", object, err, names)
		}
	}
}

// TestTorchRefuses: archives that are wrong in one place.
func TestTorchRefuses(t *testing.T) {
	four := strings.Repeat("abcd", 4)
	x := filetest.Tensor(0, 4, 0, 4)
	shared := "}("
	for i := range 3000 {
		shared += fmt.Sprintf("U\x04%04d", i) + filetest.Tensor(0, 1<<18, 0, 1<<18)
	}
	short := filetest.Archive(t, zip.Deflate, "data.pkl", x+".", "data/0", four)
	i := bytes.Index(short, []byte("PK\x01\x02"))
	j := bytes.LastIndex(short, []byte("PK\x01\x02"))
	encrypted := slices.Clone(short)
	encrypted[j+8] |= 1
	method := slices.Clone(short)
	method[j+10] = 12
	compressed := filetest.Archive(t, zip.Store, "data.pkl", x+".", "data/0", four)
	compressed[bytes.LastIndex(compressed, []byte("PK\x01\x02"))+20]--
	damaged := slices.Clone(short)
	binary.LittleEndian.PutUint32(damaged[j+16:], crc32.ChecksumIEEE(nil))
	for why, raw := range map[string][]byte{
		"too many share them":                filetest.Archive(t, zip.Store, "data.pkl", shared+"u.", "data/0", strings.Repeat("abcd", 1<<18)),
		"data.pkl\" appears twice":           filetest.Archive(t, zip.Store, "data.pkl", x+".", "data.pkl", x+"."),
		"byteorder \"middle\"":               filetest.Archive(t, zip.Store, "data.pkl", x+".", "data/0", four, "byteorder", "middle"),
		"claims 40 bytes":                    filetest.Archive(t, zip.Store, "data.pkl", x+".", "data/0", four, "byteorder", strings.Repeat("little--", 5)),
		"has 15 bytes, want 16":              filetest.Archive(t, zip.Store, "data.pkl", x+".", "data/0", four[1:]),
		"no entry \"data/0\"":                filetest.Archive(t, zip.Store, "data.pkl", x+".", "x/data/0", four),
		"a dict, holds no tensors":           filetest.Archive(t, zip.Store, "data.pkl", "}."),
		"\"a.b\" appears twice":              filetest.Archive(t, zip.Store, "data.pkl", filetest.Dict("a.b", x, "a", filetest.Dict("b", x))+".", "data/0", four),
		"name \"\\xff\" is not valid":        filetest.Archive(t, zip.Store, "data.pkl", filetest.Dict("\xff", x)+".", "data/0", four),
		"a pickled module":                   filetest.Archive(t, zip.Store, "data.pkl", "(U\x06moduleNNNNtQ.", "data/0", four),
		"storage \"0\" is 3 of F32 here":     filetest.Archive(t, zip.Store, "data.pkl", filetest.Dict("a", x, "b", filetest.Tensor(0, 3, 0, 3))+".", "data/0", four),
		"a tensor of None at an int":         filetest.Archive(t, zip.Store, "data.pkl", "ctorch._utils\n_rebuild_tensor\n(NK\x00))tR."),
		"a parameter of 3":                   filetest.Archive(t, zip.Store, "data.pkl", "ctorch._utils\n_rebuild_parameter\n(NNNtR."),
		"a size that is no tuple":            filetest.Archive(t, zip.Store, "data.pkl", "ctorch\nSize\nN\x85R."),
		"a device that is no string":         filetest.Archive(t, zip.Store, "data.pkl", "ctorch\ndevice\nN\x85R."),
		"global not allowed: \"torch.load\"": filetest.Archive(t, zip.Store, "data.pkl", "ctorch\nload\n."),
		"_load_from_bytes":                   filetest.Archive(t, zip.Store, "data.pkl", "ctorch.storage\n_load_from_bytes\n."),
		"_reconstruct_persistent_obj":        filetest.Archive(t, zip.Store, "data.pkl", "ctorch_utils.persistence\n_reconstruct_persistent_obj\n."),
		"without content":                    filetest.Archive(t, zip.Store, "data.pkl", "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)NtR."),
		"16 bytes at byte":                   compressed,
		"encrypted":                          encrypted,
		"method 12":                          method,
		"checksum":                           damaged,
	} {
		f, err := checkpoints.Read(bytes.NewReader(raw), int64(len(raw)))
		if err == nil {
			err = f.Verify()
		}
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("error %v, want one with %s", err, why)
		}
	}
	if f, err := readAll(short); i < 0 || err != nil || f.Format != "torch" {
		t.Errorf("a deflated archive: %v", err)
	}
}

// TestTorchBombs: entries that claim more than the file can hold, or the same bytes many times.
func TestTorchBombs(t *testing.T) {
	const n = 100 << 20
	bomb := filetest.Archive(t, zip.Deflate, "data.pkl", filetest.Tensor(0, n/4, 0, 1)+".", "data/0", strings.Repeat("\x00", n))
	if _, err := readAll(bomb); err == nil || !strings.Contains(err.Error(), "inflate") {
		t.Errorf("%d bytes that inflate to %d: %v", len(bomb), n, err)
	}
	// Two entries at the same place: the directory of one is copied.
	object := filetest.Dict("a", filetest.Tensor(0, 4096, 0, 1), "b", filetest.Tensor(1, 4096, 0, 1)) + "."
	raw := filetest.Archive(t, zip.Store, "data.pkl", object, "data/0", strings.Repeat("abcd", 4096), "data/1", "")
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	before := bytes.LastIndex(raw[:at], []byte("PK\x01\x02"))
	copy(raw[at+16:at+28], raw[before+16:])
	copy(raw[at+42:at+46], raw[before+42:])
	if _, err := readAll(raw); err == nil || !strings.Contains(err.Error(), "claim more than") {
		t.Errorf("overlapping entries: %v", err)
	}
}
