package report_test

import (
	"bytes"
	"encoding/json"
	"image/color"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/inverse/optics"
	"tweedie/report"
)

func subject(t *testing.T) (report.Subject, *infer.Result) {
	t.Helper()
	op, err := optics.BlockAverageConfig{Rows: 2, Cols: 2}.Build(autodiff.S(1, 4, 6))
	if err != nil {
		t.Fatal(err)
	}
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigma: .1}, []float64{.1, .5, .9, .2, .4, .6})
	if err != nil {
		t.Fatal(err)
	}
	truth, mean, std, a, b := make([]float64, 24), make([]float64, 24), make([]float64, 24), make([]float64, 24), make([]float64, 24)
	for i := range truth {
		truth[i] = float64(i%5) / 5
		mean[i] = truth[i] + .1
		std[i] = .1
		a[i], b[i] = mean[i]+.1, mean[i]-.1
	}
	return report.Subject{C: 1, H: 4, W: 6, Lo: 0, Hi: 1, Lik: lik, Truth: truth},
		&infer.Result{Method: "red-diff", Samples: [][]float64{a, b}, Mean: mean, Std: std, Spread: infer.RestartSpread,
			Warnings: []string{"a < b & \"c\""}, Trace: []infer.TracePoint{{Step: 1, Value: 3}, {Step: 2, Value: 2}}}
}

func TestAssess(t *testing.T) {
	s, r := subject(t)
	sc, err := s.Assess(r)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(*sc.RMSE-.1) > 1e-12 || math.Abs(*sc.PSNR-20) > 1e-9 || math.Abs(*sc.SpreadOverRM-1) > 1e-12 {
		t.Errorf("RMSE %v, PSNR %v, spread over error %v; want .1, 20, 1", *sc.RMSE, *sc.PSNR, *sc.SpreadOverRM)
	}
	s.Truth = r.Mean
	if sc, err = s.Assess(r); err != nil || sc.PSNR != nil || sc.SpreadOverRM != nil || *sc.RMSE != 0 {
		t.Errorf("without an error: %+v, %v", sc, err)
	}
	if text := report.Text("%.2f dB", sc.PSNR) + ", " + report.Text("%.1f", sc.RMSE); text != "not defined, 0.0" {
		t.Errorf("numbers are printed as %q", text)
	}
	if _, err := json.Marshal(sc); err != nil {
		t.Error(err)
	}
	s.Truth = nil
	if sc, err = s.Assess(r); err != nil || sc.PSNR != nil {
		t.Errorf("without a truth: %+v, %v", sc, err)
	}
}

// The page stands alone, escapes text, and calls the spread of restarts what it is.
func TestPageIsSelfContained(t *testing.T) {
	s, r := subject(t)
	r.Notes, r.Config = []string{"chains, because rounds are given"}, map[string]int{"rounds": 7}
	r.Evidence = &infer.Evidence{Why: "one island tells no error"}
	pics, err := s.Pictures()
	if err != nil {
		t.Fatal(err)
	}
	sec, err := s.MethodSection("RED-diff", "text", r)
	if err != nil {
		t.Fatal(err)
	}
	plot, err := report.Scatter2D("plane", []float64{0, .1, 9}, []float64{0, .2, 9}, func(x, y float64) float64 { return math.Exp(-x*x - y*y) }, -1, 1)
	if err != nil {
		t.Fatal(err)
	}
	sec.Plots = append(sec.Plots, plot)
	var b bytes.Buffer
	if err := (report.Page{Title: "<title>", Sections: []report.Section{{Title: "Problem", Pictures: pics}, sec}}).Write(&b); err != nil {
		t.Fatal(err)
	}
	html := b.String()
	for _, want := range []string{infer.RestartSpread, "&lt;title&gt;", "a &lt; b &amp;", "data:image/png;base64,", "<svg", "pseudo-inverse", "chains, because rounds are given", "&#34;rounds&#34;: 7", "one island tells no error"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, bad := range []string{"src=\"http", "href=\"http", "<script", "ZgotmplZ", "NaN"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestPictures(t *testing.T) {
	p, err := report.NewPicture("gray", 1, 1, 3, []float64{-1, .5, 2}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range []uint8{0, 128, 255} {
		if r, _, _, _ := p.Image().At(x, 0).RGBA(); uint8(r>>8) != want {
			t.Errorf("pixel %d is %d, want %d", x, r>>8, want)
		}
	}
	rgb, err := report.NewPicture("colour", 3, 1, 1, []float64{1, 0, .5}, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := rgb.Image().At(0, 0); got != (color.NRGBA{255, 0, 128, 255}) {
		t.Errorf("colour is %v", got)
	}
	heat, err := report.HeatMap("std", 2, 1, 2, []float64{0, 1, 0, 3})
	if err != nil {
		t.Fatal(err)
	}
	if heat.Hi != 2 || heat.C != 1 {
		t.Errorf("the map of two channels goes to %g, want their average 2", heat.Hi)
	}
	if _, err := report.NewPicture("bad", 1, 2, 2, []float64{1}, 0, 1); err == nil {
		t.Error("one value was taken for four")
	}
	if got := p.Scaled(256).Bounds(); got.Dx() < 256 || got.Dx() != 3*got.Dy() {
		t.Errorf("enlarged to %v", got)
	}
	if got := report.Sheet([]report.Picture{p, p, p}, 2, 4).Bounds(); got.Dx() != 4*7 || got.Dy() != 4*3 {
		t.Errorf("sheet of %v", got)
	}
}

func TestSaveResult(t *testing.T) {
	s, r := subject(t)
	r.Weighted = &infer.WeightedDraws{Samples: r.Samples, Weights: []float64{.75, .25}}
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := s.SaveResult(dir, r); err != nil {
		t.Fatal(err)
	}
	if err := report.SaveJSON(dir, r); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"samples.npy", "weighted.npy", "weights.npy", "mean.npy", "std.npy", "mean.png", "std.png", "sample-0.png", "sample-1.png", "results.json"} {
		if st, err := os.Stat(filepath.Join(dir, f)); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
	made, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range made {
		listed := slices.ContainsFunc(append(report.ResultFiles(), report.JSONFile), func(pattern string) bool {
			ok, err := path.Match(pattern, f.Name())
			return ok && err == nil
		})
		if !listed {
			t.Errorf("%s is written and not in ResultFiles, so a later run would leave it", f.Name())
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back infer.Result
	if err := json.Unmarshal(raw, &back); err != nil || back.Method != "red-diff" {
		t.Errorf("results.json: %v, %+v", err, back)
	}
}
