package inverse

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Standardiser is a Noise that says of each datum how far off it is.
type Standardiser interface {
	Noise
	// Standardised sets dst_i to the number with the tail beyond it, under the standard normal law, that the datum y_i has
	// given the clean measurement: (y_i - clean_i)/sigma_i for Gaussian noise. At the truth it is standard normal; for
	// data on a lattice, whose tails count the datum itself, it is nearer to 0. Tails below 1e-300 may count as that much.
	Standardised(dst, y, clean []float64)
}

// Outlier is a datum that the noise does not explain.
type Outlier struct {
	// Index is its entry of y.
	Index int
	// Deviations is what Standardised says of it.
	Deviations float64
}

// Outliers returns the data whose tail, given the clean measurement, has a probability below 0.01/2m, so that of m data
// without fault one is listed with probability 0.01. The farthest off come first. The error says that the noise is no
// Standardiser.
func Outliers(noise Noise, y, clean []float64) ([]Outlier, error) {
	s, ok := noise.(Standardiser)
	if !ok {
		return nil, fmt.Errorf("noise %s has no method Standardised, which outliers are found by", noise.Kind())
	}
	z := make([]float64, len(y))
	s.Standardised(z, y, clean)
	limit := -mathext.NormalQuantile(.01 / (2 * float64(len(y))))
	var list []Outlier
	for i, v := range z {
		if !(math.Abs(v) <= limit) {
			list = append(list, Outlier{i, v})
		}
	}
	slices.SortStableFunc(list, func(a, b Outlier) int {
		switch size, other := math.Abs(a.Deviations), math.Abs(b.Deviations); {
		case size > other:
			return -1
		case size < other:
			return 1
		}
		return 0
	})
	return list, nil
}
