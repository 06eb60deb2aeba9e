package zoo_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tweedie/zoo"
)

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// served is a shelf with the card mine of the given contents, and a server that answers by h.
func served(t *testing.T, contents []byte, h http.HandlerFunc) (*zoo.Shelf, *zoo.Card, zoo.Fetch) {
	t.Helper()
	s := shelf(t)
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	c := parse(t, func(c map[string]any) {
		c["files"] = []any{map[string]any{"name": "mine.pt", "url": server.URL + "/mine.pt", "sha256": sum(contents), "bytes": len(contents)}}
	})
	return s, c, zoo.Fetch{Client: server.Client()}
}

func parse(t *testing.T, change func(map[string]any)) *zoo.Card {
	t.Helper()
	c, err := zoo.ParseCard([]byte(card(t, change)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// left are the names of the files in the card's folder of the cache.
func left(t *testing.T, s *zoo.Shelf, c *zoo.Card) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.Cache, c.Name))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func file(n int) []byte { return bytes.Repeat([]byte("weights "), n/8) }

// A download that is cut goes on where it was, by a Range request, and is whole in the end; the file appears at the end.
func TestGetResumes(t *testing.T) {
	contents := file(1 << 20)
	var ranges []string
	s, c, o := served(t, contents, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if len(ranges) == 1 {
			w.Header().Set("Content-Length", fmt.Sprint(len(contents)))
			_, _ = w.Write(contents[:300000]) // and no more: the connection is cut
			return
		}
		http.ServeContent(w, r, "mine.pt", time.Time{}, bytes.NewReader(contents))
	})
	if _, err := s.Get(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "goes on") || left(t, s, c) != "mine.pt.part" {
		t.Fatalf("a download that was cut: %v; the cache holds %s", err, left(t, s, c))
	}
	seen := int64(0)
	o.Progress = func(done, total int64) {
		if seen == 0 {
			seen = done
		}
		if total != int64(len(contents)) {
			t.Fatalf("the total is %d", total)
		}
	}
	path, err := s.Get(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, contents) || left(t, s, c) != "mine.pt" {
		t.Errorf("%d bytes, %v; the cache holds %s", len(got), err, left(t, s, c))
	}
	if len(ranges) != 2 || ranges[0] != "" || ranges[1] != "bytes=300000-" || seen <= 300000 {
		t.Errorf("requests with ranges %q, progress from %d", ranges, seen)
	}
	if _, err := s.Get(t.Context(), c, o); err != nil || len(ranges) != 2 {
		t.Errorf("a file that is there: %v, %d requests", err, len(ranges))
	}
}

// What a server or a folder can do wrong is an error that says so, and leaves no file.
func TestGetRefuses(t *testing.T) {
	contents := file(4096)
	serve := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		}
	}
	plain := httptest.NewServer(serve(contents))
	t.Cleanup(plain.Close)
	for want, h := range map[string]http.HandlerFunc{
		"sha256 of what came":     serve(file(4000)),
		"has 8192 bytes":          serve(file(8192)),
		"more than the 4096":      func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); _, _ = w.Write(file(8192)) },
		"404 Not Found":           http.NotFound,
		"redirects to http://":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, plain.URL, http.StatusFound) },
		"more than ten times":     func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"goes on at byte 7":       partial("bytes 7-4095/4096"),
		"without saying which":    partial(""),
		"the server answers 204 ": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) },
	} {
		s, c, o := served(t, contents, h)
		if _, err := s.Get(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
		if s.Find(c) != "" || left(t, s, c) != "" {
			t.Errorf("%s: the cache holds %s", want, left(t, s, c))
		}
	}
}

func partial(contentRange string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Range", contentRange)
		w.WriteHeader(http.StatusPartialContent)
	}
}

