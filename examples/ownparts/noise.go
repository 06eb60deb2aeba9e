package main

import (
	"fmt"
	"math"

	"tweedie/inverse"
	"tweedie/rng"
)

// StudentT is noise with outliers: y = clean + Scale z, where z has Student's t distribution with DoF degrees of freedom,
//
//	p(z) = Gamma((n+1)/2) / (Gamma(n/2) sqrt(n pi)) (1 + z^2/n)^(-(n+1)/2),   n = DoF.
type StudentT struct {
	DoF   float64 `json:"dof"` // above 2, so that the variance is finite
	Scale float64 `json:"scale"`
}

func init() { inverse.RegisterNoise(StudentT{DoF: 5, Scale: 1}) }

// Kind returns "student-t".
func (StudentT) Kind() string { return "student-t" }

// Validate names the first field that is out of range.
func (n StudentT) Validate(int) error {
	if !(n.DoF > 2 && n.DoF <= 1e6) {
		return &inverse.FieldError{Kind: n.Kind(), Field: "dof", Problem: fmt.Sprintf("is %v; it must lie above 2 and be at most 1e6", n.DoF)}
	}
	if !(n.Scale >= 1e-100 && n.Scale <= 1e100) {
		return &inverse.FieldError{Kind: n.Kind(), Field: "scale", Problem: fmt.Sprintf("is %v; it must lie between 1e-100 and 1e100", n.Scale)}
	}
	return nil
}

// Sample draws z = sqrt(n (u^(-2/n) - 1)) cos(2 pi v) with uniform u and v (Bailey 1994).
func (n StudentT) Sample(dst, clean []float64, st *rng.Stream) {
	for i, c := range clean {
		u, v := 1-st.Float64(), st.Float64()
		dst[i] = c + n.Scale*math.Sqrt(n.DoF*math.Expm1(-2/n.DoF*math.Log(u)))*math.Cos(2*math.Pi*v)
	}
}

// Loss returns the sum of (n+1)/2 ln(1 + z^2/n).
func (n StudentT) Loss(y, clean []float64) (sum float64) {
	for i, c := range clean {
		z := (y[i] - c) / n.Scale
		sum += (n.DoF + 1) / 2 * math.Log1p(z*z/n.DoF)
	}
	return sum
}

// NegLogLik returns Loss with the constant of the density.
func (n StudentT) NegLogLik(y, clean []float64) float64 {
	whole, _ := math.Lgamma((n.DoF + 1) / 2)
	half, _ := math.Lgamma(n.DoF / 2)
	constant := half - whole + math.Log(n.DoF*math.Pi)/2 + math.Log(n.Scale)
	return n.Loss(y, clean) + float64(len(y))*constant
}

// Residual sets dst to (n+1) r / (n Scale^2 + r^2) with r = clean - y: an outlier pulls less the farther out it lies.
func (n StudentT) Residual(dst, y, clean []float64) {
	for i, c := range clean {
		z := (c - y[i]) / n.Scale
		dst[i] = (n.DoF + 1) * z / (n.DoF + z*z) / n.Scale
	}
}

// ChiSquared divides the squares by the variance of z, n/(n-2).
func (n StudentT) ChiSquared(y, clean []float64) (sum float64) {
	for i, c := range clean {
		z := (y[i] - c) / n.Scale
		sum += z * z * (n.DoF - 2) / n.DoF
	}
	return sum
}
