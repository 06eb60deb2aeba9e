package families

import (
	"fmt"
	"math"
	"tweedie/diffusion"
)

// veSteps is a VE process of a network that was trained at n noise levels only and takes the index of one, counted from
// the highest: label round((1-t)(n-1)) at time t, halves to even.
type veSteps struct {
	ve diffusion.Schedule
	n  int
}

func newVESteps(s diffusion.Schedule, n int) (diffusion.Levels, error) {
	if s.Kind() != "ve" {
		return nil, fmt.Errorf(`label "index" is of ve, not of %s`, s.Kind())
	}
	if n < 2 || n > maxSteps {
		return nil, fmt.Errorf("steps is %d; want 2 to %d", n, maxSteps)
	}
	return veSteps{s, n}, nil
}

// Level is the noise level r with the index of the nearest that the network knows.
func (v veSteps) Level(r float64) diffusion.Level {
	t := min(1, max(0, v.ve.Time(r)))
	return diffusion.Level{Alpha: 1, Sigma: r, Label: math.RoundToEven((1 - t) * float64(v.n-1))}
}
