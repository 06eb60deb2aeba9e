package eval_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tweedie/eval"
	"tweedie/rng"
)

// TestFindModes checks that separate groups are found with their weights, in 2 and in 100 dimensions, and that laws of
// one mode have one.
func TestFindModes(t *testing.T) {
	const n = 1000
	for _, d := range []int{2, 100} {
		st := rng.New(11).Stream()
		x := draws(st, n, d, 0, .3)
		for i := range x {
			switch {
			case i < 600:
			case i < 900:
				x[i][0] += 4
			default:
				x[i][1] += 4
			}
		}
		m := eval.FindModes(x, 6, 1)
		if m.Count != 3 || math.Abs(m.Weights[0]-.6) > 1e-9 || math.Abs(m.Weights[2]-.1) > 1e-9 || m.Labels[0] != 0 || m.Labels[950] != 2 {
			t.Fatalf("d = %d: %d modes of weights %v in %d components, silhouette %v", d, m.Count, m.Weights, m.Components, m.Silhouette)
		}
		near(t, "first entry of the second centre", m.Centers[1][0], 4, 4*.3/math.Sqrt(300))
	}
	// Four corners of a long rectangle, whose short side is no larger than the spread along the long one.
	corners := draws(rng.New(12).Stream(), n, 2, 0, 1)
	for i, x := range corners {
		x[0], x[1] = 2*x[0]+float64(i%2*50), .02*x[1]+float64(i/2%2)
	}
	if m := eval.FindModes(corners, 6, 1); m.Count != 4 || m.Components != 2 {
		t.Errorf("four corners have %d modes in %d components, silhouette %v", m.Count, m.Components, m.Silhouette)
	}
	one := map[string]func(st *rng.Stream) float64{
		"normal":      func(st *rng.Stream) float64 { return st.Norm() },
		"uniform":     func(st *rng.Stream) float64 { return st.Float64() },
		"exponential": func(st *rng.Stream) float64 { return -math.Log(1 - st.Float64()) },
	}
	for name, law := range one {
		for _, d := range []int{1, 2, 8} {
			for seed := range uint64(4) {
				st := rng.New(20 + seed).Stream()
				x := draws(st, 400, d, 0, 1)
				for i := range x {
					for j := range x[i] {
						x[i][j] = law(st)
					}
				}
				if m := eval.FindModes(x, 6, seed); m.Count != 1 {
					t.Errorf("%s in %d dimensions has %d modes %v with silhouette %v in %d components", name, d, m.Count, m.Weights, m.Silhouette, m.Components)
				}
			}
		}
	}
	same := make([][]float64, 10)
	for i := range same {
		same[i] = []float64{1, 2}
	}
	if m := eval.FindModes(same, 3, 1); m.Count != 1 || m.Weights[0] != 1 {
		t.Errorf("equal draws have %+v", m)
	}
}

// TestCompareModes checks the law of P over 400 sets of chains that jump between two modes now and then, and that chains
// which do not jump are told.
func TestCompareModes(t *testing.T) {
	labels := [][]int{{0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1, 0, 1}}
	if a := eval.CompareModes(labels, 2); a.Chi2 != 0 || a.P != 1 || a.Thinning != 1 {
		t.Errorf("equal counts give %+v", a)
	}
	// Counts 3 1 and 1 3 with 2 expected everywhere: chi^2 2, and one degree of freedom.
	a := eval.CompareModes([][]int{{0}, {0}, {0}, {1}, {1}, {1}, {0}, {1}}, 2)
	near(t, "chi^2 of one-draw chains", a.Chi2, 8, 1e-12)
	near(t, "its P with 7 degrees of freedom", a.P, distuv.ChiSquared{K: 7}.Survival(8), 1e-12)
	st := rng.New(12).Stream()
	low := 0
	const sets = 400
	for range sets {
		chains := make([][]int, 4)
		for c := range chains {
			at := st.Intn(2)
			for range 200 {
				if st.Float64() < .2 { // tau = .8/.2 = 4
					at = 1 - at
				}
				chains[c] = append(chains[c], at)
			}
		}
		if eval.CompareModes(chains, 2).P < .05 {
			low++
		}
	}
	if share := float64(low) / sets; share > .05+4*math.Sqrt(.05*.95/sets) {
		t.Errorf("chains that agree have P < .05 in %v of the sets", share)
	}
	stuck := [][]int{make([]int, 50), make([]int, 50), make([]int, 50)}
	for t := range stuck[2] {
		stuck[2][t] = 1
	}
	if a := eval.CompareModes(stuck, 2); a.P > 1e-6 {
		t.Errorf("chains that stay in their modes have P = %v", a.P)
	}
}
