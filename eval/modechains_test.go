package eval_test

import (
	"testing"

	"tweedie/eval"
	"tweedie/rng"
)

// Chains that visit modes alike are found unequal about as often as P says, although their memory is learned from few draws: of
// 4 chains that stay in one of two modes for tau draws, N = 2,000 each, at most 8 in 1,000 have P < .001.
func TestModesOfShortChains(t *testing.T) {
	st := rng.New(1).Stream()
	for _, c := range []struct {
		n   int
		tau float64
	}{{16, 1}, {16, 2}, {16, 3}, {64, 3}, {64, 8}} {
		const cases = 2000
		stay := (c.tau - 1) / (c.tau + 1)
		mode := func() int {
			if st.Float64() < .4 {
				return 1
			}
			return 0
		}
		rare := 0
		for range cases {
			labels := make([][]int, 4)
			for k := range labels {
				at := mode()
				for range c.n {
					labels[k] = append(labels[k], at)
					if st.Float64() > stay {
						at = mode()
					}
				}
			}
			if eval.CompareModes(labels, 2).P < .001 {
				rare++
			}
		}
		t.Logf("%d draws, %g of them alike: %d of %d have P < .001", c.n, c.tau, rare, cases)
		if rare > 8*cases/1000 {
			t.Errorf("%d draws, %g of them alike: %d of %d have P < .001", c.n, c.tau, rare, cases)
		}
	}
}
