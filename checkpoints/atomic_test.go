package checkpoints

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"tweedie/checkpoints/internal/store"
)

// only fails unless dir holds exactly one file, with that content.
func only(t *testing.T, dir, name, content string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("folder holds %v, want only %s", entries, name)
	}
	if b, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(b) != content {
		t.Errorf("content %q, %v; want %q", b, err, content)
	}
}

func TestAtomicWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	say := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	if err := AtomicWriteFile(path, say("one")); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "state", "one")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := AtomicWriteFile(path, say("two")); err != nil {
		t.Fatal(err)
	}
	only(t, dir, "state", "two")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v; want the old one, 640", info.Mode(), err)
	}

	boom := errors.New("boom")
	err := AtomicWriteFile(path, func(w io.Writer) error {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20)) // beyond the buffer: really on disk
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("error %v, want boom", err)
	}
	only(t, dir, "state", "two")

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = AtomicWriteFile(path, func(w io.Writer) error { _, _ = w.Write(make([]byte, 1<<20)); panic("boom") })
	}()
	only(t, dir, "state", "two")

	// While the new content is being written, the old one is what a reader sees.
	err = AtomicWriteFile(path, func(w io.Writer) error {
		_, _ = w.Write(make([]byte, 1<<20))
		if b, err := os.ReadFile(path); err != nil || string(b) != "two" {
			t.Errorf("during the write a reader sees %q, %v", b, err)
		}
		_, err := io.WriteString(w, "three")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	only(t, dir, "state", string(make([]byte, 1<<20))+"three")
}

func TestAtomicWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	if AtomicWriteFile(folder, func(io.Writer) error { return nil }) == nil {
		t.Error("a folder was replaced")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if AtomicWriteFile(filepath.Join(dir, "none", "x"), func(io.Writer) error { return nil }) == nil {
		t.Error("wrote into a folder that does not exist")
	}
	t.Chdir(dir) // a bare name lies in the current folder
	if err := AtomicWriteFile("bare", func(io.Writer) error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestSaveFails: a tensor that cannot be read leaves the old file.
func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.safetensors")
	if err := Save(path, goldenFile(t), SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []SaveOptions{{}, {Zstd: true}} {
		f := goldenFile(t)
		if err := f.Add(store.New("gone", U8, []int{1}, 1, store.Lazy(func() ([]byte, error) { return nil, io.ErrUnexpectedEOF }))); err != nil {
			t.Fatal(err)
		}
		if err := Save(path, f, o); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
		only(t, dir, "x.safetensors", string(before))
	}
}
