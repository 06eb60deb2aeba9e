package dpnp

import (
	"fmt"
	"math"
	"slices"

	"tweedie/infer"
)

// fallen takes up what the fall of the coupling from a round to the next makes of the weights of chains,
//
//	log w += (1/(2 eta^2) - 1/(2 eta'^2)) |x - z|^2,
//
// by which the chains of a mode estimate the integral of the law at eta' over the mode, up to a common factor (annealed importance
// sampling, Neal 2001). Within a mode their logarithms have at most the variance that |x - z|^2 has where data say nothing, the sum of
// (d/2) (1 - eta^2/eta'^2)^2. A chain that is farther below the best one than n chains of one mode ever are is in a mode of no weight,
// and goes on from where one of the others is. The others stay, and with them the shares of the regions from which they came.
func (c *chains) fallen(eta, next float64) {
	if c.coupled != nil || c.method.Mode == AnnealedMode || next >= eta {
		return
	}
	n := len(c.x) / c.d
	if c.logw == nil {
		c.logw = make([]float64, n)
	}
	steeper := 1/(2*eta*eta) - 1/(2*next*next)
	for i := range n {
		c.logw[i] += steeper * squared(c.x[i*c.d:(i+1)*c.d], c.z[i*c.d:(i+1)*c.d])
	}
	by := 1 - eta*eta/(next*next)
	c.noise += float64(c.d) / 2 * by * by
	least := slices.Max(c.logw) - apartInMode(n, math.Sqrt(c.noise))
	var good []int
	for i, w := range c.logw {
		if w >= least {
			good = append(good, i)
		}
	}
	for i, st := range c.streams("chains.replaced", c.rounds, n) {
		if c.logw[i] >= least {
			continue
		}
		from := good[int(st.Float64()*float64(len(good)))]
		copy(c.x[i*c.d:(i+1)*c.d], c.x[from*c.d:(from+1)*c.d])
		copy(c.z[i*c.d:(i+1)*c.d], c.z[from*c.d:(from+1)*c.d])
		c.logw[i] = c.logw[from]
		c.replaced++
	}
}

// apartInMode returns how far below the largest of n log weights of one mode, with that deviation, one is hardly ever: the largest is
// about (2 log n)^1/2 deviations above the mean, and one by three below it has the probability .001. A weight that is known without noise
// may be a tenth.
func apartInMode(n int, deviation float64) float64 {
	return (math.Sqrt(2*math.Log(float64(n)))+3)*deviation + math.Log(10)
}

// tellReplaced says how many chains were replaced.
func (c *chains) tellReplaced(res *infer.Result) {
	if c.replaced > 0 {
		res.Notes = append(res.Notes, fmt.Sprintf("%d times one of %d chains was in a mode of no weight while eta fell, and went on from another chain", c.replaced, len(c.x)/c.d))
	}
}
