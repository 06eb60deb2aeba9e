package input

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a file with that content and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenReadsRegularFiles(t *testing.T) {
	path := write(t, "a", "abc")
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	for _, name := range []string{path, link} {
		f, size, err := Open(name)
		if err != nil || size != 3 {
			t.Fatalf("%s: %d bytes, %v", name, size, err)
		}
		b, err := io.ReadAll(f)
		if f.Close(); string(b) != "abc" || err != nil {
			t.Errorf("%s: read %q, %v", name, b, err)
		}
	}
}

// oneLine fails unless err is one line with all of the words.
func oneLine(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: %v; want it to say %q", what, err, w)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("%s: %q is more than one line", what, err)
	}
}

func TestOpenRefusesWhatIsNotAFile(t *testing.T) {
	dir := t.TempDir()
	circle := filepath.Join(dir, "circle")
	if err := os.Symlink(circle, circle); err != nil {
		t.Skip(err)
	}
	for what, c := range map[string]struct {
		path string
		says []string
	}{
		"folder":  {dir, []string{dir, "a folder"}},
		"missing": {filepath.Join(dir, "no"), []string{"no such file"}},
		"circle":  {circle, []string{circle, "symbolic links"}},
		"newline": {filepath.Join(dir, "a\nb"), []string{`a\nb`, "no such file"}},
		"empty":   {"", []string{`""`, "no such file"}},
		"below":   {write(t, "f", "") + "/x", []string{"not a directory"}},
	} {
		_, _, err := Open(c.path)
		oneLine(t, what, err, c.says...)
		_, err = ReadFile(c.path, 10)
		oneLine(t, what, err, c.says...)
	}
	if _, _, err := Open(filepath.Join(dir, "no")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v is no fs.ErrNotExist", err)
	}
}

func TestReadFileIsBounded(t *testing.T) {
	path := write(t, "a", "abcd")
	if b, err := ReadFile(path, 4); string(b) != "abcd" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	_, err := ReadFile(path, 3)
	oneLine(t, "too long", err, path, "4 bytes", "at most 3")
}

func TestList(t *testing.T) {
	many := strings.Split(strings.Repeat("x ", 12)+"a\nb", " ")
	for want, names := range map[string][]string{"": nil, `"a\nb"`: many[12:], `"x", "x"`: many[:2], `"x" and 3 more`: many} {
		if got := List(names); !strings.HasSuffix(got, want) {
			t.Errorf("%q: %s, want %s", names, got, want)
		}
	}
}

func TestNameAndExcerpt(t *testing.T) {
	for path, want := range map[string]string{"a b": "a b", "a\nb": `"a\nb"`, "": `""`, strings.Repeat("x", 400): strings.Repeat("x", 400),
		strings.Repeat("é", 401): strings.Repeat("é", 400) + "…"} {
		if got := Name(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
	for text, want := range map[string]string{"": "", "abc": "abc", "äöüß": "äöü…"} {
		if got := Excerpt(text, 3); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := WithContext(ctx, bytes.NewReader([]byte("abcdef")))
	b := make([]byte, 3)
	if n, err := r.Read(b); n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := r.ReadAt(b, 3); n != 3 || err != nil || string(b) != "def" {
		t.Fatalf("%d, %v, %q", n, err, b)
	}
	cancel()
	if _, err := r.Read(b); err != context.Canceled {
		t.Errorf("Read after the end of its context: %v", err)
	}
	if _, err := r.ReadAt(b, 0); err != context.Canceled {
		t.Errorf("ReadAt after the end of its context: %v", err)
	}
}
