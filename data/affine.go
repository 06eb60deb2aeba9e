package data

import (
	"fmt"
	"math"
)

// Affine maps physical values x to model values m = Scale x + Shift. It is the only place where units change.
type Affine struct{ Scale, Shift float64 }

// Between returns the map that takes [lo, hi] to [modelLo, modelHi]; the error of an empty or infinite range says so.
func Between(lo, hi, modelLo, modelHi float64) (Affine, error) {
	a := Affine{Scale: (modelHi - modelLo) / (hi - lo)}
	a.Shift = modelLo - a.Scale*lo
	if !(hi > lo) || math.IsInf(hi-lo, 0) || a.Scale == 0 || math.IsNaN(a.Shift) || math.IsInf(a.Scale, 0) || math.IsInf(a.Shift, 0) {
		return Affine{}, fmt.Errorf("data: no affine map takes [%g, %g] to [%g, %g]: both must be finite and not empty", lo, hi, modelLo, modelHi)
	}
	return a, nil
}

// Model returns Scale x + Shift.
func (a Affine) Model(x float64) float64 { return float64(a.Scale*x) + a.Shift }

// Physical returns (m - Shift) / Scale.
func (a Affine) Physical(m float64) float64 { return (m - a.Shift) / a.Scale }

// ToModel sets dst[i] = Model(x[i]); dst may be x. It panics when the lengths differ.
func (a Affine) ToModel(dst, x []float32) {
	same(dst, x)
	for i, v := range x {
		dst[i] = float32(a.Model(float64(v)))
	}
}

// ToPhysical sets dst[i] = Physical(m[i]); dst may be m. It panics when the lengths differ.
func (a Affine) ToPhysical(dst, m []float32) {
	same(dst, m)
	for i, v := range m {
		dst[i] = float32(a.Physical(float64(v)))
	}
}

func same(dst, src []float32) {
	if len(dst) != len(src) {
		panic(fmt.Sprintf("data: %d values into %d", len(src), len(dst)))
	}
}

// Sigma returns the standard deviation |Scale| sigma, in model units, of noise whose physical one is sigma.
func (a Affine) Sigma(sigma float64) float64 { return math.Abs(a.Scale) * sigma }

// LogDet returns n log|Scale|, in nats: the density of n physical values is that of the model values times its exp.
func (a Affine) LogDet(n int) float64 { return float64(n) * math.Log(math.Abs(a.Scale)) }
