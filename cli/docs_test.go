package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// parsed checks that a command with the words after "tweedie" could run: its verbs, flags, their values, and what is left over. It
// runs nothing. whole says that no argument is left out.
func parsed(words []string, whole bool) error {
	root := newRoot(&options{})
	root.InitDefaultHelpCmd()
	c, rest, err := root.Find(words)
	if err != nil {
		return err
	}
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	if err := c.ParseFlags(rest); err != nil {
		if _, lacks := errors.AsType[*pflag.ValueRequiredError](err); !lacks || whole {
			return flagError(c, err)
		}
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		if text := f.Value.String(); strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
			err = fmt.Errorf("--%s is no JSON: %s", f.Name, text)
		}
	})
	if err == nil && (whole || c.Flags().NArg() > 0) {
		err = c.ValidateArgs(c.Flags().Args())
	}
	return err
}

// vocabulary returns the names of the commands, and flags those of all their flags.
func vocabulary() (verbs, flags map[string]bool) {
	verbs, flags = map[string]bool{}, map[string]bool{"--help": true, "--version": true}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, set := range []*pflag.FlagSet{c.Flags(), c.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) { flags["--"+f.Name] = true })
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	root := newRoot(&options{})
	root.InitDefaultHelpCmd()
	visit(root)
	for _, c := range root.Commands() {
		verbs[c.Name()] = true
	}
	return verbs, flags
}

// documents returns the paths of the documents whose commands are tried.
func documents(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "docs", "*.md"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("documents %v, %v", paths, err)
	}
	return append(paths, filepath.Join("..", "README.md"), filepath.Join("..", "CONTRIBUTING.md"))
}

// wrongIn returns what is wrong with the commands and flags that a document shows, and the number of the commands.
func wrongIn(text string) (wrong []string, n int) {
	verbs, known := vocabulary()
	commands, _, flags := docCommands(text)
	for _, c := range commands {
		if len(c.words) == 0 || !c.fenced && !verbs[c.words[0]] {
			continue // prose in quotes: a file, a field, a name in Go
		}
		n++
		if err := parsed(c.words, c.fenced); err != nil {
			wrong = append(wrong, fmt.Sprintf("tweedie %s: %v", strings.Join(c.words, " "), err))
		}
	}
	for _, f := range flags {
		if !known[f] {
			wrong = append(wrong, f+": no command has this flag")
		}
	}
	return wrong, n
}

// Every command that README.md and docs show, in blocks and in the text, has verbs, flags and values that there are.
func TestCommandsInDocuments(t *testing.T) {
	total := 0
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		wrong, n := wrongIn(string(text))
		for _, w := range wrong {
			t.Errorf("%s: %s", path, w)
		}
		total += n
	}
	if total < 50 {
		t.Errorf("%d commands were found; the documents have more", total)
	}
}

// What can be wrong with a command in a document is found.
func TestWrongCommandsInDocuments(t *testing.T) {
	block := func(s string) string { return "```\n" + s + "\n```\n" }
	for text, want := range map[string]string{
		block("tweedie smaple --n 3"):                     "no command",
		block("$ tweedie sample --m 3 # so"):              "no flag --m",
		block("tweedie sample --n three"):                 "it must be an integer",
		block("tweedie sample \\\n    --nn 3"):            "no flag --nn",
		block("tweedie solve --op '{\"kind\":\n  blur}'"): "no JSON",
		block("tweedie ckpt inspect"):                     "give a file",
		block("tweedie sample more"):                      "is left over",
		block("X=1 go run ./cmd/tweedie demo --fulll"):    "no flag --fulll",
		block("tweedie ckpt aply --x a"):                  "no command",
		"see `tweedie sample\n--nn 3`":                    "no flag --nn",
		"see `sample --nn 3`":                             "no flag --nn",
		"see `--nn`":                                      "no command has this flag",
		"see `TWEEDIE_ZOO=F tweedie zoo inf NAME`":        "no command",
	} {
		if wrong, _ := wrongIn(text); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: %q; want %q", text, wrong, want)
		}
	}
	for _, text := range []string{block("tweedie sample --n 3 --out 'a b' | head -1 > x.log"), block("{\"tweedie\": 1}"), "`sample.npy`, `tweedie zoo` and `--seed`"} {
		if wrong, _ := wrongIn(text); len(wrong) != 0 {
			t.Errorf("%q: %q", text, wrong)
		}
	}
}

