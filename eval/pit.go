package eval

import "tweedie/rng"

// RandomizedPIT returns the randomised probability integral transform of a truth among draws that count in proportion to weights,
// which sum to 1; nil stands for equal ones. With n = 1/sum w^2, the equal draws that they are worth,
//
//	u = (n W_below + v (1 + n W_equal)) / (n + 1),   v uniform in [0, 1)
//
// where W are the weights of the draws below the truth and equal to it. Of equal weights it is (rank + v)/(n + 1), and for a truth of
// the law of independent draws exactly uniform, whatever their number and whether or not values coincide.
func RandomizedPIT(draws, weights []float64, truth float64, st *rng.Stream) float64 {
	mustHave("RandomizedPIT", "draws", len(draws), 1)
	if weights != nil {
		mustMatch("RandomizedPIT", "weights", len(weights), len(draws))
	}
	below, equal, squares := 0., 0., 0.
	for i, x := range draws {
		w := 1 / float64(len(draws))
		if weights != nil {
			w = weights[i]
		}
		squares += w * w
		if x < truth {
			below += w
		} else if x == truth {
			equal += w
		}
	}
	n := 1 / squares
	return (n*below + st.Float64()*(1+n*equal)) / (n + 1)
}
