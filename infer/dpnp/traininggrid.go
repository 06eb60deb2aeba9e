package dpnp

import (
	"fmt"
	"math"

	"tweedie/infer"
	"tweedie/rng"
)

// TrainingGrid draws on the noise levels of a discrete schedule, for networks that know no others: the
// levels of infer.NoiseLevels below eta.
type TrainingGrid struct {
	Levels []float64 // ascending
	ODE    bool      // the flow of DDSDDIM instead of the chain of DDSDDPM
}

// Name returns "ddim" when ODE is set, otherwise "ddpm".
func (g TrainingGrid) Name() string {
	if g.ODE {
		return "ddim"
	}
	return "ddpm"
}

// Grid returns the training levels below eta, descending.
func (g TrainingGrid) Grid(eta float64) []float64 {
	var out []float64
	for i := len(g.Levels) - 1; i >= 0; i-- {
		if g.Levels[i] < eta {
			out = append(out, g.Levels[i])
		}
	}
	return out
}

// Draw fails when no training level lies below eta.
func (g TrainingGrid) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	return g.DrawWith(e, x, eta, func(w []float64) { infer.FillNorms(w, streams) })
}

// DrawWith is Draw with normals in the place of the streams.
func (g TrainingGrid) DrawWith(e *infer.Evaluator, x []float64, eta float64, normals func(w []float64)) error {
	grid := g.Grid(eta)
	if len(grid) == 0 {
		return fmt.Errorf("eta %g is below the least training level %g", eta, g.Levels[0])
	}
	if !g.ODE {
		return reverseSDE(e, x, grid, normals)
	}
	return DDSDDIM{}.flow(e, x, eta, extendedPoints(eta, grid), normals)
}

// extendedPoints returns the flow's points at the levels of the grid, preceded by a geometric stretch of ratio 1.1 in
// the cumulative product a down to ddimStart and followed by the end, a = 1. A level s and the level eta of z
// merge into a by 1/(1+s^2) = u, a = ((1+eta^2) u - 1)/(eta^2 + u - 1).
func extendedPoints(eta float64, grid []float64) []ddimPoint {
	at := func(a float64) ddimPoint { return newDDIMPoint(eta, math.Atan(math.Sqrt(1/a-1)/eta)) }
	var inner []float64
	for _, s := range grid {
		u := 1 / (1 + s*s)
		if a := ((1+eta*eta)*u - 1) / (eta*eta + u - 1); a > ddimStart {
			inner = append(inner, a)
		}
	}
	first := 1.0
	if len(inner) > 0 {
		first = inner[0]
	}
	const ratio = 1.1
	n := int(math.Ceil(math.Log(first/ddimStart) / math.Log(ratio)))
	var pts []ddimPoint
	for i := n; i >= 1; i-- {
		pts = append(pts, at(first*math.Pow(ratio, -float64(i))))
	}
	for _, a := range inner {
		pts = append(pts, at(a))
	}
	return append(pts, newDDIMPoint(eta, 0))
}
