package inverse

import (
	"math"
	"testing"

	"tweedie/rng"
)

// TestEffectiveSteps: autoregressive chains of n steps, of whose start a share is left at the end, are worth n (1 - rho)/(1 + rho)
// draws, within .3 and a tenth; N = 2,000.
func TestEffectiveSteps(t *testing.T) {
	const chains = 2000
	st := rng.New(1).Stream()
	for _, n := range []int{20, 100} {
		for _, left := range []float64{.999, .5, .05, 1e-3, 1e-8} {
			rho, r := math.Pow(left, 1/float64(n)), MALAReport{Proposed: int64(n) * chains, Accepted: 1}
			for range chains {
				p := newPoint(1)
				p.z[0] = st.Norm()
				m := newMemory(p)
				for range n {
					p.z[0] = rho*p.z[0] + math.Sqrt(1-rho*rho)*st.Norm()
					m.take(p)
				}
				one := MALAReport{Accepted: 1}
				m.report(&one)
				r.Add(one)
			}
			want := float64(n) * (1 - rho) / (1 + rho)
			if got := r.Effective(); math.Abs(got-want) > .3+.1*want {
				t.Errorf("%d steps that leave %g are worth %.2f draws, found %.2f", n, left, want, got)
			}
		}
	}
	if e := (MALAReport{Proposed: 3}).Effective(); !math.IsNaN(e) {
		t.Errorf("too few steps are worth %v draws", e)
	}
}
