package eval

import "math"

// MSE returns the mean squared error of x, mean (x - r)^2.
func MSE(x, r []float64) float64 {
	mustMatch("MSE", "x", len(x), len(r))
	mustHave("MSE", "entries", len(r), 1)
	sum := 0.0
	for i, v := range r {
		sum += (x[i] - v) * (x[i] - v)
	}
	return sum / float64(len(r))
}

// RMSE returns the root mean square error sqrt(mean (x - r)^2), in the units of the images.
func RMSE(x, r []float64) float64 { return math.Sqrt(MSE(x, r)) }

// PSNR returns the peak signal-to-noise ratio 10 log10(dataRange^2 / MSE) in dB. dataRange is the width of the declared
// range of values, 1 for images in [0,1] and 2 for [-1,1], never the range of the images at hand. Equal images give
// +Inf.
func PSNR(x, r []float64, dataRange float64) float64 {
	return 10 * math.Log10(dataRange*dataRange/MSE(x, r))
}

// ChiSquared returns mean ((y - clean)/sigma)^2 over the m measurements. Its SE is sqrt(2/m), the standard deviation at
// the truth, so a fit is good when the value is within a few SE of 1. inverse.Likelihood computes it for any noise.
func ChiSquared(y, clean []float64, sigma float64) Estimate {
	return Estimate{MSE(y, clean) / (sigma * sigma), math.Sqrt(2 / float64(len(y)))}
}

// Mean returns the mean of the samples, entry by entry.
func Mean(samples [][]float64) []float64 {
	mustHave("Mean", "samples", len(samples), 1)
	mustBeSamples("Mean", samples, 1, len(samples[0]))
	m := make([]float64, len(samples[0]))
	for _, s := range samples {
		for i, v := range s {
			m[i] += v
		}
	}
	for i := range m {
		m[i] /= float64(len(samples))
	}
	return m
}

// Variance returns the unbiased variance of at least two samples, entry by entry.
func Variance(samples [][]float64) []float64 {
	mustHave("Variance", "samples", len(samples), 2)
	m := Mean(samples)
	v := make([]float64, len(m))
	for _, s := range samples {
		for i, x := range s {
			v[i] += (x - m[i]) * (x - m[i]) / float64(len(samples)-1)
		}
	}
	return v
}
