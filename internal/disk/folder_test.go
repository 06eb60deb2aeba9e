package disk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A result takes the place of the former one with all its files; what belongs to somebody else stays.
func TestFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "a", "result")
	for i := range 9 {
		if i == 5 {
			if err := os.MkdirAll(filepath.Join(dir, "sub", "mine"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "sub", "mine", "x"), []byte("mine"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := commit(dir, i); err != nil {
			t.Fatal(err)
		}
		if got := whole(t, dir, "sub/mine/x"); got != i {
			t.Fatalf("result %d, want %d", got, i)
		}
		if names := left(t, filepath.Dir(dir)); !slices.Equal(names, []string{"result"}) {
			t.Fatalf("left behind: %v", names)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "sub", "mine", "x")); err != nil || string(text) != "mine" {
		t.Errorf("the file of somebody else holds %q, %v", text, err)
	}
}

// A file in the way that no result lists is named before anything is done, and stays.
func TestForeign(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "part-1"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := commit(dir, 1)
	var foreign *ForeignError
	if !errors.As(err, &foreign) || foreign.Name != "part-1" {
		t.Errorf("error %v, want that part-1 is in the way", err)
	}
	if names := left(t, dir); !slices.Equal(names, []string{"part-1"}) {
		t.Errorf("there are %v", names)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(filepath.Join(dir, "file")); err == nil {
		t.Error("a file was taken for a folder")
	}
	if err := os.WriteFile(filepath.Join(dir, Manifest), []byte(`{"files":["../x"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(dir); err == nil || !strings.Contains(err.Error(), `"../x"`) {
		t.Errorf("a list that leads out of the folder: %v", err)
	}
}

// What fails at the end, or is given up, leaves the former result.
func TestFolderFails(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "result")
	if err := commit(dir, 2); err != nil {
		t.Fatal(err)
	}
	f, err := Begin(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, "")
	if f, err = Begin(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"part-0", "zz"} {
		if err := writeFile(filepath.Join(f.Path(), name), []byte("9")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "zz"), []byte("mine"), 0o644); err != nil { // it came meanwhile
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a file that came meanwhile was overwritten")
	}
	if got := whole(t, dir, "zz"); got != 2 {
		t.Errorf("result %d, want the former one, 2", got)
	}
	if err := f.Abort(); err != nil {
		t.Error(err)
	}
	if names := left(t, parent); !slices.Equal(names, []string{"result"}) {
		t.Errorf("left behind: %v", names)
	}
}

// The current folder stays the same folder, and keeps its mode in each case.
func TestCurrentFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "here")
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	before, err := os.Stat(".")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := commit(".", i); err != nil {
			t.Fatal(err)
		}
		whole(t, ".", "")
	}
	after, err := os.Stat(dir)
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the current folder is another one (%v)", err)
	}
	t.Chdir(back)
	if err := commit(dir, 3); err != nil {
		t.Fatal(err)
	}
	whole(t, dir, "")
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, %v; want 750", info.Mode(), err)
	}
}

// In a folder whose own folder cannot be written the result is made inside.
func TestFolderInside(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "result")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(parent, 0o755) })
	if beside(dir) {
		t.Skip("this user may write everywhere")
	}
	for i := range 3 {
		if err := commit(dir, i); err != nil {
			t.Fatal(err)
		}
		whole(t, dir, "")
	}
}
