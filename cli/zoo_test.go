package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/zoo"
)

// cardOf writes a folder with a card called mine of the digits prior in a file, which says the sha256 or not.
func cardOf(t *testing.T, sha256 string, bytes int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	file := map[string]any{"name": "mine.safetensors"}
	if sha256 != "" {
		file["sha256"], file["bytes"] = sha256, bytes
	}
	text, err := json.Marshal(map[string]any{"name": "mine", "about": "digits again", "architecture": "conv-score", "range": []int{0, 1}, "files": []any{file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "mine.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A card of a user's own goes from the list into the cache and becomes a prior; verify says what it cannot do.
func TestZooOfOnesOwn(t *testing.T) {
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	cards := cardOf(t, "", 0)
	digits := filepath.Join("..", "prior", "digits8.safetensors.zst")
	if out := must(t, "zoo", "list", "--cards", cards); !strings.Contains(out, "digits again") {
		t.Errorf("zoo list:\n%s", out)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"zoo", "get", "mine", "--from", digits}, "no card"},
		{[]string{"zoo", "get", "mine", "--cards", cards, "--from", digits}, "--unverified"},
		{[]string{"zoo", "get", "mine", "--cards", cards, "--from", digits, "--sha256", strings.Repeat("0", 64)}, "the sha256 of what came"},
		{[]string{"zoo", "verify", "mine", "--cards", cards}, "nothing to verify"},
		{[]string{"zoo", "verify", "lcv_faces40"}, "tweedie zoo get lcv_faces40"},
		{[]string{"zoo", "get", "lcv_face40"}, "did you mean lcv_faces40?"},
		{[]string{"zoo", "get", "digits8"}, "inside the program"},
		{[]string{"zoo", "lsit"}, "did you mean list?"},
		{[]string{"zoo", "list", "--cards", filepath.Join(cards, "none")}, "folder of cards"},
		{[]string{"sample", "--prior", "lcv_faces40"}, "tweedie zoo get lcv_faces40"},
		{[]string{"logprob", "--prior", "lcv_face40"}, "did you mean lcv_faces40?"},
		{[]string{"solve", "--prior", "adm_imagenet64_cond", "--class", "3"}, "tweedie zoo get adm_imagenet64_cond"},
	} {
		if code, _, text := tweedie(t, c.args...); code != 1 || !strings.Contains(text, c.want) {
			t.Errorf("tweedie %s: code %d, %q does not say %q", strings.Join(c.args, " "), code, text, c.want)
		}
	}
	must(t, "zoo", "get", "mine", "--cards", cards, "--from", digits, "--unverified")
	t.Setenv("TWEEDIE_ZOO", cards)
	dir := t.TempDir()
	must(t, "sample", "--prior", "mine", "--n", "1", "--out", dir)
	if _, shape := floats(t, filepath.Join(dir, "samples.npy")); len(shape) != 4 || shape[3] != 8 {
		t.Errorf("samples of shape %v", shape)
	}
	var rows []listed
	decodeInto(t, must(t, "zoo", "list", "--json"), &rows)
	if last := rows[len(rows)-1]; last.Verified || last.Name == "mine" != (last.File != "") {
		t.Errorf("%+v", last)
	}
}

// classified writes a folder with the card of a network with classes, and its golden by its authors' code, with a change.
func classified(t *testing.T, sha256 string, change func(out []float32)) (folder, file string) {
	t.Helper()
	from := filepath.Join("..", "families", "adm", "testdata", "classcond_neworder")
	folder, file = t.TempDir(), filepath.Join(from, "checkpoint.pt")
	golden := &checkpoints.File{}
	for _, name := range []string{"x", "t", "y", "out"} {
		a, err := checkpoints.ReadArray(filepath.Join(from, name+".npy"))
		if err != nil {
			t.Fatal(err)
		}
		v, err := a.Float32s()
		if err != nil {
			t.Fatal(err)
		}
		if name == "out" {
			change(v)
		}
		if err := golden.Add(checkpoints.FromFloat32(name, a.Shape, v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkpoints.Save(filepath.Join(folder, "kinds.golden.safetensors"), golden, checkpoints.SaveOptions{}); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(from, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	card := map[string]any{"name": "kinds", "about": "with classes", "family": "adm", "architecture": "ADM", "range": []int{0, 1}, "config": json.RawMessage(config)}
	if sha256 != "" {
		card["files"] = []any{map[string]any{"name": "kinds.pt", "sha256": sha256, "bytes": info.Size()}}
		card["golden"] = map[string]any{"file": "kinds.golden.safetensors", "by": "its authors' code", "tolerance": 1e-4,
			"checks": []any{map[string]any{"of": "network", "x": "x", "t_of": "t", "y_of": "y", "want": "out"}}}
	}
	text, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "kinds.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder, file
}

// The card of a network with classes is a prior of one class.
func TestZooOfClasses(t *testing.T) {
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	folder, file := classified(t, "", func([]float32) {})
	t.Setenv("TWEEDIE_ZOO", folder)
	must(t, "zoo", "get", "kinds", "--from", file, "--unverified")
	draw := []string{"sample", "--prior", "kinds", "--n", "1", "--sampler", `{"kind":"heun","steps":2}`, "--out", t.TempDir()}
	must(t, append(draw, "--class", "1")...)
	for _, c := range []struct {
		args []string
		want string
	}{{draw, "class is missing"}, {append(draw, "--class", "1000"), "class is 1000"}} {
		if code, _, text := tweedie(t, c.args...); code != 1 || !strings.Contains(text, c.want) {
			t.Errorf("tweedie %s: code %d, %q does not say %q", strings.Join(c.args, " "), code, text, c.want)
		}
	}
}

// The exit code of verify is 0 only where sha256 and golden are right; it prints the error and the tolerance.
func TestZooVerify(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "families", "adm", "testdata", "classcond_neworder", "checkpoint.pt"))
	if err != nil {
		t.Fatal(err)
	}
	right := fmt.Sprintf("%x", sha256.Sum256(raw))
	for _, c := range []struct {
		sum       string
		change    func(out []float32)
		code      int
		out, text string
	}{
		{right, func([]float32) {}, 0, "tolerance 0.0001: right", ""},
		{right, func(out []float32) { out[3] *= 1.01 }, 1, "tolerance 0.0001: wrong", "gives other values"},
		{strings.Repeat("0", 64), func([]float32) {}, 1, "wrong; right would be", "another file"},
	} {
		folder, file := classified(t, c.sum, c.change)
		code, out, text := tweedie(t, "zoo", "verify", "kinds", "--cards", folder, "--file", file)
		if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(text, c.text) {
			t.Errorf("code %d, want %d\n%s%s", code, c.code, out, text)
		}
	}
}

// Published files come from a folder, are right, and become priors; another file is found out. The exit code says so.
func TestZooVerifies(t *testing.T) {
	dir := os.Getenv("TWEEDIE_WEIGHTS")
	if dir == "" {
		t.Skip("TWEEDIE_WEIGHTS is not set")
	}
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	originals := filepath.Join(dir, "originals")
	if out := must(t, "zoo", "get", "scico_dncnn6N", "--from", originals); !strings.Contains(out, "BSD-3-Clause") {
		t.Errorf("zoo get:\n%s", out)
	}
	if out := must(t, "zoo", "verify", "scico_dncnn6N"); !strings.Contains(out, "error ") || !strings.Contains(out, "tolerance 0.0001: right") {
		t.Errorf("zoo verify:\n%s", out)
	}
	var v zoo.Verification
	decodeInto(t, must(t, "zoo", "verify", "scico_dncnn6N", "--json"), &v)
	if !v.OK || v.Known != "scico_dncnn6N.mpk" {
		t.Errorf("%+v", v)
	}
	code, out, text := tweedie(t, "zoo", "verify", "scico_dncnn6N", "--file", filepath.Join(originals, "dncnn_25.pth"))
	if code != 1 || !strings.Contains(out, "wrong") || !strings.Contains(text, "another file") {
		t.Errorf("another file: code %d\n%s%s", code, out, text)
	}
	if out := must(t, "zoo", "list"); !strings.Contains(out, "verified  yes") {
		t.Errorf("zoo list:\n%s", out)
	}
}

// On a terminal that is too narrow, what a prior is has a line of its own.
func TestListFits(t *testing.T) {
	rows := []listed{{Name: "a", About: strings.Repeat("long ", 20)}, {Name: "b", About: "short"}}
	wide, widest := columns(rows, true)
	narrow, less := columns(rows, false)
	if strings.Count(wide, "\n") != 3 || strings.Count(narrow, "\n") != 5 || widest < 100 || less > 60 || !strings.Contains(narrow, "\n    short\n") {
		t.Errorf("%d and %d columns:\n%s\n%s", widest, less, wide, narrow)
	}
	var b bytes.Buffer
	for columns, want := range map[int]bool{0: false, 60: true, 200: false} {
		b.Reset()
		if err := printList(&stdout{w: &b, width: columns}, rows); err != nil || strings.Contains(b.String(), "\n    short\n") != want {
			t.Errorf("%d columns, %v:\n%s", columns, err, b.String())
		}
	}
}
