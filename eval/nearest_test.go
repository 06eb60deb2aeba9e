package eval_test

import (
	"fmt"
	"math"
	"testing"

	"tweedie/eval"
	"tweedie/rng"
)

// TestNearest checks that the search agrees with one pair by pair, whatever the blocks, and that a copy is at distance
// 0.
func TestNearest(t *testing.T) {
	st := rng.New(5).Stream()
	set, queries := draws(st, 57, 9, .5, .3), draws(st, 20, 9, .5, .3)
	queries[3] = append([]float64(nil), set[41]...)
	for _, size := range []int{1, 10, 57} {
		n := eval.NewNearest(queries)
		if d := n.Distances()[0]; !math.IsInf(d, 1) || n.Index()[0] != -1 {
			t.Errorf("before any image the distance is %v to image %d", d, n.Index()[0])
		}
		for lo := 0; lo < len(set); lo += size {
			n.Add(set[lo:min(lo+size, len(set))])
		}
		got, at := n.Distances(), n.Index()
		for i, q := range queries {
			best, which := math.Inf(1), -1
			for j, x := range set {
				d := 0.
				for k := range x {
					d += (x[k] - q[k]) * (x[k] - q[k])
				}
				if d < best {
					best, which = d, j
				}
			}
			near(t, fmt.Sprintf("distance of query %d in blocks of %d", i, size), got[i], math.Sqrt(best), 1e-14)
			if at[i] != which {
				t.Errorf("in blocks of %d the nearest of query %d is %d, not %d", size, i, at[i], which)
			}
		}
		if got[3] != 0 || at[3] != 41 {
			t.Errorf("a copy of image 41 is at distance %v from image %d", got[3], at[3])
		}
	}
	// Far from the origin, where the product of norms has lost most digits, the distance has not.
	far := eval.NewNearest([][]float64{{1e6, 1e6 + 1e-3}})
	far.Add([][]float64{{1e6, 1e6}})
	near(t, "a small distance between large numbers", far.Distances()[0], 1e-3, 1e-9)
}

func TestNearestOfBadShapes(t *testing.T) {
	for name, f := range map[string]func(){
		"no queries":    func() { eval.NewNearest(nil) },
		"other lengths": func() { eval.NewNearest([][]float64{{1}}).Add([][]float64{{1, 2}}) },
		"empty block":   func() { eval.NewNearest([][]float64{{1}}).Add(nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func ExampleNearest() {
	n := eval.NewNearest([][]float64{{0, 0}, {3, 3}})
	n.Add([][]float64{{3, 4}, {0, 2}})
	fmt.Println(n.Distances(), n.Index())
	// Output: [2 1] [1 0]
}

// TestRootRatio checks that pairs whose errors are four times their variances have the ratio one half, and that the
// standard error is the deviation of repeated draws.
func TestRootRatio(t *testing.T) {
	e := eval.RootRatio([]float64{1, 2, 3}, []float64{4, 8, 12})
	near(t, "ratio of proportional pairs", e.Value, .5, 1e-15)
	near(t, "its standard error", e.SE, 0, 1e-15)
	st := rng.New(6).Stream()
	var values, ses []float64
	for range 400 { // variances 1, errors chi^2 of 10 degrees over 10: the root of their ratio is near 1
		v, sq := make([]float64, 50), make([]float64, 50)
		for k := range v {
			v[k] = 1
			for range 10 {
				z := st.Norm()
				sq[k] += z * z / 10
			}
		}
		r := eval.RootRatio(v, sq)
		values, ses = append(values, r.Value), append(ses, r.SE)
	}
	spread := eval.MeanOf(values).SE * math.Sqrt(400)
	near(t, "mean ratio", eval.MeanOf(values).Value, 1, 4*spread/20+.01)
	near(t, "mean standard error over the spread of ratios", eval.MeanOf(ses).Value/spread, 1, 4/math.Sqrt(800))
}
