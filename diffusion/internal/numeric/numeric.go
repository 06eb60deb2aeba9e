// Package numeric holds the quadrature and the constant that diffusion and its closed forms share.
package numeric

import "math"

// Log2Pi is log(2 pi).
const Log2Pi = 1.8378770664093454835606594728112352797227949472755668

// LogSimpson returns int_a^b f(t) dt for 0 < a < b by Simpson's rule on n (even) intervals of log t.
func LogSimpson(f func(t float64) float64, a, b float64, n int) float64 {
	h := math.Log(b/a) / float64(n)
	sum := 0.0
	for i := 0; i <= n; i++ {
		w := float64(2 + 2*(i&1))
		if i == 0 || i == n {
			w = 1
		}
		t := a * math.Exp(float64(i)*h)
		sum += w * t * f(t)
	}
	return sum * h / 3
}
