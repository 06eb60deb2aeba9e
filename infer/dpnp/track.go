package dpnp

import "tweedie/infer"

// trackNames returns the names of what track returns.
func (e *engine) trackNames() []string {
	names := []string{"log-likelihood"}
	if e.spread.axis != nil {
		names = append(names, "first component")
	}
	return append(names, "a pixel in the first half", "the pixel in the middle", "a pixel in the second half")
}

// track returns the numbers of an image that are followed to see whether chains mix: the log-likelihood, the coordinate
// along the axis of the prior where it is known, and three pixels.
func (e *engine) track(x []float64) []float64 {
	out := []float64{-e.p.Likelihood.NegLog(x)}
	if e.spread.axis != nil {
		out = append(out, project(x, e.spread.mean, e.spread.axis))
	}
	return append(out, x[e.d/4], x[e.d/2], x[3*e.d/4])
}

// leastFollowed is the number of rounds that chains must have been followed to be compared.
const leastFollowed = 12

// tracks returns what was followed, by number and chain; nil when that is too short to be compared.
func (c *chains) tracks() []infer.Track {
	names, n := c.trackNames(), len(c.x)/c.d
	if len(c.followed) < leastFollowed*n*len(names) {
		return nil
	}
	var out []infer.Track
	for k, name := range names {
		t := infer.Track{Name: name, Chains: make([][]float64, n)}
		for i := k; i < len(c.followed); i += len(names) {
			chain := i / len(names) % n
			t.Chains[chain] = append(t.Chains[chain], c.followed[i])
		}
		out = append(out, t)
	}
	return out
}
