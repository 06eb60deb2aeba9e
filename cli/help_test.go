package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"tweedie/internal/build"
	"tweedie/internal/kernel"
)

// Help knows every command and the commands below it; of anything else it says what is nearest, with code 2.
func TestHelp(t *testing.T) {
	for _, words := range [][]string{nil, {"sample"}, {"zoo"}, {"zoo", "get"}, {"help"}, {"version"}} {
		if got, want := must(t, append([]string{"help"}, words...)...), must(t, append(words, "--help")...); got != want {
			t.Errorf("help %v prints\n%s\nand --help\n%s", words, got, want)
		}
	}
	for want, words := range map[string][]string{
		`tweedie has no command "smaple"; did you mean sample?`:                         {"smaple"},
		`tweedie has no command "nosuch"; 'tweedie --help' lists them`:                  {"nosuch"},
		`tweedie zoo has no command "gte"; did you mean get?`:                           {"zoo", "gte"},
		`tweedie zoo get has no command "digits8"; 'tweedie zoo get --help' lists them`: {"zoo", "get", "digits8"},
	} {
		if code, out, msg := tweedie(t, append([]string{"help"}, words...)...); code != 2 || out != "" || msg != "tweedie: "+want+"\n" {
			t.Errorf("help %v: code %d, %q, %q; want %q", words, code, out, msg, want)
		}
	}
}

// The verb version says what a report of a fault needs.
func TestVersion(t *testing.T) {
	out := must(t, "version")
	for _, want := range []string{"tweedie " + build.Version(), build.Running().Go, kernel.Path()} {
		if !strings.Contains(out, want) {
			t.Errorf("version lacks %q:\n%s", want, out)
		}
	}
	var about struct{ Version, Go, Platform, Kernels string }
	if err := json.Unmarshal([]byte(must(t, "version", "--json")), &about); err != nil || about.Version == "" || about.Kernels != kernel.Path() || about.Platform == "" {
		t.Errorf("%+v, %v", about, err)
	}
}

// On a terminal no line of help is wider than it, but for what stands in quotes or alone; elsewhere help is as it is written.
func TestHelpFits(t *testing.T) {
	for _, columns := range []int{50, 80, 100} {
		root := newRoot(&options{width: columns})
		for _, words := range [][]string{{}, {"solve"}, {"train"}, {"zoo"}, {"zoo", "get"}, {"ckpt", "apply"}} {
			c, _, err := root.Find(words)
			if err != nil {
				t.Fatal(err)
			}
			if columns >= 80 {
				for line := range strings.Lines(c.Long + "\n" + c.UsageString()) {
					if line = strings.TrimRight(line, "\n"); len([]rune(line)) > columns && !strings.HasPrefix(line, "  tweedie") && !strings.ContainsAny(line, `{"`) {
						t.Errorf("%v in %d columns: %q", words, columns, line)
					}
				}
			}
			plain, _, err := newRoot(&options{}).Find(words)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Fields(c.Long), strings.Fields(plain.Long); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%v in %d columns has other words: %s", words, columns, c.Long)
			}
		}
	}
	if got, want := wrapped("one two three\nfour\n\n  keep this long line\n  a  b c d e f\nfive", 9), "one two\nthree\nfour\n\n  keep this long line\n  a  b c\n     d e\n     f\nfive"; got != want {
		t.Errorf("%q; want %q", got, want)
	}
	for name, want := range map[string]bool{"xterm": true, "": true, "dumb": false} {
		if t.Setenv("TERM", name); redraws(true) != want || redraws(false) {
			t.Errorf("TERM=%s: a line is drawn again: %v", name, redraws(true))
		}
	}
	for columns, want := range map[int]string{0: "abcdef", 3: "abc", 9: "abcdef"} {
		if got := firstColumns("abcdef", columns); got != want {
			t.Errorf("%d columns: %q", columns, got)
		}
	}
}
