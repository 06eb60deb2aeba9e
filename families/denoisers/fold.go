package denoisers

import "fmt"

// Fold multiplies row k of the weights w [K,...] of a convolution by scale[k], in place. A norm y = g (x - m)/s + b
// behind the convolution is then part of it, with scale = g/s and the additive constant b - m scale, which an affine
// network keeps and a bias-free one does not have. It returns an error when the rows do not fit.
func Fold(w []float32, scale []float64) error {
	if len(scale) == 0 || len(w)%len(scale) != 0 {
		return fmt.Errorf("denoisers: %d scales for %d weights: want one for each of the convolution's channels", len(scale), len(w))
	}
	n := len(w) / len(scale)
	for i := range w {
		w[i] = float32(float64(w[i]) * scale[i/n])
	}
	return nil
}
