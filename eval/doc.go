// Package eval measures images against a truth, and samples against a law. With x an estimate, r the reference,
// x_1..x_n posterior samples and t the truth of one case:
//
//	RMSE       sqrt(mean (x-r)^2)                         PSNR   20 log10(range / RMSE), dB
//	SSIM       mean over windows of (2 m_x m_r + C1)(2 s_xr + C2) / ((m_x^2 + m_r^2 + C1)(s_x^2 + s_r^2 + C2))
//	chi^2      mean ((y - A x)/sigma)^2                   1 +- sqrt(2/m) at the truth
//	coverage   share of t inside its central interval     the level, if the posterior is right
//	rank       #{x_i < t}                                 uniform on 0..n, if the posterior is right (SBC)
//	spread     sqrt((1+1/n) mean var x) / RMSE(mean x)    1, if the posterior is right
//	CRPS       E|X-t| - E|X-X'|/2                         the lower the better; in the units of t
//	SW2        sqrt(E_u W2^2(u.X, u.Y)), u on the sphere  0 for equal laws
//	energy     2 E|X-Y| - E|X-X'| - E|Y-Y'|               0 for equal laws only
//	R-hat      sqrt(var+ / W) over half chains            1 for chains that have mixed
//	ESS        m n / (1 + 2 sum of autocorrelations)      independent draws that say as much
//	k          shape of the tail of importance weights    below .7 for weights that may be used
//
// ComparePosterior says by these and more whether samples are those of a reference. A metric of two samples is above
// zero even for two samples of one law: print its value between two independent reference samples of the same sizes
// beside it. Images are flat slices; a set of samples is one slice for each. A slice of the wrong length makes a
// function panic with a *autodiff.ShapeError.
package eval

import (
	"fmt"
	"math"

	"tweedie/autodiff"
)

// Estimate holds a value with its standard error; SE is NaN where there is none.
type Estimate struct{ Value, SE float64 }

// String returns the value with its standard error, "0.912 +- 0.013", or the value alone where there is none.
func (e Estimate) String() string {
	if math.IsNaN(e.SE) {
		return fmt.Sprintf("%.4g", e.Value)
	}
	return fmt.Sprintf("%.4g +- %.2g", e.Value, e.SE)
}

// MeanOf returns the mean of independent values with its standard error sd/sqrt(n), which is NaN for a single value. It
// panics with a *autodiff.ShapeError without values.
func MeanOf(values []float64) Estimate {
	mustHave("mean", "values", len(values), 1)
	n := float64(len(values))
	mean := 0.0
	for _, v := range values {
		mean += v / n
	}
	ss := 0.0
	for _, v := range values {
		ss += (v - mean) * (v - mean)
	}
	return Estimate{mean, math.Sqrt(ss / (n - 1) / n)} // 0/0 is NaN at n = 1
}

// mustMatch panics unless the argument arg of a metric holds want numbers.
func mustMatch(metric, arg string, got, want int) {
	if got != want {
		panic(&autodiff.ShapeError{Op: "eval." + metric, Msg: fmt.Sprintf("%s has %d entries where %d belong", arg, got, want)})
	}
}

// mustHave panics unless a metric was given at least least of what arg names.
func mustHave(metric, arg string, got, least int) {
	if got < least {
		panic(&autodiff.ShapeError{Op: "eval." + metric, Msg: fmt.Sprintf("%d %s are given where at least %d belong", got, arg, least)})
	}
}

// mustBeSamples panics unless there are at least least samples, all of dimension d > 0.
func mustBeSamples(metric string, samples [][]float64, least, d int) {
	mustHave(metric, "samples", len(samples), least)
	mustHave(metric, "dimensions", d, 1)
	for i, s := range samples {
		mustMatch(metric, fmt.Sprintf("sample %d", i), len(s), d)
	}
}
