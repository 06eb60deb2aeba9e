package checkpoints

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
)

// archiveOf is a zip of entries, name and content in turn, all deflated or all stored.
func archiveOf(t testing.TB, method uint16, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tensorOf pickles a contiguous view of n floats at an offset of a storage of count.
func tensorOf(key, count, offset, n int) string {
	p := &pickler{memo: map[string]int{}, next: 1 << 16}
	p.b = append(p.b, "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\n"...)
	p.text(fmt.Sprint(key))
	p.b = append(p.b, "U\x03cpu"...)
	p.integer(count)
	p.b = append(p.b, "tQ"...)
	p.integer(offset)
	p.integer(n)
	p.b = append(p.b, "\x85K\x01\x85\x89)tR"...)
	return string(p.b)
}

// dictOf pickles a dict of names and pickled values in turn.
func dictOf(parts ...string) string {
	s := "}("
	for i := 0; i < len(parts); i += 2 {
		p := &pickler{}
		p.text(parts[i])
		s += string(p.b) + parts[i+1]
	}
	return s + "u"
}

// TestTorchObjects: what can stand at the root and between the tensors.
func TestTorchObjects(t *testing.T) {
	x := tensorOf(0, 4, 1, 2)
	for object, names := range map[string][]string{
		x:                             {"tensor"},
		"](" + x + "NK\x01" + x + "e": {"0", "3"},
		"(" + x + x + "t":             {"0", "1"},
		dictOf("a", x):                {"a"},
		dictOf("", x):                 {""},
		"}K\x05" + x + "s":            {"5"},
		"}N" + x + "s":                {"None"},
		"}\x88" + x + "s":             {"True"},
		"}G?\xe0\x00\x00\x00\x00\x00\x00" + x + "s":                      {"0.5"},
		"}K\x01K\x02\x86" + x + "s":                                      {"#0"},
		dictOf("a", dictOf("b", x, "c", "]("+x+x+"e")):                   {"a.b", "a.c.0", "a.c.1"},
		"cargparse\nNamespace\n)\x81" + dictOf("w", x) + "b":             {"w"},
		dictOf("args", "cargparse\nNamespace\n)\x81}b", "x", x):          {"x"},
		dictOf("s", "(U\x07storagectorch\nFloatStorage\nU\x010NK\x04tQ"): {"s"},
	} {
		raw := archiveOf(t, zip.Store, "r/data.pkl", object+".", "r/data/0", strings.Repeat("abcd", 4))
		f, err := readAll(raw)
		if err != nil || !slices.Equal(f.Names(), names) {
			t.Errorf("%q: %v, want %q", object, err, names)
		}
	}
}

// TestTorchRefuses: archives that are wrong in one place.
func TestTorchRefuses(t *testing.T) {
	four := strings.Repeat("abcd", 4)
	x := tensorOf(0, 4, 0, 4)
	shared := "}("
	for i := range 3000 {
		shared += fmt.Sprintf("U\x04%04d", i) + tensorOf(0, 1<<18, 0, 1<<18)
	}
	short := archiveOf(t, zip.Deflate, "data.pkl", x+".", "data/0", four)
	i := bytes.Index(short, []byte("PK\x01\x02"))
	j := bytes.LastIndex(short, []byte("PK\x01\x02"))
	encrypted := slices.Clone(short)
	encrypted[j+8] |= 1
	method := slices.Clone(short)
	method[j+10] = 12
	compressed := archiveOf(t, zip.Store, "data.pkl", x+".", "data/0", four)
	compressed[bytes.LastIndex(compressed, []byte("PK\x01\x02"))+20]--
	damaged := slices.Clone(short)
	binary.LittleEndian.PutUint32(damaged[j+16:], crc32.ChecksumIEEE(nil))
	for why, raw := range map[string][]byte{
		"too many share them":                archiveOf(t, zip.Store, "data.pkl", shared+"u.", "data/0", strings.Repeat("abcd", 1<<18)),
		"data.pkl\" appears twice":           archiveOf(t, zip.Store, "data.pkl", x+".", "data.pkl", x+"."),
		"byteorder \"middle\"":               archiveOf(t, zip.Store, "data.pkl", x+".", "data/0", four, "byteorder", "middle"),
		"claims 40 bytes":                    archiveOf(t, zip.Store, "data.pkl", x+".", "data/0", four, "byteorder", strings.Repeat("little--", 5)),
		"has 15 bytes, want 16":              archiveOf(t, zip.Store, "data.pkl", x+".", "data/0", four[1:]),
		"no entry \"data/0\"":                archiveOf(t, zip.Store, "data.pkl", x+".", "x/data/0", four),
		"a dict, holds no tensors":           archiveOf(t, zip.Store, "data.pkl", "}."),
		"\"a.b\" appears twice":              archiveOf(t, zip.Store, "data.pkl", dictOf("a.b", x, "a", dictOf("b", x))+".", "data/0", four),
		"name \"\\xff\" is not valid":        archiveOf(t, zip.Store, "data.pkl", dictOf("\xff", x)+".", "data/0", four),
		"a pickled module":                   archiveOf(t, zip.Store, "data.pkl", "(U\x06moduleNNNNtQ.", "data/0", four),
		"storage \"0\" is 3 of F32 here":     archiveOf(t, zip.Store, "data.pkl", dictOf("a", x, "b", tensorOf(0, 3, 0, 3))+".", "data/0", four),
		"a tensor of None at an int":         archiveOf(t, zip.Store, "data.pkl", "ctorch._utils\n_rebuild_tensor\n(NK\x00))tR."),
		"a parameter of 3":                   archiveOf(t, zip.Store, "data.pkl", "ctorch._utils\n_rebuild_parameter\n(NNNtR."),
		"a size that is no tuple":            archiveOf(t, zip.Store, "data.pkl", "ctorch\nSize\nN\x85R."),
		"a device that is no string":         archiveOf(t, zip.Store, "data.pkl", "ctorch\ndevice\nN\x85R."),
		"global not allowed: \"torch.load\"": archiveOf(t, zip.Store, "data.pkl", "ctorch\nload\n."),
		"_load_from_bytes":                   archiveOf(t, zip.Store, "data.pkl", "ctorch.storage\n_load_from_bytes\n."),
		"_reconstruct_persistent_obj":        archiveOf(t, zip.Store, "data.pkl", "ctorch_utils.persistence\n_reconstruct_persistent_obj\n."),
		"without content":                    archiveOf(t, zip.Store, "data.pkl", "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)NtR."),
		"16 bytes at byte":                   compressed,
		"encrypted":                          encrypted,
		"method 12":                          method,
		"checksum":                           damaged,
	} {
		f, err := Read(bytes.NewReader(raw), int64(len(raw)))
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
	bomb := archiveOf(t, zip.Deflate, "data.pkl", tensorOf(0, n/4, 0, 1)+".", "data/0", strings.Repeat("\x00", n))
	if _, err := readAll(bomb); err == nil || !strings.Contains(err.Error(), "inflate") {
		t.Errorf("%d bytes that inflate to %d: %v", len(bomb), n, err)
	}
	// Two entries at the same place: the directory of one is copied.
	object := dictOf("a", tensorOf(0, 4096, 0, 1), "b", tensorOf(1, 4096, 0, 1)) + "."
	raw := archiveOf(t, zip.Store, "data.pkl", object, "data/0", strings.Repeat("abcd", 4096), "data/1", "")
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	before := bytes.LastIndex(raw[:at], []byte("PK\x01\x02"))
	copy(raw[at+16:at+28], raw[before+16:])
	copy(raw[at+42:at+46], raw[before+42:])
	if _, err := readAll(raw); err == nil || !strings.Contains(err.Error(), "claim more than") {
		t.Errorf("overlapping entries: %v", err)
	}
}

// TestLoadMemory: parameters are filled in place; nothing in proportion to them is allocated besides.
func TestLoadMemory(t *testing.T) {
	const n = 1 << 21
	raw := torchFile(t, n)
	f, err := Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	params := []*autodiff.Param{autodiff.NewLazyParam("a", autodiff.S(n)), autodiff.NewLazyParam("b", autodiff.S(n))}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := Load(f, params, LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 2*4*n+4*chunkSize {
		t.Errorf("%d bytes allocated to load %d", took, 2*4*n)
	}
}

// TestFolders: a folder is an error, that of Orbax one which says what to do.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("an empty folder: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "_METADATA"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "flax.serialization.to_bytes") {
		t.Errorf("a folder of Orbax: %v", err)
	}
}
