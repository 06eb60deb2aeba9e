package inverse

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/autodiff"
)

// Quartiles of |n| for a standard normal n.
const lowerQuartile, median, upperQuartile = 0.318639, 0.674490, 1.150349

// leastSide is the least height and width of a measurement whose detail is looked at, and leastDetail the least number of
// coefficients.
const leastSide, leastDetail = 16, 49

// detailSigma estimates sigma from the finest detail of a measurement that is an image.
func detailSigma(op Operator, y []float64, mean, std float64) (sigma float64, method string, err error) {
	shape := op.OutShape()
	if shape.Rank() < 2 || shape.Dim(shape.Rank()-1) < leastSide || shape.Dim(shape.Rank()-2) < leastSide {
		return 0, "", fmt.Errorf("a measurement of shape %v is no image of %d x %d at least", shape, leastSide, leastSide)
	}
	if !local(op, mean, std) {
		return 0, "", fmt.Errorf("%s spreads single pixels over the measurement, which is no image therefore", op.Name())
	}
	size := diagonals(y, shape)
	n := float64(len(size))
	if len(size) < leastDetail {
		return 0, "", fmt.Errorf("only %d wavelet coefficients have all of their data, where %d are needed", len(size), leastDetail)
	}
	slices.Sort(size)
	at := func(p float64) float64 { return size[int(p*n)] }
	sigma = at(.5) / median
	largest := 0.0
	for _, v := range y {
		if !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	// The quotient of the quartiles of normal coefficients has a standard error of 1.72/sqrt(n) of itself.
	quotient := at(.75) / at(.25) / (upperQuartile / lowerQuartile)
	switch {
	case !(at(.25) > 1e-12*largest):
		return 0, "", errors.New("a quarter of the measurement's finest detail is zero, so that it is without noise or rounded")
	case quotient > 1+4*1.72/math.Sqrt(n):
		return 0, "", fmt.Errorf("its finest detail is not Gaussian (the quartiles are %.2f times as far apart as a Gaussian's), so that the image outweighs the noise", quotient)
	}
	return sigma, fmt.Sprintf("the median size of %d diagonal wavelet coefficients of the measurement, over 0.6745; standard error %.2g%%, too large where the image has detail of a pixel's size",
		len(size), 100*1.17/math.Sqrt(n)), nil
}

// local reports whether one pixel changes a small part of a measurement alone, at most a tenth by more than a hundredth of
// the largest change. It tries pixels until one is seen.
func local(op Operator, mean, std float64) bool {
	n, m := op.InShape().Size(), op.OutShape().Size()
	x, here, there := make([]float64, n), make([]float64, m), make([]float64, m)
	for i := range x {
		x[i] = mean
	}
	if std == 0 {
		std = 1
	}
	op.Apply(here, x)
	w := 1
	if r := op.InShape().Rank(); r > 1 {
		w = op.InShape().Dim(r - 1)
	}
	for try := range 8 {
		i := (n/2 + w/2 + try*(w+1)) % n
		x[i] += std
		op.Apply(there, x)
		x[i] = mean
		largest, touched := 0.0, 0
		for k, v := range there {
			there[k] = math.Abs(v - here[k])
			largest = max(largest, there[k])
		}
		if largest == 0 {
			continue
		}
		for _, v := range there {
			if v > .01*largest {
				touched++
			}
		}
		return touched <= m/10
	}
	return false
}

// diagonals returns the sizes of the diagonal coefficients of the finest level of a wavelet transform with the four taps of
// Daubechies, over the images of the last two dimensions. Those that touch NaN are left out.
func diagonals(y []float64, shape autodiff.Shape) (size []float64) {
	h, w := shape.Dim(shape.Rank()-2), shape.Dim(shape.Rank()-1)
	root := math.Sqrt(3)
	taps := [4]float64{1 - root, root - 3, 3 + root, -1 - root}
	for k := range taps {
		taps[k] /= 4 * math.Sqrt2
	}
	for ; len(y) > 0; y = y[h*w:] {
		for top := 0; top+4 <= h; top += 2 {
			for left := 0; left+4 <= w; left += 2 {
				sum := 0.0
				for a, ta := range taps {
					for b, tb := range taps {
						sum += ta * tb * y[(top+a)*w+left+b]
					}
				}
				if !math.IsNaN(sum) {
					size = append(size, math.Abs(sum))
				}
			}
		}
	}
	return size
}
