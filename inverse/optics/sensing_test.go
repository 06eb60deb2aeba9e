package optics_test

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
)

// TestHadamardValues compares with the sum over the pixels of a plane whose pattern is the parity of shared bits.
func TestHadamardValues(t *testing.T) {
	const h, w = 4, 8
	x := optest.Normals(2*h*w, 5)
	y := optest.Apply(optest.Build(t, autodiff.S(2, h, w), `{"kind":"hadamard","keep":[0,3,9,31]}`), x)
	var want []float64
	for c := range 2 {
		for _, k := range []int{0, 3, 9, 31} {
			sum := 0.
			for p := range h * w {
				rows, cols := bits.OnesCount(uint(k/w&(p/w))), bits.OnesCount(uint(k%w&(p%w)))
				sum += math.Pow(-1, float64(rows+cols)) * x[c*h*w+p]
			}
			want = append(want, sum/math.Sqrt(h*w))
		}
	}
	testkit.Near(t, "patterns", y, want, 1e-13)
}

// TestHadamardSequency: the patterns of lowest sequency change their sign least often, counted on the patterns themselves.
func TestHadamardSequency(t *testing.T) {
	const h, w, count = 8, 4, 11
	all, err := inverse.Matrix(optest.Build(t, autodiff.S(1, h, w), `{"kind":"hadamard","random":32}`))
	if err != nil {
		t.Fatal(err)
	}
	changes := func(row []float64) (n int) {
		for j := 1; j < w; j++ {
			if row[j]*row[j-1] < 0 {
				n++
			}
		}
		for i := 1; i < h; i++ {
			if row[i*w]*row[(i-1)*w] < 0 {
				n++
			}
		}
		return n
	}
	var every, chosen []int
	for k := range h * w {
		every = append(every, changes(all.RawRowView(k)))
	}
	low, err := inverse.Matrix(optest.Build(t, autodiff.S(1, h, w), fmt.Sprintf(`{"kind":"hadamard","sequency":%d}`, count)))
	if err != nil {
		t.Fatal(err)
	}
	for k := range count {
		chosen = append(chosen, changes(low.RawRowView(k)))
	}
	slices.Sort(every)
	slices.Sort(chosen)
	if !slices.Equal(chosen, every[:count]) {
		t.Errorf("the patterns change their sign %v times, where %v are least", chosen, every[:count])
	}
}

// TestHadamardRandom: the constant pattern is among those drawn, signs turn it into noise, and seeds differ.
func TestHadamardRandom(t *testing.T) {
	in, x := autodiff.S(1, 16, 16), optest.Constant(256, 1)
	apply := func(json string) []float64 { return optest.Apply(optest.Build(t, in, json), x) }
	y := apply(`{"kind":"hadamard","random":40,"seed":1}`)
	want := make([]float64, 40)
	want[0] = 16
	testkit.Near(t, "a constant", y, want, 1e-12)
	signed, other := apply(`{"kind":"hadamard","random":40,"seed":1,"signs":true}`), apply(`{"kind":"hadamard","random":40,"seed":2,"signs":true}`)
	if m := slices.Max(signed); m > 5 || slices.Equal(signed, other) {
		t.Errorf("behind random signs the largest coefficient is %v; seeds give %v and %v", m, signed[:3], other[:3])
	}
}

// TestGaussianRows: N = 40000 entries of mean 0 and variance 1/Rows within 4 standard errors, sqrt(1/N Rows) and
// sqrt(2/N)/Rows; another seed gives others.
func TestGaussianRows(t *testing.T) {
	in := autodiff.S(1, 10, 40)
	a, err := inverse.Matrix(optest.Build(t, in, `{"kind":"gaussian-rows","rows":100,"seed":1}`))
	if err != nil {
		t.Fatal(err)
	}
	const n = 40000
	var sum, squares float64
	for _, v := range a.RawMatrix().Data {
		sum, squares = sum+v/n, squares+v*v/n
	}
	if math.Abs(sum) > 4*math.Sqrt(.01/n) || math.Abs(squares-.01) > 4*.01*math.Sqrt(2./n) {
		t.Errorf("the entries have mean %v and variance %v, not 0 and 0.01", sum, squares)
	}
	b, err := inverse.Matrix(optest.Build(t, in, `{"kind":"gaussian-rows","rows":100,"seed":2}`))
	if err != nil || slices.Equal(a.RawMatrix().Data, b.RawMatrix().Data) {
		t.Errorf("two seeds give one matrix (%v)", err)
	}
}
