package diffusion

import "math"

// exponentialIntegrals sets in[n] to I_n = int_0^h e^(u-h) u^n/n! du, h > 0, by I_0 = 1 - e^-h, I_n = h^n/n! - I_(n-1),
// and for small h, where that cancels, by the series of (-1)^k h^(n+1+k)/(n+1+k)!.
func exponentialIntegrals(in []float64, h float64) {
	if h > 1 {
		power := 1.0
		in[0] = -math.Expm1(-h)
		for n := 1; n < len(in); n++ {
			power *= h / float64(n)
			in[n] = power - in[n-1]
		}
		return
	}
	first := 1.0
	for n := range in {
		first *= h / float64(n+1)
		term := first
		in[n] = 0
		for k := n + 2; math.Abs(term) > 1e-18*first; k++ {
			in[n] += term
			term *= -h / float64(k)
		}
	}
}

// exponentialWeights sets w[j] so that int_0^h e^(u-h) P(u) du = sum_j w[j] P(at[j]) for every polynomial P of degree
// below len(at): the weights of an exponential multistep rule with values of D at the log-SNRs at[j] relative to the
// step's start. len(w) = len(at) is at most 4.
func exponentialWeights(w, at []float64, h float64) {
	var integral [4]float64
	exponentialIntegrals(integral[:len(at)], h)
	for j, u := range at {
		c, degree := [4]float64{1}, 0 // the basis polynomial that is 1 at u and 0 at the other nodes
		for m, v := range at {
			if m == j {
				continue
			}
			degree++
			for n := degree; n >= 0; n-- {
				c[n] *= -v / (u - v)
				if n > 0 {
					c[n] += c[n-1] / (u - v)
				}
			}
		}
		w[j] = 0
		factorial := 1.0
		for n := range at {
			w[j] += c[n] * factorial * integral[n]
			factorial *= float64(n + 1)
		}
	}
}

// history keeps the last answers of the denoiser with the log-SNR lambda = -log sigma of each, newest first.
type history struct {
	lambda [4]float64
	d      [4][]float64
}

// push takes d, at noise level sigma, as the newest answer.
func (h *history) push(d []float64, sigma float64) {
	last := len(h.d) - 1
	old := h.d[last]
	copy(h.d[1:], h.d[:last])
	copy(h.lambda[1:], h.lambda[:last])
	h.d[0], h.lambda[0] = append(old[:0], d...), -math.Log(sigma)
}

// offsets returns the log-SNRs of the k newest answers relative to lambda.
func (h *history) offsets(k int, lambda float64) (at [4]float64) {
	for j := range k {
		at[j] = h.lambda[j] - lambda
	}
	return at
}

// advance sets dst = ratio x + sum_j w[j] D_j over the newest len(w) answers. dst may be x.
func (h *history) advance(dst, x []float64, ratio float64, w []float64) {
	for i, v := range x {
		v *= ratio
		for j, c := range w {
			v += c * h.d[j][i]
		}
		dst[i] = v
	}
}
