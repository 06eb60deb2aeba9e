package infer_test

import (
	"math"
	"strings"
	"testing"

	"tweedie/autodiff"
	"tweedie/infer"
	"tweedie/inverse"
)

// Places in a measurement are told in its shape, before missing entries were left out.
func TestPlaces(t *testing.T) {
	whole := inverse.NewIdentity(autodiff.S(2, 3, 4))
	op, err := inverse.Restrict(whole, []int{1, 5, 23})
	if err != nil {
		t.Fatal(err)
	}
	list, err := inverse.DenseConfig{Rows: 2, Data: make([]float64, 4)}.Build(autodiff.S(1, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]string{"[1,0,2]": infer.Places(whole)(14), "[1,2,3]": infer.Places(op)(2), "[0,1,1]": infer.Places(op)(1), "entry 1": infer.Places(list)(1)} {
		if got != want {
			t.Errorf("a place is %s, want %s", got, want)
		}
	}
}

// Weights that have collapsed are told, and equal ones pass.
func TestWeightsAreJudged(t *testing.T) {
	for _, c := range []struct {
		law  func(i int) float64 // log weight
		want string
	}{
		{func(int) float64 { return 0 }, ""},
		{func(i int) float64 { return -.2 * math.Log(1-(float64(i)+.5)/1000) }, ""},
		{func(i int) float64 { return -1.2 * math.Log(1-(float64(i)+.5)/1000) }, "the weights have a tail too heavy"},
		{func(i int) float64 { return -float64(i) }, "a few draws have all the weight"},
	} {
		s := sees(t, 5, .1, rangeOnly)
		r := s.solve(t)
		r.Weighted = &infer.WeightedDraws{}
		sum := 0.
		for i := range 1000 {
			r.Weighted.Weights = append(r.Weighted.Weights, math.Exp(c.law(i)))
			sum += math.Exp(c.law(i))
		}
		for i := range r.Weighted.Weights {
			r.Weighted.Weights[i] /= sum
		}
		s.examine(t, r)
		if text := strings.Join(r.Warnings, "; "); (c.want == "") != (text == "") || !strings.Contains(text, c.want) {
			t.Errorf("warnings %q, want %q", text, c.want)
		}
	}
}
