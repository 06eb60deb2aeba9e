package reddiff

import (
	"math"

	"tweedie/internal/config"
)

// Weighting names the weight W(r) of the regulariser as a function of r = sigma/alpha.
type Weighting string

// The weightings of the RED-diff paper and code; Linear is the paper's.
const (
	Linear      Weighting = "linear"       // r
	Sqrt        Weighting = "sqrt"         // r^(1/2)
	SquareW     Weighting = "square"       // r^2
	LogW        Weighting = "log"          // ln(1+r)
	TruncLinear Weighting = "trunc_linear" // min(r, 1)
	TwoThirds   Weighting = "power2over3"  // r^(2/3)
	ConstW      Weighting = "const"        // 1
)

var weightings = map[Weighting]func(r float64) float64{
	Linear:      func(r float64) float64 { return r },
	Sqrt:        math.Sqrt,
	SquareW:     func(r float64) float64 { return r * r },
	LogW:        math.Log1p,
	TruncLinear: func(r float64) float64 { return math.Min(r, 1) },
	TwoThirds:   func(r float64) float64 { return math.Cbrt(r * r) },
	ConstW:      func(float64) float64 { return 1 },
}

// Weight returns W(r). It panics when w is not one of the weightings.
func (w Weighting) Weight(r float64) float64 { return weightings[w](r) }

func (w Weighting) validate() error {
	c := config.Check("red-diff")
	c.Name("weighting", string(w), "linear", "sqrt", "square", "log", "trunc_linear", "power2over3", "const")
	return c.Err()
}
