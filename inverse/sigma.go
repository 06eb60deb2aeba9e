package inverse

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"tweedie/internal/absent"
)

// EstimateSigma estimates the sigma of Gaussian noise, one for all data, from a measurement y = A(x) + sigma n alone. NaN in y is
// an entry that is missing. The prior's pixels have the mean and the deviation std, 0 when it is not known. It returns how it
// was done, with the relative standard error, for a person to read. Of two ways it takes the first that applies:
//
//   - What A hardly reaches is noise. Along the directions u of a measurement with singular values g of A so small that
//     std g is below a tenth of sigma, sigma^2 is the mean of (u^T (y - A mean))^2, which is too large by a hundredth at most
//     where the image varies along a direction as single pixels do. A is linear with at most 1024 pixels and data, or has an
//     SVD, and there are at least 50 such directions.
//   - The finest detail of a measurement that is an image is mostly noise: sigma is the median size of its diagonal wavelet
//     coefficients (Daubechies with 4 taps) over 0.6745 (Donoho and Johnstone 1994). Some of the image's own detail may be in it.
//
// The error says why neither serves, as of measurements that are no images, or whose finest detail is not Gaussian or missing.
func EstimateSigma(op Operator, y []float64, mean, std float64) (sigma float64, method string, err error) {
	switch {
	case absent.Is(op):
		return 0, "", errors.New("sigma: the operator is nil")
	case len(y) != op.OutShape().Size():
		return 0, "", fmt.Errorf("sigma: y has %d entries, but %s of %v gives %d", len(y), op.Name(), op.InShape(), op.OutShape().Size())
	case !(math.Abs(mean) <= math.MaxFloat64 && std >= 0 && std <= math.MaxFloat64):
		return 0, "", fmt.Errorf("sigma: the prior's mean %v and deviation %v must be finite, and the latter not negative", mean, std)
	case slices.ContainsFunc(y, func(v float64) bool { return math.IsInf(v, 0) }):
		return 0, "", errors.New("sigma: y has infinite entries")
	}
	sigma, method, unreached := unreachedSigma(op, y, mean, std)
	if unreached == nil {
		return sigma, method, nil
	}
	sigma, method, detail := detailSigma(op, y, mean, std)
	if detail == nil {
		return sigma, method, nil
	}
	return 0, "", fmt.Errorf("sigma cannot be estimated from this measurement: %w, and %w; give a number, or take the noise gaussian-unknown", unreached, detail)
}
