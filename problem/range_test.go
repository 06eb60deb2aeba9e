package problem

import (
	"math"
	"strings"
	"testing"
)

// TestRangeScales: images of a network are scaled to the range of the file, with their mean and deviation.
func TestRangeScales(t *testing.T) {
	const digits = `{"prior":"digits8","operator":{"kind":"identity"},"noise":{"kind":"gaussian","sigma":0.05},"simulate":{"prior":true},"seed":3`
	plain, levels := open(t, t.TempDir(), digits+`}`), open(t, t.TempDir(), digits+`,"range":[-1,254]}`)
	for i, v := range plain.Truth {
		if want := 255*v - 1; math.Abs(levels.Truth[i]-want) > 1e-3 {
			t.Fatalf("pixel %d of the image drawn is %g, want %g", i, levels.Truth[i], want)
		}
	}
	if math.Abs(levels.Std-255*plain.Std) > 1e-9 || math.Abs(levels.Mean-(255*plain.Mean-1)) > 1e-9 || levels.Range != [2]float64{-1, 254} {
		t.Errorf("mean %g, deviation %g, range %v", levels.Mean, levels.Std, levels.Range)
	}
}

// TestSimulationNotAllowed: an image of which the noise or the operator allows no measurement is refused, with what helps.
func TestSimulationNotAllowed(t *testing.T) {
	const part = `{"prior":"digits8","simulate":{"prior":true},"operator":`
	for text, want := range map[string]string{
		part + `{"kind":"identity"},"noise":{"kind":"log-normal","sigma":0.2}}`:                             "simulate.prior: the operator makes -",
		part + `{"kind":"identity"},"noise":{"kind":"gamma","looks":4}}`:                                    "gamma noise takes clean measurements above 0 alone; give the operator an offset",
		part + `{"kind":"pointwise","function":"log"},"noise":{"kind":"gaussian","sigma":0.05}}`:            "simulate.prior: the operator pointwise gives NaN",
		part + `{"kind":"shift","op":{"kind":"identity"},"offset":0.5},"noise":{"kind":"gamma","looks":4}}`: "",
	} {
		dir := t.TempDir()
		write(t, dir, "problem.json", text)
		_, err := Open(t.Context(), dir+"/problem.json")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}
