package infer

import (
	"math"
	"slices"

	"tweedie/rng"
)

// Split returns a copy of each of the images that lie in x in a row, of d values each.
func Split(x []float64, d int) [][]float64 {
	var out [][]float64
	for i := 0; i < len(x); i += d {
		out = append(out, slices.Clone(x[i:i+d]))
	}
	return out
}

// FillNorms fills each of the images that lie in w in a row with standard normal numbers from its own stream.
func FillNorms(w []float64, streams []*rng.Stream) {
	d := len(w) / len(streams)
	for i, st := range streams {
		st.FillNorm(w[i*d : (i+1)*d])
	}
}

// MeanAndError returns the mean of v and its standard error, 0 for a single value.
func MeanAndError(v []float64) (mean, se float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	for _, x := range v {
		se += (x - mean) * (x - mean)
	}
	if n < 2 {
		return mean, 0
	}
	return mean, math.Sqrt(se / (n - 1) / n)
}
