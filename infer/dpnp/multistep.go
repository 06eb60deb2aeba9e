package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
	"tweedie/rng"
)

// DDSMultistep draws by the flow of DDSDDIM with multistep rules, at one evaluation a step. With theta of DDSDDIM and s
// given by sinh s = cot theta, so that theta falls from pi/2 as s rises from 0, and Q = eta (m's noisy image)/(its noise
// level),
//
//	dQ = D(m, v) d(sinh s),   m = (z + Q sinh s)/cosh^2 s,   sqrt v = eta/cosh s,   Q = eta n at s = 0,   x = D at s = infinity.
//
// D is replaced by the polynomial through its last three values. Without Correct the polynomial is one in the logarithm of
// sinh s, the log-SNR of the flow: DPM-Solver++ (Lu et al. 2022). With Correct it is one in tanh s = cos theta, in which D
// is linear both for a prior far broader than eta and for one far narrower, and each step is corrected with the value at
// its end, as in UniPC (Zhao et al. 2023); the last three values give D at infinity. The first value, at s = 0, is D(z,
// eta), so nothing is lost at the start.
type DDSMultistep struct {
	Steps   int       // N, at least 2; network evaluations per draw
	Correct bool      // predictor and corrector
	Reach   float64   // the largest s; 0 is 1.3 sqrt(N-1), at most 7.6
	Levels  []float64 // of a discrete schedule, ascending: evaluations move to the nearest below eta; nil takes any
}

// Name returns "unipc" with the corrector and "dpm++" without.
func (d DDSMultistep) Name() string {
	if d.Correct {
		return "unipc"
	}
	return "dpm++"
}

// Grid returns the levels eta/cosh s, moved to Levels where there are any.
func (d DDSMultistep) Grid(eta float64) []float64 {
	_, levels := d.points(eta)
	return levels
}

// Draw replaces each z of x by a draw. It fails when no level of Levels lies below eta.
func (d DDSMultistep) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	return d.DrawWith(e, x, eta, func(w []float64) { infer.FillNorms(w, streams) })
}

// DrawWith is Draw with normals in the place of the streams.
func (d DDSMultistep) DrawWith(e *infer.Evaluator, z []float64, eta float64, normals func(w []float64)) error {
	if d.Steps < 2 {
		return fmt.Errorf("%s takes at least 2 steps, not %d", d.Name(), d.Steps)
	}
	s, levels := d.points(eta)
	if len(levels) == 0 {
		return fmt.Errorf("eta %g is below the least training level %g", eta, d.Levels[0])
	}
	q, m, trial := make([]float64, len(z)), make([]float64, len(z)), make([]float64, len(z))
	normals(q)
	for j := range q {
		q[j] *= eta
	}
	copy(trial, q)
	var past pastValues
	rule := rule{logarithmic: !d.Correct}
	for i := range s {
		sinh, cosh2 := math.Sinh(s[i]), math.Pow(math.Cosh(s[i]), 2)
		for j := range m {
			m[j] = (z[j] + trial[j]*sinh) / cosh2
		}
		if err := e.Denoise(past.next(len(z)), m, levels[i]); err != nil {
			return err
		}
		switch {
		case !d.Correct:
			copy(q, trial)
		case i > 0:
			past.add(q, q, rule.weights(s[max(0, i-order):i+1], s[i-1], s[i]))
		}
		if i+1 < len(s) {
			past.add(trial, q, rule.weights(s[max(0, i+1-order):i+1], s[i], s[i+1]))
		}
	}
	clear(z)
	past.add(z, z, rule.last(s[max(0, len(s)-order):]))
	return nil
}

// pastValues keeps the last values of D, newest first.
type pastValues [order + 1][]float64

// next drops the oldest value and returns the memory of the newest, of n numbers.
func (p *pastValues) next(n int) []float64 {
	old := p[order]
	copy(p[1:], p[:order])
	if old == nil {
		old = make([]float64, n)
	}
	p[0] = old
	return old
}

// add sets dst = x + sum_j w[j] D_j, with the weights in the order of time: the last belongs to the newest value.
func (p *pastValues) add(dst, x, w []float64) {
	for i, v := range x {
		for j, c := range w {
			v += c * p[len(w)-1-j][i]
		}
		dst[i] = v
	}
}
