package eval_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"tweedie/eval"
	"tweedie/rng"
)

// metricOf returns a metric by name.
func metricOf(t *testing.T, c eval.Comparison, name string) eval.Metric {
	t.Helper()
	for _, m := range c.Metrics {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("there is no metric %s", name)
	return eval.Metric{}
}

// quick is a comparison for tests.
func quick() eval.CompareConfig {
	c := eval.DefaultCompare()
	c.Directions, c.Ascent, c.Splits, c.Max = 20, 20, 6, 200
	return c
}

// TestMaxSliced has sets whose largest distance is known: a copy that is shifted, and one that is stretched along one
// axis.
func TestMaxSliced(t *testing.T) {
	b := draws(rng.New(30).Stream(), 400, 6, 0, 1)
	a := make([][]float64, len(b))
	for i, x := range b {
		a[i] = append([]float64(nil), x...)
		for j := range x {
			a[i][j] += float64(j)
		}
	}
	random, refined := eval.MaxSlicedWasserstein2(a, b, 50, 30, 1)
	near(t, "distance of a shifted copy", refined, math.Sqrt(55), 1e-9)
	if random > refined || random < 2 {
		t.Errorf("the largest over random directions is %v", random)
	}
	if _, refined := eval.MaxSlicedWasserstein2(a, b, 1, 0, 1); math.Abs(refined-math.Sqrt(55)) > 1e-9 {
		t.Errorf("without a step the distance of a shifted copy is %v", refined)
	}
	// Draws in pairs x, -x, so that the difference of the means shows no way.
	var square float64
	for i, x := range b {
		if i%2 == 1 {
			for j := range x {
				x[j] = -b[i-1][j]
			}
		}
		copy(a[i], x)
		a[i][2] = 3 * x[2]
		square += 4 * x[2] * x[2] / float64(len(b))
	}
	random, refined = eval.MaxSlicedWasserstein2(a, b, 10, 60, 1)
	// Along the axis the distance is that of the quantiles, and no direction has a larger one, but for chance.
	if refined < .999*math.Sqrt(square) || refined > 1.02*math.Sqrt(square) || random > .98*refined {
		t.Errorf("stretched: random %v, refined %v, along the axis %v", random, refined, math.Sqrt(square))
	}
	// Over all directions drawn, and with sets of unequal sizes.
	random, _ = eval.MaxSlicedWasserstein2(a[:100], b, 1, 0, 5)
	u := make([]float64, 6)
	rng.New(5).Split("direction", 0).Stream().FillNorm(u)
	norm, pa, pb := 0., []float64{}, []float64{}
	for _, v := range u {
		norm += v * v
	}
	project := func(x []float64) (sum float64) {
		for j, v := range x {
			sum += v * u[j] / math.Sqrt(norm)
		}
		return sum
	}
	for i := range b {
		if i < 100 {
			pa = append(pa, project(a[i]))
		}
		pb = append(pb, project(b[i]))
	}
	near(t, "distance along one direction", random, eval.Wasserstein2(pa, pb), 1e-12)
}

// TestCompareMoments compares with values by hand.
func TestCompareMoments(t *testing.T) {
	a := [][]float64{{0, 1}, {2, 1}, {4, 1}}
	b := [][]float64{{1, 1}, {1, 1}, {4, 1}}
	m, v := eval.CompareMoments(a, b)
	near(t, "z of the mean", m.Z, 0, 0)
	if m.Entries != 0 && m.Entries != 1 || v.Entries != 1 {
		t.Errorf("%d means and %d covariances are compared", m.Entries, v.Entries)
	}
	// Variances 4 and 3; squares 4 0 4 about 8/3 and 1 1 4 about 2: squared errors of their means 32/18 and 6/6.
	near(t, "z of the variance", v.Z, 1/math.Sqrt(32./18+1), 1e-12)
	// Under equal laws P is uniform or larger; 300 pairs of 150 and 400 draws in 5 dimensions.
	st := rng.New(31).Stream()
	for _, d := range []int{5, 300} {
		sets, low, lowCov := 300, 0., 0.
		if d > 256 {
			sets = 60
		}
		for range sets {
			m, v := eval.CompareMoments(draws(st, 150, d, 1, 2), draws(st, 400, d, 1, 2))
			if m.P() < .05 {
				low++
			}
			if v.P() < .05 {
				lowCov++
			}
			if want := map[int]int{5: 15, 300: 300}[d]; m.Entries != d || v.Entries != want {
				t.Fatalf("%d dimensions: %d means and %d covariances", d, m.Entries, v.Entries)
			}
		}
		n := float64(sets)
		limit := .05 + 4*math.Sqrt(.05*.95/n)
		if low/n > limit || d == 5 && lowCov/n > limit+.03 { // squares are skew at 150 draws
			t.Errorf("%d dimensions: P < .05 for %.3f of the means and %.3f of the covariances", d, low/n, lowCov/n)
		}
	}
}

// TestCompareAlike checks over 15 pairs of samples of one law how often a metric differs: nearly never.
func TestCompareAlike(t *testing.T) {
	var different []string
	for seed := range uint64(15) {
		st := rng.New(40 + seed).Stream()
		cfg := quick()
		cfg.Seed = seed
		c, err := eval.ComparePosterior(draws(st, 150, 4, 0, 1), draws(st, 500, 4, 0, 1), cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range c.Metrics {
			if m.Differs {
				different = append(different, fmt.Sprintf("%d %s %.3g %.3g+-%.3g", seed, m.Name, m.Value, m.Floor, m.FloorSD))
			}
		}
		if near := metricOf(t, c, "c2st_neighbours"); math.Abs(near.Floor-.5) > 4*.5/math.Sqrt(300) {
			t.Errorf("seed %d: the accuracy within the reference is %v", seed, near.Floor)
		}
	}
	if len(different) > 1 {
		t.Errorf("of 15 pairs of one law these differ: %v", different)
	}
}

// TestCompareDifferent checks which metrics see which difference.
func TestCompareDifferent(t *testing.T) {
	const d = 4
	two := func(st *rng.Stream, n int, weight float64) [][]float64 {
		x := draws(st, n, d, 0, .4)
		for _, v := range x {
			if st.Float64() < weight {
				v[0] += 4
			} else {
				v[0] -= 4
			}
		}
		return x
	}
	plain := func(st *rng.Stream) [][]float64 { return draws(st, 600, d, 0, 1) }
	all := []string{"max_sliced_wasserstein2", "max_sliced_wasserstein2_random", "mmd2", "energy_distance"}
	for name, row := range map[string]struct {
		a, b func(st *rng.Stream) [][]float64
		seen []string
	}{
		"mean":    {func(st *rng.Stream) [][]float64 { return draws(st, 200, d, .5, 1) }, plain, append([]string{"c2st_logistic", "c2st_neighbours", "mean_max_z"}, all...)},
		"spread":  {func(st *rng.Stream) [][]float64 { return draws(st, 200, d, 0, .6) }, plain, append([]string{"c2st_logistic", "c2st_neighbours", "covariance_max_z"}, all...)},
		"weights": {func(st *rng.Stream) [][]float64 { return two(st, 200, .1) }, func(st *rng.Stream) [][]float64 { return two(st, 600, .6) }, append([]string{"c2st_logistic", "mean_max_z", "mode_weights_tv"}, all...)},
	} {
		st := rng.New(50).Stream()
		a, b := row.a(st), row.b(st)
		c, err := eval.ComparePosterior(a, b, quick())
		if err != nil {
			t.Fatal(err)
		}
		if !c.Differs {
			t.Errorf("%s: no difference", name)
		}
		for _, seen := range row.seen {
			if m := metricOf(t, c, seen); !m.Differs {
				t.Errorf("%s: %s does not see it: %.4g over a floor of %.4g +- %.2g", name, seen, m.Value, m.Floor, m.FloorSD)
			}
		}
		if name == "weights" {
			if c.Modes == nil || math.Abs(c.Modes.Samples[0]-.1) > 4*.3/math.Sqrt(200) || math.Abs(c.Modes.Reference[0]-.6) > 4*.5/math.Sqrt(600) {
				t.Errorf("modes are %+v", c.Modes)
			}
		} else if c.Modes != nil {
			t.Errorf("%s: a law of one mode has %+v", name, c.Modes)
		}
	}
}

// TestCompareRepeats checks that the outcome depends on the seed alone, and can be written as JSON.
func TestCompareRepeats(t *testing.T) {
	st := rng.New(60).Stream()
	a, b := draws(st, 60, 3, 0, 1), draws(st, 90, 3, 0, 1)
	one, err := eval.ComparePosterior(a, b, quick())
	if err != nil {
		t.Fatal(err)
	}
	two, _ := eval.ComparePosterior(a, b, quick())
	if !reflect.DeepEqual(one, two) {
		t.Error("the same comparison has two outcomes")
	}
	if one.Compared != [2]int{45, 45} || one.Pairs != [2]int{45, 45} {
		t.Errorf("60 samples and 90 of the reference: %v and %v are compared", one.Compared, one.Pairs)
	}
	if _, err := json.Marshal(one); err != nil {
		t.Error(err)
	}
	same := make([][]float64, 60)
	for i := range same {
		same[i] = []float64{1, 2, 3}
	}
	if c, err := eval.ComparePosterior(same, same, quick()); err != nil || c.Differs {
		t.Errorf("constant draws: %+v, %v", c, err)
	} else if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
	if c, err := eval.ComparePosterior(same, b, quick()); err != nil || !c.Differs {
		t.Errorf("constant samples: %+v, %v", c, err)
	} else if _, err := json.Marshal(c); err != nil {
		t.Error(err)
	}
}

func TestCompareErrors(t *testing.T) {
	st := rng.New(61).Stream()
	a, b := draws(st, 30, 3, 0, 1), draws(st, 50, 3, 0, 1)
	bad := quick()
	bad.Splits = 1
	ragged, nan := append([][]float64{{1}}, b...), draws(st, 50, 3, 0, 1)
	nan[7][2] = math.NaN()
	for want, f := range map[string]func() error{
		"samples: 10 draws":                        func() error { _, err := eval.ComparePosterior(a[:10], b, quick()); return err },
		"reference: 30":                            func() error { _, err := eval.ComparePosterior(a, b[:30], quick()); return err },
		"have 1 values and those of the samples 3": func() error { _, err := eval.ComparePosterior(a, ragged, quick()); return err },
		"draw 51 has 1": func() error {
			_, err := eval.ComparePosterior(a, append(b[:50:50], b[0], []float64{1}), quick())
			return err
		},
		"NaN in pixel 2 of sample 7":         func() error { _, err := eval.ComparePosterior(a, nan, quick()); return err },
		"splits is 1; it must lie between 3": func() error { _, err := eval.ComparePosterior(a, b, bad); return err },
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %q", err, want)
		}
	}
}