// A server that ignores Range sends everything, which replaces what was there; one that has nothing from there is asked
// for everything; redirections to https are followed; what was left of another file is found out.
func TestGetStartsAgain(t *testing.T) {
	contents := file(4096)
	whole := func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(contents) }
	for name, h := range map[string]http.HandlerFunc{
		"ignored": whole,
		"416": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") != "" {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			whole(w, r)
		},
		"redirected": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/elsewhere" {
				http.Redirect(w, r, "/elsewhere", http.StatusFound)
				return
			}
			whole(w, r)
		},
	} {
		s, c, o := served(t, contents, h)
		dir := filepath.Join(s.Cache, "mine")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1000, 4096, 9000} { // of another file, and even longer than the one wanted
			if err := os.WriteFile(filepath.Join(dir, "mine.pt.part"), bytes.Repeat([]byte{1}, n), 0o644); err != nil {
				t.Fatal(err)
			}
			path, err := s.Get(t.Context(), c, o)
			if err != nil {
				t.Errorf("%s, %d bytes: %v", name, n, err)
				continue
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, contents) || left(t, s, c) != "mine.pt" {
				t.Errorf("%s: %d bytes, %v; the cache holds %s", name, len(got), err, left(t, s, c))
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	leave := func(s *zoo.Shelf, n int) {
		if err := os.MkdirAll(filepath.Join(s.Cache, "mine"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.Cache, "mine", "mine.pt.part"), make([]byte, n), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, c, o := served(t, contents, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			t.Error("more than the file that is wanted was left, and the rest asked for")
		}
		whole(w, r)
	})
	leave(s, 9000)
	if _, err := s.Get(t.Context(), c, o); err != nil {
		t.Error(err)
	}
	s, c, o = served(t, contents, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(contents))
	})
	leave(s, 100)
	if _, err := s.Get(t.Context(), c, o); err == nil || left(t, s, c) != "" {
		t.Errorf("the end of one file after the beginning of another: %v; the cache holds %s", err, left(t, s, c))
	}
	if _, err := s.Get(t.Context(), c, o); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// An interrupted download ends at once and keeps what it has.
func TestGetIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, c, o := served(t, file(4096), func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(file(4096)[:1000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	o.Progress = func(done, total int64) { cancel() }
	if _, err := s.Get(ctx, c, o); !strings.Contains(fmt.Sprint(err), "canceled") || left(t, s, c) != "mine.pt.part" {
		t.Errorf("%v; the cache holds %s", err, left(t, s, c))
	}
}

// A server that stops in the middle, or never answers, is given up, and what has come is gone on from.
func TestGetGivesUp(t *testing.T) {
	contents := file(4096)
	for at, want := range map[int]string{0: "nothing came for 1s", 1000: "broke off after 1000 bytes (nothing came for 1s)"} {
		asked := 0
		s, c, o := served(t, contents, func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked > 1 {
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(contents))
				return
			}
			if at > 0 {
				w.Header().Set("Content-Length", "4096")
				_, _ = w.Write(contents[:at])
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})
		o.Patience = time.Second
		if _, err := s.Get(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("stopped at byte %d: %v; want %q", at, err, want)
		}
		o.Patience = 0
		if _, err := s.Get(t.Context(), c, o); err != nil || asked != 2 {
			t.Errorf("once more: %v, %d requests", err, asked)
		}
	}
}

// A folder gives the file by its sha256, whatever it is called; a file may have any name.
func TestGetLocal(t *testing.T) {
	contents, dir := file(4096), t.TempDir()
	for name, b := range map[string][]byte{"a.pt": file(4000), "mine.pt": bytes.Repeat([]byte{1}, 4096), "z.bin": contents} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range []string{dir, filepath.Join(dir, "z.bin")} {
		s, c, _ := served(t, contents, http.NotFound)
		if path, err := s.Get(t.Context(), c, zoo.Fetch{From: from}); err != nil || left(t, s, c) != "mine.pt" || s.Find(c) != path {
			t.Errorf("%s: %v; the cache holds %s", from, err, left(t, s, c))
		}
	}
	for from, want := range map[string]string{
		filepath.Join(dir, "a.pt"): "sha256 of what came", filepath.Join(dir, "none"): "no such file", t.TempDir(): "has no file mine.pt",
		"http://example.org/x": "no https address", "ftp://example.org/x": "no https address",
	} {
		s, c, _ := served(t, contents, http.NotFound)
		if _, err := s.Get(t.Context(), c, zoo.Fetch{From: from}); err == nil || !strings.Contains(err.Error(), want) || left(t, s, c) != "" {
			t.Errorf("%s: error %v does not say %q; the cache holds %s", from, err, want, left(t, s, c))
		}
	}
}

// A file without a sha256 on its card comes with --sha256 or --unverified only, and then it must be a checkpoint.
func TestGetUnverified(t *testing.T) {
	folder, right := small(t)
	raw, err := os.ReadFile(right)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(folder, "page")
	if err := os.WriteFile(page, []byte("<html>not found</html>"), 0o644); err != nil {
		t.Fatal(err)
	}
	bare := func(c map[string]any) { delete(c, "files"); delete(c, "golden") }
	for _, row := range []struct {
		want string
		o    zoo.Fetch
	}{
		{"--unverified", zoo.Fetch{From: right}},
		{"exclude", zoo.Fetch{From: right, Unverified: true, SHA256: sum(raw)}},
		{"64 hex", zoo.Fetch{From: right, SHA256: "abc"}},
		{"sha256 of what came", zoo.Fetch{From: right, SHA256: sum(nil)}},
		{"HTML", zoo.Fetch{From: page, Unverified: true}},
		{"no address", zoo.Fetch{Unverified: true}},
		{"", zoo.Fetch{From: right, SHA256: strings.ToUpper(sum(raw))}},
		{"", zoo.Fetch{From: right, Unverified: true}},
	} {
		s, c := shelf(t), parse(t, bare)
		path, err := s.Get(t.Context(), c, row.o)
		if row.want == "" && (err != nil || path != s.Find(c)) || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want) || s.Find(c) != "") {
			t.Errorf("%+v: %v, want an error with %q", row.o, err, row.want)
		}
	}
	s := shelf(t)
	for want, o := range map[string]zoo.Fetch{"this one has it": {Unverified: true}, "none of its files": {SHA256: sum(nil)}} {
		if _, err := s.Get(t.Context(), parse(t, func(map[string]any) {}), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Every card with a sha256 gets its file from the folders of published weights, and the file is right.
func TestPublishedCards(t *testing.T) {
	folder := os.Getenv("TWEEDIE_WEIGHTS")
	if folder == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	s := shelf(t)
	for _, name := range s.Names() {
		c := s.Cards[name]
		if !c.Verified() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			found := 0
			for i, f := range c.Files { // one after the other
				only := *c
				only.Files = c.Files[i : i+1]
				path, err := s.Get(t.Context(), &only, zoo.Fetch{From: filepath.Join(folder, "originals")})
				if err != nil {
					path, err = s.Get(t.Context(), &only, zoo.Fetch{From: folder})
				}
				if err != nil {
					t.Logf("%s is not in the folders", f.Name)
					continue
				}
				found++
				v, err := c.Verify(path)
				if err != nil || !v.OK || v.Known != f.Name {
					t.Errorf("%+v, %v", v, err)
				}
				for _, k := range v.Checks {
					t.Logf("%s: %s: %.2g, tolerance %.0g", f.Name, k.What, k.Error, k.Tolerance)
				}
			}
			if found == 0 {
				t.Errorf("none of its files is in %s", folder)
			}
		})
	}
}

func ExampleParseCard() {
	c, err := zoo.ParseCard([]byte(`{"name": "faces", "about": "score of faces", "family": "edm", "architecture": "SongUNet",
		"range": [0, 1], "repository": "https://github.com/me/faces", "commit": "8f2c1d0",
		"files": [{"name": "faces.pkl", "url": "https://example.org/faces.pkl"}]}`))
	fmt.Println(c.Name, c.Verified(), c.Address(c.Files[0]), err)
	_, err = zoo.ParseCard([]byte(`{"name": "../faces"}`))
	fmt.Println(err)
	// Output:
	// faces false https://example.org/faces.pkl <nil>
	// zoo: card: name is "../faces"; want letters, digits, dots, dashes and underscores, a letter or digit first
}
