package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// member is a file in an archive of a test; with link set it is a symbolic one.
type member struct {
	name, link string
	body       []byte
}

func zipOf(t testing.TB, method uint16, files ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: method}
		if f.link != "" {
			h.SetMode(os.ModeSymlink | 0o777)
			f.body = []byte(f.link)
		}
		w, err := z.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, files ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Size: int64(len(f.body)), Mode: 0o644, Typeflag: tar.TypeReg}
		if f.link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, f.link
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed is the same files in each kind of archive.
func packed(t testing.TB, files ...member) map[string][]byte {
	plain := tarOf(t, files...)
	return map[string][]byte{"stored.zip": zipOf(t, zip.Store, files...), "deflated.zip": zipOf(t, zip.Deflate, files...),
		"plain.tar": plain, "packed.tar.gz": gzipped(plain)}
}

// TestWrapped: a folder around all classes, as most archives have one, is no class; the only folder of images is one.
func TestWrapped(t *testing.T) {
	good := pngBytes(t, gray(4, 3))
	for _, c := range []struct{ names, classes []string }{
		{[]string{"photos/a/1.png", "photos/b/1.png"}, []string{"a", "b"}},
		{[]string{"x/photos/a/1.png", "x/photos/a/2.png"}, []string{"a"}},
		{[]string{"photos/1.png", "photos/2.png"}, []string{"photos"}},
		{[]string{"photos/a/1.png", "photos/2.png"}, []string{"photos"}},
		{[]string{"photos/a/1.png", "2.png"}, nil},
	} {
		var files []member
		for _, n := range c.names {
			files = append(files, member{name: n, body: good})
		}
		s, err := Open(t.Context(), write(t, "set.zip", zipOf(t, zip.Store, files...)), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := Summarize(t.Context(), s, 0); err != nil || !slices.Equal(sum.Classes, c.classes) {
			t.Errorf("%v: classes %q, %v; want %q", c.names, sum.Classes, err, c.classes)
		}
	}
}

// TestArchives: an archive is the set that a folder with its files would be, in the order of names, with the labels of
// subfolders; what cannot be used is named and counted, and no name and no link leads out.
func TestArchives(t *testing.T) {
	secret := write(t, "secret.png", pngBytes(t, gray(4, 3)))
	good, dark := pngBytes(t, gray(4, 3)), pngBytes(t, image.NewGray(image.Rect(0, 0, 4, 3)))
	files := []member{
		{name: "b/2.png", body: good}, {name: "a/x", body: dark}, {name: "b/1.png", body: dark}, {name: "c/3.PNG", body: good},
		{name: "../up.png", body: good}, {name: secret, body: good}, {name: "b/link.png", link: secret},
		{name: "a/cut.png", body: good[:40]}, {name: "b/1.png", body: good},
		{name: "notes.txt", body: []byte("hello")}, {name: "a/.hidden.png", body: good}, {name: "__MACOSX/._a.png", body: good},
	}
	for name, raw := range packed(t, files...) {
		s, err := Open(t.Context(), write(t, name, raw), Options{Check: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		set := s.(*images)
		var names []string
		for _, f := range set.files {
			names = append(names, f.rel)
		}
		if got := strings.Join(names, " "); got != "a/x b/1.png b/2.png c/3.PNG" {
			t.Errorf("%s: files %s", name, got)
		}
		for i, want := range []struct {
			label int
			last  float32
		}{{0, 0}, {1, 0}, {1, 23. / 255}, {2, 23. / 255}} {
			if img, label := picture(t, s, i); label != want.label || img[11] != want.last {
				t.Errorf("%s: image %d has label %d and ends with %v", name, i, label, img[11])
			}
		}
		bad := map[string]string{"../up.png": "out of the archive", secret: "out of the archive", "b/link.png": "not followed",
			"a/cut.png": "", "b/1.png": "twice"}
		if len(set.bad) != len(bad) || set.ignored != 1 {
			t.Errorf("%s: left out %v, ignored %d", name, set.bad, set.ignored)
		}
		for _, b := range set.bad {
			_, member, _ := strings.Cut(b.Name, ": ")
			if why, ok := bad[member]; !ok || !strings.Contains(b.Reason, why) {
				t.Errorf("%s: %q: %s", name, b.Name, b.Reason)
			}
		}
		if sum, err := Summarize(t.Context(), s, 0); err != nil || !slices.Equal(sum.Classes, []string{"a", "b", "c"}) || !strings.Contains(sum.String(), `1 = "b"`) {
			t.Errorf("%s: classes %q, %v", name, sum.Classes, err)
		}
		if n, err := Classes(t.Context(), Subset(s, []int{3, 0})); n != 3 || err != nil {
			t.Errorf("%s: %d classes, %v", name, n, err)
		}
	}
}

// TestArchiveErrors: what is wrong with an archive as a whole.
func TestArchiveErrors(t *testing.T) {
	good := pngBytes(t, gray(4, 3))
	for name, raw := range packed(t, member{name: "a.txt", body: []byte("hello")}) {
		refused(t, write(t, name, raw), Options{}, "no PNG or JPEG inside")
	}
	for name, raw := range packed(t, member{name: "a.png", body: good}) {
		if s, err := Open(t.Context(), write(t, name, raw), Options{}); err != nil {
			t.Error(err)
		} else if _, err := Classes(t.Context(), s); err == nil || !strings.Contains(err.Error(), "image 0 of 1 has no label") {
			t.Errorf("%s: classes: %v", name, err)
		}
		refused(t, write(t, name, raw), Options{MaxPixels: 11}, "3 x 4 pixels, the limit is 11")
	}
	plain := tarOf(t, member{name: "a.png", body: good}, member{name: "b.png", body: good})
	refused(t, write(t, "cut.tar", plain[:512+600]), Options{}, "tar: after \"a.png\"", "EOF")
	refused(t, write(t, "cut.tgz", gzipped(plain)[:60]), Options{}, "EOF")
	refused(t, write(t, "x.tgz", gzipped(plain)), Options{MaxBytes: 100}, "more than 100 bytes", "unpack")
	refused(t, write(t, "cut.zip", zipOf(t, zip.Store, member{name: "a.png", body: good})[:60]), Options{}, "zip")
	refused(t, write(t, "x.zip", zipOf(t, zip.Deflate, member{name: "a.png", body: good})), Options{MaxBytes: 20}, "the limit is 20; unpack it")
	broken := zipOf(t, zip.Deflate, member{name: "a.png", body: good})
	broken[bytes.Index(broken, []byte("PK\x01\x02"))+16] ^= 1 // its checksum
	refused(t, write(t, "x.zip", broken), Options{}, "checksum")
}

// TestTarStaysOnDisk: what a plain tar costs does not grow with its images.
func TestTarStaysOnDisk(t *testing.T) {
	big := append(pngBytes(t, gray(4, 3)), make([]byte, 8<<20)...)
	big = append(big, "IEND\xaeB`\x82"...)
	path := write(t, "x.tar", tarOf(t, member{name: "a.png", body: big}, member{name: "b.png", body: big}))
	used := allocated(func() {
		if s, err := Open(t.Context(), path, Options{Check: true}); err != nil || s.Len() != 2 {
			t.Error(err)
		}
	})
	if used > 4<<20 {
		t.Errorf("%d MiB were taken for two images of 12 pixels in 16 MiB", used>>20)
	}
}

// allocated is how many bytes f takes in all, which bounds what it holds at once.
func allocated(f func()) uint64 {
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	f()
	runtime.ReadMemStats(&b)
	return b.TotalAlloc - a.TotalAlloc
}

// FuzzArchive: whatever the bytes of an archive, opening and reading it ends with an error or with images.
func FuzzArchive(f *testing.F) {
	good := pngBytes(f, gray(2, 2))
	for _, raw := range packed(f, member{name: "a/1.png", body: good}, member{name: "b/2.png", body: good}) {
		f.Add(raw)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), path, Options{MaxPixels: 1 << 16, MaxBytes: 1 << 20, Shape: [3]int{1, 2, 2}, Max: 10})
		if err != nil {
			return
		}
		c, h, w := s.Shape()
		img := make([]float32, c*h*w)
		for i := range min(s.Len(), 100) {
			_, _ = s.Read(i, img)
		}
	})
}
