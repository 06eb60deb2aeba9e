package quality

import (
	"math"
	"testing"

	"tweedie/prior"
	"tweedie/rng"
	"tweedie/zoo"
)

// Bits per dimension of integers: a pixel's code comes back from its dequantised value, whose place in the bin is uniform.
func TestDequantise(t *testing.T) {
	for _, levels := range []int{2, 16, 256} {
		f := Evaluation{Levels: levels}
		const n = 4000
		x := make([]float64, n)
		for i := range x {
			x[i] = -1 + 2*float64(i%levels)/float64(levels-1)
		}
		f.dequantise(x, [2]float64{-1, 1}, rng.New(1).Stream())
		place := 0.
		for i, v := range x {
			bin := (v + 1) / 2 * float64(levels)
			if int(bin) != i%levels {
				t.Fatalf("%d levels: code %d becomes %v, in bin %v", levels, i%levels, v, bin)
			}
			place += (bin - math.Floor(bin)) / n
		}
		if math.Abs(place-.5) > 4/math.Sqrt(12*n) { // N = 4000, 4 standard errors
			t.Errorf("%d levels: the mean place in a bin is %v", levels, place)
		}
	}
	x := []float64{.3}
	(&Evaluation{}).dequantise(x, [2]float64{0, 1}, rng.New(1).Stream())
	if x[0] != .3 {
		t.Error("with 0 levels the image changes")
	}
}

// Densities are those of the pixels: with x = m/2 + 1/2 a density of 1 in the prior's units is one of 2^D, and D bits
// less than those of the bins.
func TestCodeLength(t *testing.T) {
	prior, err := zoo.Open("digits8", prior.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := (&Evaluation{Levels: 256}).codeLength(prior, []float64{0, 0}, 3, nil)
	if unit := prior.Spec.Affine.Unit(); unit != .5 {
		t.Fatalf("the prior's unit is %v", unit)
	}
	if math.Abs(c.Nats.Value-64*math.Ln2) > 1e-9 || math.Abs(c.Bits.Value-7) > 1e-12 || *c.Bits.SE != 0 || c.Images != 2 || c.Evaluations != 3 {
		t.Errorf("%+v, bits %+v", c, c.Bits)
	}
}

// A quantile is one of the values, the smallest that enough of them do not exceed.
func TestQuantile(t *testing.T) {
	v := []float64{5, 1, 4, 2, 3}
	for q, want := range map[float64]float64{0: 1, .2: 1, .21: 2, .5: 3, 1: 5} {
		if got := quantile(v, q); got != want {
			t.Errorf("quantile %v of 1..5 is %v, not %v", q, got, want)
		}
	}
}
