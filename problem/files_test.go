package problem

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tweedie/inverse"
)

// TestFilesOfOperators: arrays of operator and noise are read relative to the file that holds their description, stay files
// in what is saved, and are checked by their layout.
func TestFilesOfOperators(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"parts", "parts/deep"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	writeNPY(t, filepath.Join(dir, "parts", "deep"), "A.npy", []int{2, 16}, func(i int) float64 { return float64(i%5) - 2 })
	writeNPY(t, filepath.Join(dir, "parts"), "s.npy", []int{2}, func(i int) float64 { return float64(i) + 0.5 })
	write(t, dir, "parts/op.json", `{"kind":"dense","rows":2,"data":"deep/A.npy"}`)
	write(t, dir, "parts/noise.json", `{"kind":"gaussian","sigmas":"s.npy"}`)
	t.Chdir(t.TempDir())
	text := `{"prior":"ring16","operator":"parts/op.json","noise":"parts/noise.json","data":[1,2]}`
	inline := `{"prior":"ring16","operator":{"kind":"compose","ops":[{"kind":"identity"},{"kind":"dense","rows":2,"data":"parts/deep/A.npy"}]},` +
		`"noise":{"kind":"gaussian","sigmas":{"file":"parts/s.npy"}},"data":[1,2]}`
	for _, text := range []string{text, inline} {
		p := open(t, dir, text)
		x, y := make([]float64, 16), make([]float64, 2)
		x[3] = 1
		if p.Operator.Apply(y, x); !slices.Equal(y, []float64{1, 2}) {
			t.Errorf("A x is %v", y)
		}
		if g := p.Noise.(inverse.Gaussian); !slices.Equal(g.Sigmas, []float64{0.5, 1.5}) {
			t.Errorf("noise %+v", g)
		}
		f, err := p.Effective()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []struct {
			raw  string
			want string
		}{{string(f.Operator), "parts/deep/A.npy"}, {string(f.Noise), "parts/s.npy"}} {
			if !strings.Contains(part.raw, filepath.ToSlash(filepath.Join(dir, filepath.FromSlash(part.want)))) || strings.Contains(part.raw, "[-2") {
				t.Errorf("the effective description is %s; want the file %s", part.raw, part.want)
			}
		}
		saved := filepath.Join(t.TempDir(), "saved.json")
		if err := p.Save(saved); err != nil {
			t.Fatal(err)
		}
		again, err := Open(t.Context(), saved)
		if err != nil {
			t.Fatal(err)
		}
		if again.Operator.Apply(y, x); !slices.Equal(y, []float64{1, 2}) {
			t.Errorf("saved and opened, A x is %v", y)
		}
	}
}

