package data

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// after is a context that ends when it has been asked n times.
type after struct {
	context.Context
	n int
}

func (a *after) Err() error {
	if a.n--; a.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestOpenEnds: opening and looking at a set of any kind ends with its context, wherever it is.
func TestOpenEnds(t *testing.T) {
	png := pngBytes(t, gray(4, 3))
	var files []member
	inFolder := map[string][]byte{}
	for i := range 20 {
		name := fmt.Sprintf("%02d.png", i)
		files, inFolder[name] = append(files, member{name: name, body: png}), png
	}
	tar := tarOf(t, files...)
	paths := map[string]string{
		"folder": folder(t, inFolder),
		"zip":    write(t, "a.zip", zipOf(t, zip.Deflate, files...)),
		"tar":    write(t, "a.tar", tar),
		"tar.gz": write(t, "a.tar.gz", gzipped(tar)),
		"csv":    write(t, "a.csv", []byte("1,2,3,4\n")),
		"csv.gz": write(t, "a.csv.gz", gzipped([]byte("1,2,3,4\n"))),
		"idx":    write(t, "a.idx", idxFile(12, 2, 2, 3)),
		"npy":    write(t, "a.npy", npyFile([]int{2, 1, 1, 2}, 1, 2, 3, 4)),
		"png":    write(t, "a.png", png),
	}
	o := Options{Shape: [3]int{1, 2, 2}, Max: 4, Check: true}
	for kind, path := range paths {
		if kind == "npy" {
			o.Shape = [3]int{}
		}
		count := &after{t.Context(), 1 << 30}
		if _, err := Open(count, path, o); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		asked := 1<<30 - count.n
		for n := range asked {
			if s, err := Open(&after{t.Context(), n}, path, o); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, ended at question %d of %d: %v, %v; want the end of the context", kind, n, asked, s, err)
			}
		}
		o.Shape = [3]int{1, 2, 2}
	}
	s, err := Open(t.Context(), paths["tar"], Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Summarize(&after{t.Context(), 3}, s, 0); err != context.Canceled {
		t.Errorf("Summarize: %v", err)
	}
}

// TestManyMembers: the cost of an archive is in proportion to its members, whatever they are.
func TestManyMembers(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	time1 := func(n int, ext string) time.Duration {
		files := make([]member, n)
		for i := range files {
			files[i] = member{name: fmt.Sprintf("d%d/%d%s", i%7, i, ext), body: []byte("x")}
		}
		path := write(t, "many", zipOf(t, zip.Store, files...))
		begin := time.Now()
		if _, err := Open(t.Context(), path, Options{}); err == nil {
			t.Fatal("an archive without images was opened")
		}
		return time.Since(begin)
	}
	for _, ext := range []string{".txt", ".png"} {
		few, many := time1(2000, ext), time1(20000, ext)
		if many > 60*few+time.Second {
			t.Errorf("%s: %v for 2000 members, %v for 20000", ext, few, many)
		}
	}
}

// TestTooManyMembers: a zip of very many entries is refused before they are listed, but not a large set.
func TestTooManyMembers(t *testing.T) {
	const n = 1<<17 + 1
	files := make([]member, n)
	for i := range files {
		files[i] = member{name: strconv.Itoa(i)}
	}
	raw := zipOf(t, zip.Store, files...)
	path := write(t, "many.zip", raw)
	_, err := Open(t.Context(), path, Options{})
	want := fmt.Sprintf("the zip archive has 131073 entries; at most 131072 are read from %d bytes; unpack it and name the folder", len(raw))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if got := mostEntries(12 << 30); got < 1_281_167 {
		t.Errorf("at most %d entries of 12 GiB are read; ImageNet has 1281167", got)
	}
}

// TestUnreadableImage: what cannot be read in a folder is left out with its reason.
func TestUnreadableImage(t *testing.T) {
	dir := folder(t, map[string][]byte{"a.png": pngBytes(t, gray(4, 3))})
	if err := os.Symlink(filepath.Join(dir, "no"), filepath.Join(dir, "b.png")); err != nil {
		t.Skip(err)
	}
	s, err := Open(t.Context(), dir, Options{})
	if err != nil || s.Len() != 1 {
		t.Fatal(s, err)
	}
	if sum, err := Summarize(t.Context(), s, 0); err != nil || len(sum.Bad) != 1 {
		t.Errorf("%v, %v", sum, err)
	}
}
