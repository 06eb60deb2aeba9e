package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// hostile holds what would act on a terminal: an escape, a bell, a C1 control, a deletion, and marks that turn the text.
const hostile = "\x1b]0;t\a\u009b2J\x7f\u202eevil\u2066"

// Text of other people is seen and does nothing; letters of any language stay.
func TestForeignTextIsHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\n":                       "a\tb\n",
		"Ünïcödé 日本":                   "Ünïcödé 日本",
		"\x1b[2J":                      `\x1b[2J`,
		"\r":                           `\r`,
		"\u202e\x7f\u0085\u2069\u200f": `\u202e\u007f\u0085\u2069\u200f`,
		"a\x9bb\ufffd":                 `a\x9bb` + "\ufffd",
	} {
		var b bytes.Buffer
		if n, err := (&clean{&b}).Write([]byte(text)); b.String() != want || n != len(text) || err != nil {
			t.Errorf("%q becomes %q, %d, %v; want %q", text, b.String(), n, err, want)
		}
	}
}

// A card, a path and a server's words reach neither stream as they are, in text and in JSON, whose values stay.
func TestForeignTextOfCards(t *testing.T) {
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	cards := cardOf(t, "", 0)
	path := filepath.Join(cards, "mine.json")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var card map[string]any
	if err := json.Unmarshal(raw, &card); err != nil {
		t.Fatal(err)
	}
	card["licence"], card["copyright"], card["about"] = hostile, hostile, "\u202eabout"
	if raw, err = json.Marshal(card); err == nil {
		err = os.WriteFile(path, raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(t.TempDir(), "digits.zst")
	if runtime.GOOS != "windows" {
		named = filepath.Join(t.TempDir(), "a\x1b[2J\u202eb")
	}
	digits, err := os.ReadFile(filepath.Join("..", "prior", "digits8.safetensors.zst"))
	if err == nil {
		err = os.WriteFile(named, digits, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"zoo", "list"}, {"zoo", "list", "--json"}, {"zoo", "info", "mine"},
		{"zoo", "get", "mine", "--from", named, "--unverified"}, {"zoo", "get", "mine", "--from", named, "--unverified", "--json"},
		{"zoo", "get", "mine", "--from", "https://[::1" + hostile, "--unverified"},
		{"zoo", "get", "mine", "--from", named + "none", "--unverified"}, {"ckpt", "inspect", named}, {"zoo", hostile},
	} {
		if args[0] == "zoo" {
			args = append(args, "--cards", cards)
		}
		code, out, msg := tweedie(t, args...)
		if strings.ContainsAny(out+msg, "\x1b\a\u009b\x7f\u202e\u2066") {
			t.Errorf("tweedie %q: code %d, %q%q", args, code, out, msg)
		}
		if code == 0 && strings.Contains(strings.Join(args, " "), "--json") && !json.Valid([]byte(out)) {
			t.Errorf("tweedie %q: no JSON: %s", args, out)
		}
	}
	var rows []listed
	decodeInto(t, must(t, "zoo", "list", "--json", "--cards", cards), &rows)
	if !slices.ContainsFunc(rows, func(r listed) bool { return r.About == "\u202eabout" && r.Licence == hostile }) {
		t.Errorf("the values are not those of the card: %+v", rows)
	}
}

// A file that is no card is left out with a warning, once, and the verbs go on, with HOME and without.
func TestBadCardIsLeftOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "his.json"), []byte(`{"nam":"his"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TWEEDIE_ZOO", dir)
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "TWEEDIE_CACHE"} {
		t.Setenv(name, "")
	}
	for _, args := range [][]string{{"zoo", "list"}, {"plan", "--prior", "digits8"}, {"zoo", "info", "digits8", "--cards", cardOf(t, "", 0)}} {
		code, out, msg := tweedie(t, args...)
		if code != 0 || !strings.Contains(out, "digits8") || strings.Count(msg, "\n") != 1 || !strings.HasPrefix(msg, "warning: left out: his.json in ") {
			t.Errorf("tweedie %v: code %d, %q", args, code, msg)
		}
	}
	if code, _, msg := tweedie(t, "sample", "--prior", "his"); code != 1 || !strings.Contains(msg, "did you mean name?") {
		t.Errorf("code %d, %q", code, msg)
	}
}
