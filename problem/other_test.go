package problem

import (
	"math"
	"slices"
	"testing"

	"tweedie/prior"
)

// Under another prior the measurement is the same, entry for entry, also a simulated one and with entries that a mask and NaN leave out.
func TestWithPrior(t *testing.T) {
	other, err := prior.Open("toy2d", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f := Default()
	f.Prior = Prior{Name: "toy2d"}
	f.Operator, f.Noise = []byte(`{"kind":"dense","rows":3,"data":[1,0,0,1,1,1]}`), []byte(`{"kind":"gaussian","sigma":0.1}`)
	f.Mask, f.Seed = Numbers([]int{3}, []float64{1, 0, 1}), 3
	for name, change := range map[string]func(f *File){
		"simulated": func(f *File) { f.Simulate = &Simulation{Prior: true} },
		"measured":  func(f *File) { f.Data = Numbers([]int{3}, []float64{.5, .25, math.NaN()}) },
	} {
		f := f
		change(&f)
		p, err := New(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		q, err := p.WithPrior(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		if q.Prior != other || !slices.Equal(q.Likelihood.Y, p.Likelihood.Y) || q.NaN != p.NaN || q.Method.Name() != p.Method.Name() || q.Run().Seed != 3 {
			t.Errorf("%s: %v under another prior is %v", name, p.Likelihood.Y, q.Likelihood.Y)
		}
		want := map[string]int{"simulated": 2, "measured": 1}[name]
		if len(q.Likelihood.Y) != want {
			t.Errorf("%s: %d entries are left of 3", name, len(q.Likelihood.Y))
		}
	}
}
