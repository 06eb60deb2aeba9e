package diffusion

import "math"

// BitsPerDim returns -log2(p)/D in bits for data quantised in bins of width bin, from the log-density logp in nats and
// the number d of elements. bin is 1/256 for 8-bit images in [0, 1] and 1/128 in [-1, 1]. The images must have been
// dequantised by uniform noise over a bin; for data that never were integers the number means nothing.
func BitsPerDim(logp float64, d int, bin float64) float64 {
	return -logp/(float64(d)*math.Ln2) - math.Log2(bin)
}
