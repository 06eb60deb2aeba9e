package diffusion

import "math"

// BitsPerDim is -log2 p/D of data quantised in bins of width bin, the value of the density in nats being logp:
// bin is 1/256 for 8-bit images in [0, 1] and 1/128 in [-1, 1]. The images must have been dequantised by uniform noise
// over a bin; of data that never were integers the number means nothing.
func BitsPerDim(logp float64, d int, bin float64) float64 {
	return -logp/(float64(d)*math.Ln2) - math.Log2(bin)
}
