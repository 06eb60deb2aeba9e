package data

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
)

// sequential hides ReadAt and Seek of the files of a file system.
type sequential struct{ fs.FS }

type sequentialFile struct{ fs.File }

func (s sequential) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if info, e := fs.Stat(s.FS, name); err == nil && e == nil && !info.IsDir() {
		f = sequentialFile{f}
	}
	return f, err
}

// TestOpenFS: a set of a file system is that of a folder on disk, whether its files can be read at any offset or not; and a file's
// set is that of a reader of it.
func TestOpenFS(t *testing.T) {
	good := pngBytes(t, gray(4, 3))
	raw, err := os.ReadFile("testdata/optdigits.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	npz, err := os.ReadFile("../internal/npy/testdata/stored.npz")
	if err != nil {
		t.Fatal(err)
	}
	pack := packed(t, member{name: "b/1.png", body: good}, member{name: "a/2.png", body: good})
	files := map[string][]byte{"set/b/1.png": good, "set/a/2.png": good, "set/.x.png": good, "one.png": good, "digits": raw, "x.npy": npyFile([]int{2, 1, 3}, 1, 2, 3, 4, 5, 6),
		"x.npz": npz, "t-images-idx3-ubyte": idxFile(12, 2, 2, 3), "t-labels-idx1-ubyte": idxFile(2, 2)}
	for name, b := range pack {
		files[name] = b
	}
	disk, mapped := folder(t, files), fstest.MapFS{}
	for name, b := range files {
		mapped[name] = &fstest.MapFile{Data: b}
	}
	opts := Options{Shape: [3]int{1, 8, 8}, Max: 16}
	for _, c := range []struct {
		name string
		o    Options
	}{{"set", Options{}}, {"set", Options{Resize: [2]int{2, 2}}}, {"one.png", Options{}}, {"digits", opts}, {"x.npy", Options{}}, {"x.npz:fortran", Options{Shape: [3]int{1, 1, 5}}},
		{"t-images-idx3-ubyte", Options{}}, {"stored.zip", Options{}}, {"deflated.zip", Options{}}, {"plain.tar", Options{Crop: [2]int{2, 2}}}, {"packed.tar.gz", Options{}}} {
		want, err := Open(t.Context(), filepath.Join(disk, c.name), c.o)
		if err != nil {
			t.Fatal(err)
		}
		alike := func(how string, s Set, err error, labels bool) {
			t.Helper()
			if err != nil || s.Len() != want.Len() {
				t.Errorf("%s %s: %v", how, c.name, err)
				return
			}
			for i := range min(s.Len(), 3) {
				a, la := picture(t, want, i)
				b, lb := picture(t, s, i)
				if !slices.Equal(a, b) || labels && la != lb {
					t.Errorf("%s %s: image %d is %v with label %d; want %v with %d", how, c.name, i, b, lb, a, la)
				}
			}
		}
		for how, fsys := range map[string]fs.FS{"mapped": mapped, "sequential": sequential{mapped}, "disk": os.DirFS(disk)} {
			s, err := OpenFS(t.Context(), fsys, c.name, c.o)
			alike(how, s, err, true)
		}
		name, array, _ := strings.Cut(c.name, ":")
		if b, ok := files[name]; ok {
			c.o.Array = array
			s, err := Read(t.Context(), io.MultiReader(iotest.OneByteReader(bytes.NewReader(b[:4])), bytes.NewReader(b[4:])), c.o)
			alike("reader of", s, err, name[0] != 't')
		}
	}
	z, err := zip.NewReader(bytes.NewReader(pack["deflated.zip"]), int64(len(pack["deflated.zip"])))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := OpenFS(t.Context(), z, ".", Options{}); err != nil || s.Len() != 2 {
		t.Errorf("a zip as a file system: %v", err)
	}
	mapped["set/a/long.txt"] = &fstest.MapFile{Data: make([]byte, 5000)}
	if s, err := OpenFS(t.Context(), sequential{mapped}, "set", Options{MaxBytes: 4000}); err != nil || s.(*images).ignored != 1 || len(s.(*images).bad) != 0 {
		t.Errorf("beside a long file that is no picture: %v", err)
	}
	if s, err := OpenFS(t.Context(), mapped, "t-images-idx3-ubyte", Options{Labels: "t-labels-idx1-ubyte"}); err != nil || s.(*codes).labels[1] != 1 {
		t.Error(err)
	}
	mapped["pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	for name, want := range map[string]string{"none": "not exist", "../x": "not exist", "pipe": "is a pipe", "x.npz:f23": `no array is called "f23"`} {
		if _, err := OpenFS(t.Context(), mapped, name, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v does not say %q", name, err, want)
		}
	}
	for want, o := range map[string]Options{"more than 99 bytes": {MaxBytes: 99}, "must ascend": {Lo: 2, Hi: 1}} {
		if _, err := Read(t.Context(), bytes.NewReader(raw), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
		if _, err := OpenFS(t.Context(), sequential{mapped}, "digits", o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
	if s, err := Read(t.Context(), bytes.NewReader(idxFile(12, 2, 2, 3)), Options{Labels: filepath.Join(disk, "t-labels-idx1-ubyte")}); err != nil {
		t.Error(err)
	} else if _, label := picture(t, s, 1); label != 1 {
		t.Errorf("label %d", label)
	}
	if _, err := Read(t.Context(), iotest.ErrReader(fs.ErrClosed), Options{}); err == nil {
		t.Error("a reader that fails was read")
	}
}
