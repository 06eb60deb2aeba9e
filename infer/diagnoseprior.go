package infer

import (
	"tweedie/diffusion/exact"
	"tweedie/internal/nonfinite"
)

// What of a prior in closed form is drawn for the checks, and the largest image whose covariance is used.
const (
	closedDraws      = 128
	closedDrawsLarge = 64
	mostClosed       = 1024
)

// knownPrior is what a result and its problem tell about the prior without an evaluation of a network.
type knownPrior struct {
	gaussian *exact.Gaussian // in the units of m; nil for any other
	closed   exact.Distribution
	draws    [][]float64 // in the units of x; nil when there are none
}

// knownPrior draws from a prior in closed form, or takes the draws that the run made.
func (r *Result) knownPrior(p *Problem) knownPrior {
	d, ok := p.Prior.(exact.Distribution)
	if !ok || d.Dim() != p.Shape.Size() {
		return knownPrior{draws: r.PriorDraws}
	}
	k := knownPrior{closed: d}
	k.gaussian, _ = d.(*exact.Gaussian)
	n := closedDraws
	if d.Dim() > 2*mostClosed {
		n = closedDrawsLarge
	}
	k.draws = r.drawClosed(p, d, n)
	return k
}

// drawClosed returns n draws of a prior in closed form in the units of x, or nil when one is not finite.
func (r *Result) drawClosed(p *Problem, d exact.Distribution, n int) [][]float64 {
	st := r.stream("prior")
	draws := make([][]float64, n)
	for i := range draws {
		draws[i] = make([]float64, d.Dim())
		d.Sample(draws[i], st)
		for j, m := range draws[i] {
			draws[i][j] = p.Affine.ToPhysical(m)
		}
		if nonfinite.Check("", draws[i], 0, d.Dim()) != nil {
			return nil
		}
	}
	return draws
}
