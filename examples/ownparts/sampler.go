package main

import (
	"errors"
	"math"

	"tweedie/infer"
	"tweedie/infer/dpnp"
	"tweedie/rng"
)

// Ancestral draws from the posterior of denoising by ancestral steps from level r to the next level s,
//
//	x <- D + (s/r)^2 (x - D) + s sqrt(1 - (s/r)^2) w,   D = D(x, r),   w ~ N(0, I),
//
// over Steps levels that fall geometrically from eta to eta/100, and then to 0, where x is D.
type Ancestral struct{ Steps int }

func init() {
	err := dpnp.RegisterSampler("ancestral", func(m dpnp.DPnP) (dpnp.DenoisingSampler, error) {
		if m.Levels != nil {
			return nil, errors.New("ancestral: the prior knows the levels of a discrete schedule only; use ddpm or ddim")
		}
		return Ancestral{Steps: m.Steps}, nil
	})
	if err != nil {
		panic(err) // the name is taken
	}
}

// Name returns "ancestral".
func (Ancestral) Name() string { return "ancestral" }

// Grid returns eta 100^(-i/Steps) for i < Steps.
func (a Ancestral) Grid(eta float64) []float64 {
	g := make([]float64, a.Steps)
	for i := range g {
		g[i] = eta * math.Pow(100, -float64(i)/float64(a.Steps))
	}
	return g
}

// Draw runs the steps down the grid to zero.
func (a Ancestral) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	clean, w := make([]float64, len(x)), make([]float64, len(x))
	grid := append(a.Grid(eta), 0)
	for k, s := range grid[1:] {
		if err := e.Denoise(clean, x, grid[k]); err != nil {
			return err
		}
		infer.FillNorms(w, streams)
		q := s / grid[k]
		for i, d := range clean {
			x[i] = d + q*q*(x[i]-d) + s*math.Sqrt(1-q*q)*w[i]
		}
	}
	return nil
}
