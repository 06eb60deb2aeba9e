package checkpoints

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints/internal/pickle"
)

// torchSeeds returns whole torch files, good and bad, that begin with magic.
func torchSeeds(f *testing.F, magic string) (seeds [][]byte) {
	f.Helper()
	for _, b := range badTorch(f) {
		if bytes.HasPrefix(b, []byte(magic)) {
			seeds = append(seeds, b)
		}
	}
	files, err := filepath.Glob("testdata/torch/*.pt")
	if err != nil || len(files) == 0 {
		f.Fatal("no files", err)
	}
	modules, err := filepath.Glob("testdata/[ew][di][ml]*/*")
	if err != nil || len(modules) == 0 {
		f.Fatal("no files", err)
	}
	for _, name := range append(files, modules...) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if bytes.HasPrefix(b, []byte(magic)) {
			seeds = append(seeds, b)
		}
	}
	return seeds
}

// checkTorch reads a file whole; what is read can be written for torch and read again.
func checkTorch(t *testing.T, file *File) {
	file.unwrap()
	for _, x := range file.Tensors() {
		if _, err := x.Float64s(); err != nil {
			return
		}
	}
	if err := file.Verify(); err != nil {
		t.Errorf("every tensor could be read, but %v", err)
	}
	var b bytes.Buffer
	if err := EncodeTorch(&b, file); err != nil {
		t.Skip(err) // an unsigned array of numpy
	}
	back, err := readAll(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	sameFile(t, back, file)
}

// FuzzPickle: whatever the object of an archive, the reading ends with an error or with tensors. The archive holds
// 4096 bytes for every storage.
func FuzzPickle(f *testing.F) {
	for _, raw := range torchSeeds(f, "PK") {
		z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
		if err != nil {
			continue
		}
		for _, e := range z.File {
			rc, err := e.Open()
			if err != nil || !strings.HasSuffix(e.Name, "data.pkl") {
				continue
			}
			if b, err := io.ReadAll(rc); err == nil {
				f.Add(b)
			}
		}
	}
	store := make([]byte, 4096)
	for i := range store {
		store[i] = byte(i)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tr := &torchReader{size: 1 << 16, storages: map[string]*storage{}}
		tr.place = func(key string, n int64) (*record, error) {
			if n > int64(len(store)) {
				return nil, io.ErrUnexpectedEOF
			}
			return &record{section: section{bytes.NewReader(store), 0, n}}, nil
		}
		d := pickle.NewDecoder(bytes.NewReader(text), int64(len(text)))
		d.Table, d.Persistent, d.Foreign = tr.moduleTable(), tr.persistent, true
		object, err := d.Decode()
		if err != nil {
			return
		}
		if file, err := tr.file("torch", object); err == nil {
			checkTorch(t, file)
		}
	})
}

// FuzzTorchZip: whatever the bytes of an archive.
func FuzzTorchZip(f *testing.F) { fuzzTorch(f, "PK") }

// FuzzTorchLegacy: whatever the bytes of a stream.
func FuzzTorchLegacy(f *testing.F) { fuzzTorch(f, "\x80") }

func fuzzTorch(f *testing.F, magic string) {
	for _, b := range torchSeeds(f, magic) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if !bytes.HasPrefix(b, []byte(magic)) {
			return
		}
		if file, err := Read(bytes.NewReader(b), int64(len(b))); err == nil {
			checkTorch(t, file)
		}
	})
}

// FuzzEDM: whatever the bytes of a snapshot.
func FuzzEDM(f *testing.F) {
	for _, b := range torchSeeds(f, "\x80") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if file, err := readEDM(bytes.NewReader(b), int64(len(b))); err == nil {
			checkTorch(t, file)
		}
	})
}
