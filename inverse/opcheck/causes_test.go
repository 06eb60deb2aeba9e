package opcheck_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/inverse"
	"tweedie/inverse/opcheck"
	"tweedie/rng"
)

// scenes are images of 12x12 pixels such as clothes are: dark, with a bright box in about the middle. The first n are expected, and the last
// is measured.
func scenes(n int) (draws [][]float64, truth []float64) {
	st := rng.New(8).Stream()
	for range n + 1 {
		x := make([]float64, 144)
		top, level := 2+int(st.Uint64()%3), 0.5+0.4*math.Abs(st.Norm())
		for r := top; r < 10; r++ {
			for c := 3; c < 9; c++ {
				x[12*r+c] = level + 0.1*st.Norm()
			}
		}
		draws = append(draws, x)
	}
	return draws[:n], draws[n]
}

// examine measures the last scene by an operator, changes the data, and compares them with what another operator makes of the others.
func examine(t *testing.T, by, with string, noise inverse.Noise, change func(y []float64)) *opcheck.Report {
	t.Helper()
	in := autodiff.S(1, 12, 12)
	draws, truth := scenes(16)
	op := build(t, by, in)
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, truth)
	inverse.Gaussian{Sigma: 0.02}.Sample(y, y, rng.New(3).Stream())
	if change != nil {
		change(y)
	}
	op = build(t, with, in)
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return opcheck.Examine(t.Context(), op, opcheck.Options{Draws: draws, Likelihood: lik})
}

// notes are the notes of a report on one subject.
func notes(r *opcheck.Report, name string) string {
	var all []string
	for _, c := range r.Checks {
		if c.Name == name && c.Status == opcheck.Note {
			all = append(all, c.Text)
		}
	}
	return strings.Join(all, "; ")
}

// TestSizes: data that are far too small fail as those do that are far too large, and the factor has its name.
func TestSizes(t *testing.T) {
	const blur, plain, dft = `{"kind":"blur","gaussian":{"size":5,"std":1}}`, `{"kind":"identity"}`, `{"kind":"dft","low":{"rows":12,"cols":12}}`
	times := func(c, add float64) func(y []float64) {
		return func(y []float64) {
			for i := range y {
				y[i] = c*y[i] + add
			}
		}
	}
	small := inverse.Gaussian{Sigma: 0.02}
	for name, c := range map[string]struct {
		by, with string
		change   func(y []float64)
		want     []string
	}{
		"as they are":      {blur, blur, nil, nil},
		"levels":           {blur, blur, times(1./255, 0), []string{"another size than the prior can produce", "near 255, the 255 levels"}},
		"milli":            {blur, blur, times(1e-3, 0), []string{"another size", "near 1000, a thousand"}},
		"zeros but one":    {blur, blur, func(y []float64) { clear(y); y[70] = 1e-3 }, []string{"another size"}},
		"a kernel of 1000": {blur, `{"kind":"scale","factor":1000,"op":` + blur + `}`, nil, []string{"another size", "near 1000, a thousand"}},
		"a plain fft2":     {dft, dft, times(12, 0), []string{"other units", "near 0.08333", `"unnormalised": true`}},
		"a negative":       {plain, plain, times(-1, 1), []string{"black and white exchanged"}},
	} {
		r := examine(t, c.by, c.with, small, c.change)
		found := told(r)
		if r.OK() != (c.want == nil) {
			t.Errorf("%s: found %q", name, found)
		}
		for _, want := range c.want {
			if !strings.Contains(found, want) {
				t.Errorf("%s: found %q; want %q", name, found, want)
			}
		}
	}
	loud := inverse.Gaussian{Sigma: 0.1}
	if r := examine(t, plain, plain, loud, times(1, 0.3)); !r.OK() || !strings.Contains(notes(r, "data"), "farther from what is expected") || !strings.Contains(notes(r, "data"), "as for a background") {
		t.Errorf("a background of 0.3 under noise: noted %q, failed %q", notes(r, "data"), told(r))
	}
}

// TestKernelNotes: of a kernel it is told when its sum is not 1, its centroid off the point, or its halves differ; nothing of others.
func TestKernelNotes(t *testing.T) {
	in := autodiff.S(2, 11, 12)
	for text, want := range map[string][]string{
		`{"kind":"identity"}`:                                                     nil,
		`{"kind":"blur","gaussian":{"size":5,"std":1}}`:                           nil,
		`{"kind":"blur","psf":[[0,0,0],[0,0,0],[0,0,1]]}`:                         {"centroid lies 1.4 pixels", "1 down, 1 to the right", "half a turn"},
		`{"kind":"blur","boundary":"zero","psf":[[0,0,0],[0,300,400],[0,0,300]]}`: {"sum is 1000 and not 1", "centroid lies 0.76", "half a turn"},
	} {
		op, err := inverse.Decode([]byte(text), in)
		if err != nil {
			t.Fatal(err)
		}
		found := notes(opcheck.Examine(t.Context(), op, opcheck.Options{}), "kernel")
		if (found == "") != (want == nil) {
			t.Errorf("%s: noted %q", text, found)
		}
		for _, w := range want {
			if !strings.Contains(found, w) {
				t.Errorf("%s: noted %q; want %q", text, found, w)
			}
		}
	}
	random := build(t, `{"kind":"gaussian-rows","rows":144,"seed":4}`, autodiff.S(1, 12, 12))
	if found := notes(opcheck.Examine(t.Context(), random, opcheck.Options{}), "kernel"); found != "" {
		t.Errorf("a matrix that does not move with the image: noted %q", found)
	}
}

// TestMissingEntries: norm and rank are those of the entries that are there, and the check says how many are not.
func TestMissingEntries(t *testing.T) {
	in := autodiff.S(1, 12, 12)
	for _, text := range []string{`{"kind":"identity"}`, `{"kind":"blur","gaussian":{"size":3,"std":0.5}}`} {
		op := build(t, text, in)
		var keep []int
		for i := range 100 {
			keep = append(keep, i)
		}
		part, err := inverse.Restrict(op, keep)
		if err != nil {
			t.Fatal(err)
		}
		lik, err := inverse.NewLikelihood(part, inverse.Gaussian{Sigma: 1}, make([]float64, 100))
		if err != nil {
			t.Fatal(err)
		}
		lik.Y[0] = 1
		r := opcheck.Examine(t.Context(), op, opcheck.Options{Likelihood: lik})
		said := ""
		for _, c := range r.Checks {
			if c.Name == "spectrum" {
				said = c.Text
			}
		}
		if !r.OK() || !r.Exact || r.Rank != 100 || !strings.Contains(said, "without the 44 of 144 entries of the data that are missing") || !strings.Contains(said, "44 of 144 directions") {
			t.Errorf("%s: rank %d, %q, %s", text, r.Rank, said, told(r))
		}
	}
}