// Flags that the help of commands names exist: in examples, and with two dashes in the text.
func TestCommandsInHelp(t *testing.T) {
	_, known := vocabulary()
	named := regexp.MustCompile(`--[a-z][a-z0-9-]*`)
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		wrong, _ := wrongIn("```\n" + strings.ReplaceAll("\n"+c.Example, "\n  ", "\n") + "\n```\n")
		for _, w := range wrong {
			t.Errorf("examples of %s: %s", c.CommandPath(), w)
		}
		text := c.Long
		c.LocalFlags().VisitAll(func(f *pflag.Flag) { text += "\n" + f.Usage })
		for _, f := range named.FindAllString(text, -1) {
			if !known[f] {
				t.Errorf("help of %s: %s: no command has this flag", c.CommandPath(), f)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(&options{}))
}

// cheap returns the words to run a command of a document by, and whether it is run at all: what reads the files that the test lays
// out and takes no time; of solve the dry run, and of calibrate twenty problems.
func cheap(words []string) ([]string, bool) {
	at := func(n int) string {
		if n < len(words) {
			return words[n]
		}
		return ""
	}
	switch {
	case slices.Contains(words, "--allow-programs"): // the programs of documents may need what is not here
		return nil, false
	case slices.Contains([]string{"help", "version", "plan"}, at(0)), at(0) == "zoo" && (at(1) == "list" || at(1) == "info"), at(0) == "ckpt" && at(1) == "inspect":
		return words, true
	case slices.Contains(words, "--allow-programs"): // the program need not be there
		return nil, false
	case at(0) == "solve" && (slices.Contains(words, "fashion28") || slices.Contains(words, "problem.json") || slices.Contains(words, "field.json")):
		return append(slices.Clone(words), "--dry-run"), true
	case at(0) == "calibrate" && slices.Contains(words, "calibrate.json") && len(words) == 5:
		return append(slices.Clone(words), "--n", "20"), true
	case at(0) == "evidence" && slices.Contains(words, "measured.json"):
		return words, true
	case at(0) == "sample" && slices.Contains(words, "field.json"), at(0) == "logprob" && slices.Contains(words, "field.json"):
		return words, true
	}
	return nil, false
}

// The commands of documents that take no time run, in a folder with the files that they name.
func TestCheapCommandsInDocuments(t *testing.T) {
	texts := map[string]string{}
	for _, path := range documents(t) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	checkpoint, err := os.ReadFile(filepath.Join("..", "families", "adm", "testdata", "classcond_neworder", "checkpoint.pt"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TWEEDIE_ZOO", "")
	t.Setenv("TWEEDIE_CACHE", t.TempDir())
	t.Chdir(t.TempDir())
	write := func(name string, b []byte) {
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("model.pt", checkpoint)
	_, field, _ := strings.Cut(texts[filepath.Join("..", "docs", "exact-priors.md")], "```json\n")
	field, _, _ = strings.Cut(field, "```")
	write("field.json", []byte(field))
	var mask bytes.Buffer
	pixels := image.NewGray(image.Rect(0, 0, 7, 7))
	draw.Draw(pixels, pixels.Rect, image.White, image.Point{}, draw.Src)
	if err := png.Encode(&mask, pixels); err != nil {
		t.Fatal(err)
	}
	write("good-pixels.png", mask.Bytes())
	npy(t, ".", "measurement.npy", []int{1, 7, 7}, half)
	npy(t, ".", "y.npy", []int{1, 4, 4}, half)
	for _, text := range texts {
		_, files, _ := docCommands(text)
		for _, f := range files {
			write(f.name, []byte(f.text))
		}
	}
	ran := map[string]int{}
	for path, text := range texts {
		commands, _, _ := docCommands(text)
		for _, c := range commands {
			words, ok := cheap(c.words)
			if !ok || !c.fenced {
				continue
			}
			ran[c.words[0]]++
			if code, _, msg := tweedie(t, words...); code != 0 {
				t.Errorf("%s: tweedie %s: code %d, %s", path, strings.Join(words, " "), code, msg)
			}
		}
	}
	for _, verb := range []string{"solve", "zoo", "ckpt", "sample", "logprob", "calibrate", "evidence"} {
		if ran[verb] == 0 {
			t.Errorf("no command of %s was run: %v", verb, ran)
		}
	}
}
