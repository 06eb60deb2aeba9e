package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tweedie/internal/demo"
)

// Tests that name no prior take the small one.
func init() { defaultPrior = "digits8" }

// quick is settings under which the demonstration of the digits takes a second.
const (
	quick    = `{"dpnp":{"rounds":4,"hold":1},"dpi":{"steps":20,"batch":4,"check":8},"red-diff":{"steps":20}}`
	quickRED = `{"red-diff":{"steps":20}}`
)

func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	out := must(t, "demo", "--prior", "digits8", "--samples", "2", "--config", quick, "--skip-toy", "--out", dir)
	for _, want := range []string{"bicubic", "DPnP", "DPI", "RED-diff", "not posterior uncertainty", filepath.Join(dir, "report.html")} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"http://", "https://", "<script", "NaN", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(string(page), "http://www.w3.org/", ""), bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	for _, file := range []string{"truth.png", "measurement.png", "baseline.png", "dpnp/mean.png", "dpi/std.png", "red-diff/sample-1.png", "dpnp/samples.npy"} {
		if info, err := os.Stat(filepath.Join(dir, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var res struct {
		Baseline demo.Plain
		Methods  []struct {
			Score struct {
				PSNR float64 `json:"psnr_db"`
			}
			Gain float64 `json:"psnr_over_baseline_db"`
		}
	}
	decodeInto(t, string(raw), &res)
	if len(res.Methods) != 3 || !(res.Methods[0].Score.PSNR > 5) || math.Abs(res.Methods[1].Score.PSNR-*res.Baseline.PSNR-res.Methods[1].Gain) > 1e-9 {
		t.Errorf("results.json has %+v", res)
	}
}

// Every task runs on digits and is told from the others; --task all is for tables.
func TestDemoTasks(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for _, task := range demo.TaskNames {
		out := must(t, "demo", "--prior", "digits8", "--task", task, "--methods", "red-diff", "--samples", "2", "--config", quickRED, "--skip-toy", "--out", dir)
		first, _, _ := strings.Cut(out, "\n")
		seen[first] = true
	}
	if len(seen) != 4 {
		t.Errorf("the tasks are %v", seen)
	}
	for want, args := range map[string][]string{
		"--task all is for tables":                                  {"--task", "all"},
		"--images is 65; it must lie":                               {"--images", "65"},
		"--full is for one image":                                   {"--images", "2", "--full"},
		`--methods: "ddrm" is unknown`:                              {"--methods", "dpnp,ddrm"},
		`--methods: "dpi" is unknown or`:                            {"--methods", "dpi,dpi"},
		`--config: "ddrm" is no method`:                             {"--config", `{"ddrm":{}}`},
		"--config: it has fields of dpnp, which --methods red-diff": {"--methods", "red-diff", "--config", `{"dpnp":{"rounds":3}}`},
		"--index is 3; it names one of the embedded":                {"--image", "none.png", "--index", "3"},
		"--index is 0; it names one of the embedded":                {"--images", "2", "--index", "0"},
		"did you mean rounds?":                                      {"--config", `{"dpnp":{"rouns":3}}`},
		"needs a prior on images [C,H,W]":                           {"--prior", "ring16"},
	} {
		code, _, err := tweedie(t, append([]string{"demo", "--out", dir}, args...)...)
		if code != 1 || !strings.Contains(err, want) {
			t.Errorf("%v: code %d, %q; want %q", args, code, err, want)
		}
	}
}

// A table that goes on where it stopped prints the bytes of one made at once, and notices other settings.
func TestDemoTable(t *testing.T) {
	dir := t.TempDir()
	args := func(out string, more ...string) []string {
		return append([]string{"demo", "--prior", "digits8", "--task", "inpaint", "--methods", "dpnp,red-diff", "--config", `{"dpnp":{"rounds":4,"hold":1},"red-diff":{"steps":20}}`, "--samples", "3", "--json", "--out", filepath.Join(dir, out)}, more...)
	}
	var parts, whole, other demo.TableOutcome
	// Seconds are those of the files, so that lines can only agree when results are read again.
	decodeTable(t, must(t, args("a", "--images", "1")...), &parts)
	if len(parts.Lines) != 3 || parts.Lines[1].PSNR.SE != nil {
		t.Errorf("of one image there are lines %+v", parts.Lines)
	}
	one := readCase(t, dir, "a", "inpaint-000-dpnp.json")
	decodeTable(t, must(t, args("a", "--images", "3")...), &parts)
	if again := readCase(t, dir, "a", "inpaint-000-dpnp.json"); again != one {
		t.Error("an image that was done is done again")
	}
	decodeTable(t, must(t, args("b", "--images", "3")...), &whole)
	for i, l := range whole.Lines {
		p := parts.Lines[i]
		if l.Images != 3 || l.PSNR.Value != p.PSNR.Value || *l.PSNR.SE != *p.PSNR.SE || l.SSIM.Value != p.SSIM.Value || l.Method != p.Method {
			t.Errorf("line %d is %+v in parts and %+v at once", i, p, l)
		}
	}
	decodeTable(t, must(t, args("a", "--images", "3", "--sigma", "0.2")...), &other)
	if other.Lines[1].PSNR.Value == parts.Lines[1].PSNR.Value {
		t.Error("results of another noise are taken for this one's")
	}
	if gain := *other.Lines[1].Gain; math.Abs(gain.Value-(other.Lines[1].PSNR.Value-other.Lines[0].PSNR.Value)) > 1e-9 {
		t.Errorf("the gain %v is not the difference of %v and %v", gain, other.Lines[1].PSNR, other.Lines[0].PSNR)
	}
	text, err := os.ReadFile(filepath.Join(dir, "a", "table.md"))
	if err != nil || !strings.Contains(string(text), "| harmonic | 3 |") || !strings.Contains(string(text), "--sigma 0.2") {
		t.Errorf("table.md, %v:\n%s", err, text)
	}
}

func decodeTable(t *testing.T, text string, v *demo.TableOutcome) {
	t.Helper()
	*v = demo.TableOutcome{}
	var raw struct{ Lines []demo.TableLine }
	decodeInto(t, text, &raw)
	v.Lines = raw.Lines
}

func readCase(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(parts[0], parts[1], "cases", parts[2]))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// --full keeps the state of its fit, and a finished one is not fitted again.
func TestDemoFullResumes(t *testing.T) {
	dir := t.TempDir()
	args := []string{"demo", "--prior", "digits8", "--full", "--methods", "dpi", "--samples", "2", "--skip-toy", "--json", "--out", dir,
		"--config", `{"dpi":{"steps":6,"batch":2,"check":4,"family":{"flows":2}}}`}
	a := must(t, args...)
	if _, err := os.Stat(filepath.Join(dir, "dpi", "state.safetensors")); err != nil {
		t.Fatal(err)
	}
	first, _ := floats(t, filepath.Join(dir, "dpi", "samples.npy"))
	b := must(t, args...)
	second, _ := floats(t, filepath.Join(dir, "dpi", "samples.npy"))
	for i := range first {
		if first[i] != second[i] {
			t.Fatalf("value %d of the samples is %v, and %v after a resume", i, first[i], second[i])
		}
	}
	var before, after struct {
		Methods []struct {
			Result struct {
				Evaluations int `json:"network_evaluations"`
			}
		}
	}
	decodeInto(t, a, &before)
	decodeInto(t, b, &after)
	if before.Methods[0].Result.Evaluations <= after.Methods[0].Result.Evaluations {
		t.Errorf("%d evaluations at first and %d after a resume of what was finished", before.Methods[0].Result.Evaluations, after.Methods[0].Result.Evaluations)
	}
}
