package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/checkpoints"
	"tweedie/internal/config"
)

// foreignFile is a row of list.json, which the scripts of tools/fixtures/sixty write beside the files.
type foreignFile struct {
	Name      string          `json:"name"`
	File      string          `json:"file"`      // or folder, below that of the list
	By        string          `json:"by"`        // the package that wrote it, and its version
	Container string          `json:"container"` // how the bytes lie
	Wrapper   string          `json:"wrapper"`   // what is around the weights
	Holds     string          `json:"holds"`     // the network, or what it is
	Config    json.RawMessage `json:"config"`    // for --config
	Flags     []string        `json:"flags"`     // of every verb
	Golden    string          `json:"golden"`    // its inputs and outputs
	Convert   []string        `json:"convert"`   // flags that make a prior of it; null where the file is converted to none
	Says      string          `json:"says"`      // the words of the error, where there is no network that is read
	NoPrior   string          `json:"no_prior"`  // the words of the error of convert, where it says why it is none
}

// ofOthers is the folder of files of other projects: a small one of the repository, or the one in TWEEDIE_WILD, as
// tools/fixtures/sixty writes it.
func ofOthers(t *testing.T) (dir string, rows []foreignFile) {
	t.Helper()
	if dir = os.Getenv("TWEEDIE_WILD"); dir == "" {
		dir = "../families/testdata/sixty"
	}
	raw, err := os.ReadFile(filepath.Join(dir, "list.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := config.Decode(raw, &rows); err != nil {
		t.Fatal(err)
	}
	return dir, rows
}

// TestFilesOfOthers takes every file of the list through inspect, apply, convert, and apply on what was converted: outputs are within
// 2e-5 of the largest value of what the code that wrote the file computes, and what holds no network that is read is one line that
// says what it is. With -v it prints the table of docs/checkpoints.md.
func TestFilesOfOthers(t *testing.T) {
	dir, rows := ofOthers(t)
	var table bytes.Buffer
	loaded, worst := 0, 0.
	for _, r := range rows {
		if r.Says != "" {
			fmt.Fprintf(&table, "| %s | %s |\n", r, inTable(refused(t, dir, r)))
			continue
		}
		d := evaluated(t, dir, r)
		if loaded, worst = loaded+1, max(worst, d); !(d <= 2e-5) {
			t.Errorf("%s: %.2g of the largest value off, want 2e-5", r.Name, d)
		}
		fmt.Fprintf(&table, "| %s | %.1e |\n", r, d)
	}
	t.Logf("%d files, %d networks, at most %.1e off\n%s", len(rows), loaded, worst, table.String())
	if len(rows) < 60 || loaded < 34 || len(rows)-loaded < 26 {
		t.Errorf("only %d files, %d of them networks", len(rows), loaded)
	}
}

// String is the beginning of the file's row in the table.
func (r foreignFile) String() string {
	around := strings.Trim(r.Container+", "+r.Wrapper, ", ")
	return strings.Join([]string{r.Name, r.By, around, r.Holds}, " | ")
}

// inTable is a line of apply without what all of them say.
func inTable(line string) string {
	for _, before := range []string{"checkpoints: ", "families: ", "the names of the tensors are those of no family that is known: ", "this is "} {
		line = strings.TrimPrefix(line, before)
	}
	line, _, _ = strings.Cut(line, "; safetensors (also in zstd)")
	return strings.ReplaceAll(line, "|", `\|`)
}

// refused is the line of apply, which inspect says, too.
func refused(t *testing.T, dir string, r foreignFile) string {
	t.Helper()
	path := filepath.Join(dir, r.File)
	out := filepath.Join(t.TempDir(), "out.npy")
	ones := filepath.Join(t.TempDir(), "ones.npy")
	if err := checkpoints.SaveNPY(ones, checkpoints.FromFloat64("", []int{1}, []float64{1})); err != nil {
		t.Fatal(err)
	}
	code, said, line := ckptVerb(t, append([]string{"apply", "--checkpoint", path, "--x", ones, "--t", ones, "--out", out}, r.Flags...)...)
	line = strings.TrimSpace(line)
	if _, err := os.Stat(out); code == 0 || said != "" || err == nil {
		t.Errorf("%s: apply ended with %d and wrote %q", r.Name, code, said)
	}
	if strings.Contains(line, "\n") || !strings.Contains(line, r.Says) {
		t.Errorf("%s: apply says %q; want one line with %q", r.Name, line, r.Says)
	}
	code, found, failed := ckptVerb(t, "inspect", path)
	if !strings.Contains(found+failed, r.Says) || code != 0 && strings.Count(failed, "\n") != 1 {
		t.Errorf("%s: inspect ends with %d and says %q %q; want %q", r.Name, code, found, failed, r.Says)
	}
	line = strings.TrimPrefix(line, "tweedie: ")
	return strings.TrimPrefix(line, fmt.Sprintf("%q: ", path))
}

// evaluated is the distance of apply's outputs from those of the list, of the file and of what is converted from it.
func evaluated(t *testing.T, dir string, r foreignFile) float64 {
	t.Helper()
	work, source := t.TempDir(), []string{"--checkpoint", filepath.Join(dir, r.File)}
	code, found, failed := ckptVerb(t, "inspect", filepath.Join(dir, r.File))
	if code != 0 || !strings.Contains(found, "network: family") {
		t.Errorf("%s: inspect ends with %d and says %q %q", r.Name, code, found, failed)
	}
	if r.Config != nil {
		path := filepath.Join(work, "config.json")
		if err := os.WriteFile(path, r.Config, 0o644); err != nil {
			t.Fatal(err)
		}
		source = append(source, "--config", path)
	}
	source = append(source, r.Flags...)
	inputs, wanted := arrays(t, filepath.Join(dir, r.Golden), work)
	worst := compared(t, r, append(slices.Clone(source), inputs...), wanted, work)
	native := filepath.Join(work, "native.safetensors")
	code, _, failed = ckptVerb(t, append(append([]string{"convert", "--out", native}, source...), r.Convert...)...)
	switch {
	case r.Convert == nil && r.NoPrior != "" && (code == 0 || !strings.Contains(failed, r.NoPrior) || strings.Count(failed, "\n") != 1):
		t.Errorf("%s: convert ends with %d and says %q; want %q", r.Name, code, failed, r.NoPrior)
	case r.Convert != nil && code != 0:
		t.Errorf("%s: convert: %s", r.Name, failed)
	case r.Convert != nil:
		worst = max(worst, compared(t, r, append([]string{"--checkpoint", native}, inputs...), wanted, work))
	}
	return worst
}

// compared is the distance of the outputs of one apply.
func compared(t *testing.T, r foreignFile, args []string, wanted map[string][]float64, work string) (worst float64) {
	t.Helper()
	args = append([]string{"apply"}, args...)
	for name := range wanted {
		flag := map[string]string{"out": "--out", "logdet": "--logdet"}[name]
		args = append(args, flag, filepath.Join(work, name+".npy"))
	}
	if code, _, failed := ckptVerb(t, args...); code != 0 {
		t.Errorf("%s: apply: %s", r.Name, failed)
		return 0
	}
	for name, want := range wanted {
		got, _ := values(t, filepath.Join(work, name+".npy"))
		if slices.Max(want) == 0 && slices.Min(want) == 0 { // a map that preserves volumes
			want, got = append(want, 1), append(got, 1)
		}
		worst = max(worst, apart(t, got, want))
	}
	return worst
}

// arrays writes the inputs of a golden as npy, with their flags, and returns the outputs.
func arrays(t *testing.T, golden, work string) (flags []string, outputs map[string][]float64) {
	t.Helper()
	f, err := checkpoints.Open(golden)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	outputs = map[string][]float64{}
	for _, x := range f.Tensors() {
		v, err := x.Float64s()
		if err != nil {
			t.Fatal(err)
		}
		if x.Name == "out" || x.Name == "logdet" {
			outputs[x.Name] = v
			continue
		}
		path := filepath.Join(work, x.Name+".in.npy")
		if err := checkpoints.SaveNPY(path, checkpoints.FromFloat64("", x.Shape, v)); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--"+x.Name, path)
	}
	return flags, outputs
}