// TestSigmaMapLayout: a map of standard deviations has the layout of the measurement.
func TestSigmaMapLayout(t *testing.T) {
	dir := t.TempDir()
	writeNPY(t, dir, "y.npy", []int{4, 2}, ramp)
	positive := func(i int) float64 { return ramp(i) + 1 }
	for name, shape := range map[string][]int{"same.npy": {4, 2}, "flat.npy": {8}, "with.npy": {1, 4, 2}, "turned.npy": {2, 4}} {
		writeNPY(t, dir, name, shape, positive)
		_, err := Open(t.Context(), write(t, dir, "problem.json", `{"prior":"digits8","operator":{"kind":"block-average","rows":2,"cols":4},"noise":{"kind":"gaussian","sigmas":"`+name+`"},"data":"y.npy"}`))
		if name == "turned.npy" {
			if err == nil || !strings.Contains(err.Error(), "noise: sigmas: turned.npy holds an array of shape [2,4]; it must be [1,4,2]") {
				t.Errorf("a map that is turned: %v", err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSimulateFromThePrior: the image follows from the seed and lies where the prior has its mass.
func TestSimulateFromThePrior(t *testing.T) {
	const text = `{"prior":"ring16","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.2},"simulate":{"prior":true},"seed":`
	a, b, c := open(t, t.TempDir(), text+"1}"), open(t, t.TempDir(), text+"1}"), open(t, t.TempDir(), text+"2}")
	if !slices.Equal(a.Truth, b.Truth) || slices.Equal(a.Truth, c.Truth) || len(a.Truth) != 16 {
		t.Errorf("images %v, %v, %v", a.Truth, b.Truth, c.Truth)
	}
	// chi^2 of the truth has mean 1 and standard deviation sqrt(2/16); seed 1, 4 of them
	if chi := a.Likelihood.ChiSquared(a.Truth); math.Abs(chi-1) > 4*math.Sqrt(2.0/16) {
		t.Errorf("chi^2 of the truth is %g", chi)
	}
	for more, want := range map[string]string{
		`{"prior":true,"image":"x.npy"}`: "simulate.prior: is given beside simulate.image",
		`{}`:                             `simulate.image is missing; give an image to simulate a measurement from, or "prior": true`,
	} {
		_, err := Open(t.Context(), write(t, t.TempDir(), "problem.json", strings.Replace(text, `{"prior":true}`, more, 1)+"1}"))
		if err == nil || !strings.Contains(err.Error(), strings.Replace(want, "prior: is", "prior is", 1)) {
			t.Errorf("%s: %v; want %q", more, err, want)
		}
	}
}

// TestMeasurementInEveryFile: the same measurement from FITS and MatrixMarket.
func TestMeasurementInEveryFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "y.mtx", "%%MatrixMarket matrix array real general\n2 2\n1\n3\n2\n4\n")
	card := func(s string) string { return s + strings.Repeat(" ", 80-len(s)) }
	header := card("SIMPLE  = T") + card("BITPIX  = 16") + card("NAXIS   = 4") + card("NAXIS1  = 2") + card("NAXIS2  = 2") + card("NAXIS3  = 1") + card("NAXIS4  = 1") + card("BLANK   = 9") + card("END")
	write(t, dir, "y.fits", header+strings.Repeat(" ", 2880-len(header))+"\x00\x01\x00\x02\x00\x03\x00\x04"+strings.Repeat("\x00", 2872))
	for _, name := range []string{"y.mtx", "y.fits", "y.fits:0"} {
		p := open(t, dir, `{"prior":"digits8","operator":{"kind":"block-average","rows":4,"cols":4},"noise":{"kind":"gaussian","sigma":1},"data":"`+name+`"}`)
		if !slices.Equal(p.Likelihood.Y, []float64{1, 2, 3, 4}) {
			t.Errorf("%s: %v", name, p.Likelihood.Y)
		}
	}
}

// TestStateKnowsTheFiles: a state is refused when the content of a file that the operator names has changed.
func TestStateKnowsTheFiles(t *testing.T) {
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	solve := func(value float64, name string) error {
		writeNPY(t, dir, name, []int{1, 16}, func(int) float64 { return value })
		p := open(t, dir, `{"prior":"ring16","operator":{"kind":"dense","rows":1,"data":"`+name+`"},"noise":{"kind":"gaussian","sigma":1},"data":[1],`+
			`"method":{"kind":"dpnp","mode":"annealed","rounds":2,"hold":1},"samples":1}`)
		if err := p.Identify(); err != nil {
			t.Fatal(err)
		}
		run := p.Run()
		run.State = state
		_, err := p.Method.Solve(t.Context(), p.Problem, run)
		return err
	}
	if err := solve(1, "A.npy"); err != nil {
		t.Fatal(err)
	}
	if err := solve(1, "moved.npy"); err != nil {
		t.Errorf("the same content in another file: %v", err)
	}
	if err := solve(2, "A.npy"); err == nil || !strings.Contains(err.Error(), "operator is ") {
		t.Errorf("another content: %v", err)
	}
}

// TestPageOfProblemFiles: what docs/problem-files.md shows can be read.
func TestPageOfProblemFiles(t *testing.T) {
	page, err := os.ReadFile("../docs/problem-files.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(page), "```json\n")[1:]
	for _, b := range blocks {
		text, _, _ := strings.Cut(b, "```")
		if _, err := Read(write(t, t.TempDir(), "problem.json", text)); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	if len(blocks) == 0 {
		t.Error("the page shows no problem")
	}
}

// TestForecast: norm, gap, chi^2 and evaluations of a run that is short enough to be followed to its end.
func TestForecast(t *testing.T) {
	p := open(t, t.TempDir(), `{"prior":"ring16","operator":{"kind":"scale","factor":3,"op":{"kind":"identity"}},"noise":{"kind":"gaussian","sigma":0.2},`+
		`"simulate":{"prior":true},"method":{"kind":"red-diff","steps":5},"samples":2}`)
	f, err := p.Forecast(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	res, err := p.Method.Solve(t.Context(), p.Problem, p.Run())
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(f.Norm-3) > 1e-12 || f.AdjointGap == nil || *f.AdjointGap > 1e-12 || f.Failed != nil || f.ChiSquared != [2]float64{1, math.Sqrt(2. / 16)} || f.Evaluations != float64(res.Evaluations) {
		t.Errorf("%+v; the run takes %d evaluations", f, res.Evaluations)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Forecast(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancellation: %v", err)
	}
}

// blunt is noise that is normal, and not known to be so.
type blunt struct{ inverse.Gaussian }

func (blunt) Kind() string { return "blunt-in-tests" }

// TestForecastOfAnyNoise: the mean of chi^2 per datum of noise that is not Gaussian follows from 64 draws; 4 standard errors.
func TestForecastOfAnyNoise(t *testing.T) {
	p := open(t, t.TempDir(), ring(sixteen, ""))
	p.Likelihood.Noise = blunt{inverse.Gaussian{Sigma: 0.2}}
	got, deviation := p.chiSquaredAtTruth(), math.Sqrt(2./16)
	if math.Abs(got[0]-1) > 4*deviation/8 || math.Abs(got[1]-deviation) > 4*deviation/math.Sqrt(128) {
		t.Errorf("mean and deviation %v; want 1 and %g", got, deviation)
	}
}
