package dpnp

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// Numbers of the eta_min of chains.
const (
	coldAdded   = .2 // share that the coupling adds to the variance of the noise
	coldImages  = 4  // draws of the prior from which the information is estimated
	coldSigns   = 8  // of each
	leastCold   = 1. / 100
	unknownCold = 1. / 20 // of the prior's deviation
)

// coldOfChains returns the eta_min of chains of a problem that is not linear and Gaussian. The law at eta has the noise S + eta^2 A A^T
// in the place of S, to first order, so eta^2 g^2 is a fifth, where g^2 is the mean information that data have along a direction, each
// weighed by the information itself: tr F^2/tr F, F = A'^T W A'. Chains at a smaller eta would only forget more slowly.
func (e *engine) coldOfChains() (float64, error) {
	unknown := e.spread.rms * unknownCold
	lik, err := inverse.Extended(e.p.Likelihood)
	if err != nil {
		return unknown, nil
	}
	in, ok := lik.Noise.(inverse.Informed)
	if !ok {
		return unknown, nil
	}
	x, err := e.drawsOfPrior(coldImages)
	if err != nil {
		return 0, err
	}
	m := len(lik.Y)
	w, score := make([]float64, m), make([]float64, m)
	first, second := 0.0, 0.0
	for i, st := range e.streams("cold", 0, coldImages) {
		at := x[i*e.d : (i+1)*e.d]
		lik.Op.Apply(w, at)
		in.Information(w, w)
		g := make([][]float64, coldSigns)
		for k := range g {
			g[k] = make([]float64, e.d)
			st.FillRademacher(score)
			for j, v := range w {
				score[j] *= math.Sqrt(v)
			}
			switch op := lik.Op.(type) {
			case inverse.Linear:
				op.Adjoint(g[k], score)
			case inverse.Differentiable:
				op.VJP(g[k], at, score)
			default:
				return unknown, nil
			}
			first += floats.Dot(g[k], g[k]) / coldSigns
			for _, before := range g[:k] {
				c := floats.Dot(before, g[k])
				second += c * c * 2 / (coldSigns * (coldSigns - 1))
			}
		}
	}
	if cold := math.Sqrt(coldAdded * first / second); first > 0 && cold > 0 && !math.IsInf(cold, 1) {
		return max(cold, e.spread.rms*leastCold), nil
	}
	return unknown, nil
}
