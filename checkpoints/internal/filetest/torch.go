package filetest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"tweedie/checkpoints/internal/store"
	"tweedie/checkpoints/internal/torch"
)

// BadTorch returns the crafted files of an archive, by name.
func BadTorch(t testing.TB, archive string) map[string][]byte {
	t.Helper()
	r, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	files := map[string][]byte{}
	for list := tar.NewReader(z); ; {
		h, err := list.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[h.Name], err = io.ReadAll(list); err != nil {
			t.Fatal(err)
		}
	}
}

// TorchSeeds returns whole files of torch and of EDM, good and bad, that begin with magic, for a fuzz test in a folder beside this.
func TorchSeeds(f *testing.F, magic string) (seeds [][]byte) {
	f.Helper()
	for _, b := range BadTorch(f, "../../testdata/torch_bad.tar.zst") {
		if bytes.HasPrefix(b, []byte(magic)) {
			seeds = append(seeds, b)
		}
	}
	for _, pattern := range []string{"../torch/testdata/torch/*.pt", "../torch/testdata/wild/*", "../edm/testdata/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("no files", err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			if bytes.HasPrefix(b, []byte(magic)) {
				seeds = append(seeds, b)
			}
		}
	}
	return seeds
}

// Archive is a zip of entries, name and content in turn, all deflated or all stored.
func Archive(t testing.TB, method uint16, parts ...string) []byte {
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

// Tensor pickles a contiguous view of n floats at an offset of a storage of count.
func Tensor(key, count, offset, n int) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\n" + text(fmt.Sprint(key)) + "U\x03cpu" + integer(count) + "tQ" +
		integer(offset) + integer(n) + "\x85K\x01\x85\x89)tR"
}

// Dict pickles a dict of names and pickled values in turn.
func Dict(parts ...string) string {
	s := "}("
	for i := 0; i < len(parts); i += 2 {
		s += text(parts[i]) + parts[i+1]
	}
	return s + "u"
}

func text(s string) string {
	return string(binary.LittleEndian.AppendUint32([]byte("X"), uint32(len(s)))) + s
}

func integer(n int) string { return string(binary.LittleEndian.AppendUint32([]byte("J"), uint32(n))) }

// Rewrites reads tensors whole; when that can be done, they verify, and they can be written for torch and read again.
func Rewrites(t *testing.T, tensors []*store.Tensor) {
	t.Helper()
	for _, x := range tensors {
		if _, err := x.Float64s(); err != nil {
			return
		}
	}
	for _, x := range tensors {
		if err := store.Verify(x); err != nil {
			t.Errorf("every tensor could be read, but %v", err)
		}
	}
	var b bytes.Buffer
	if err := torch.Encode(&b, tensors); err != nil {
		t.Skip(err) // an unsigned array of numpy
	}
	r := bytes.NewReader(b.Bytes())
	z, err := zip.NewReader(r, r.Size())
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]*zip.File{}
	for _, e := range z.File {
		entries[e.Name] = e
	}
	back, err := torch.ReadZip(&torch.Zip{R: r, Size: r.Size(), Root: "archive/", Entries: entries}, nil)
	if err != nil {
		t.Fatal(err)
	}
	SameTensors(t, back.All(), tensors)
}
