package train

import (
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/rng"
)

// TestAdamFollowsItsRule runs both on the same 100 gradients of 37 numbers: the float32 steps stay within the rounding of
// the moments.
func TestAdamFollowsItsRule(t *testing.T) {
	const n, steps, lr = 37, 100, .01
	p := param(make([]float32, n)...)
	a := NewAdam([]*autodiff.Param{p})
	rule := AdamRule{LR: lr, Beta1: a.Beta1, Beta2: a.Beta2, Eps: a.Eps}
	x, g, g32 := make([]float64, n), make([]float64, n), make([]float32, n)
	st := rng.New(1).Stream()
	for range steps {
		st.FillNorm(g)
		for i, v := range g {
			g32[i] = float32(v)
			g[i] = float64(g32[i])
		}
		a.Step(lr, given(p, g32...))
		rule.Step(x, g)
	}
	for i, v := range p.Data() {
		if math.Abs(float64(v)-x[i]) > 1e-5*lr*steps {
			t.Errorf("number %d is %v after %d steps, the rule gives %v", i, v, steps, x[i])
		}
	}
}
