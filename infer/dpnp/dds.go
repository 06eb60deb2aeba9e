package dpnp

import (
	"math"

	"tweedie/infer"
	"tweedie/rng"
)

// DDSDDPM draws by the stochastic sampler that Xu and Chi 2024 call DDS-DDPM: the reverse SDE of dX = dB in variance time
// t = s^2, started at z with t = eta^2, by exponential-integrator steps
//
//	x <- x - 2 (s - s') eps(x, s) + sqrt(s^2 - s'^2) w,     s = eta (1 - i/N)^2,
//
// without noise in the last one. A step from s to s' < s shrinks x by the integrated score.
type DDSDDPM struct {
	Steps int // N; network evaluations per draw
}

// Name returns "ddpm".
func (d DDSDDPM) Name() string { return "ddpm" }

// Grid returns eta (1 - i/N)^2 for i < N.
func (d DDSDDPM) Grid(eta float64) []float64 {
	g := make([]float64, d.Steps)
	for i := range g {
		f := 1 - float64(i)/float64(d.Steps)
		g[i] = eta * f * f
	}
	return g
}

// Draw runs the steps down the grid to zero.
func (d DDSDDPM) Draw(e *infer.Evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	return d.DrawWith(e, x, eta, func(w []float64) { infer.FillNorms(w, streams) })
}

// DrawWith is Draw with normals in the place of the streams.
func (d DDSDDPM) DrawWith(e *infer.Evaluator, x []float64, eta float64, normals func(w []float64)) error {
	return reverseSDE(e, x, d.Grid(eta), normals)
}

// reverseSDE runs the exponential-integrator steps down the grid to zero; normals fills a vector with noise.
func reverseSDE(e *infer.Evaluator, x, grid []float64, normals func(w []float64)) error {
	eps := make([]float64, len(x))
	w := make([]float64, len(x))
	for i, s := range grid {
		next := 0.0
		if i+1 < len(grid) {
			next = grid[i+1]
			normals(w)
		} else {
			clear(w)
		}
		if err := e.Noise(eps, x, s); err != nil {
			return err
		}
		a, b := 2*(s-next), math.Sqrt(s*s-next*next)
		for j := range x {
			x[j] += b*w[j] - a*eps[j]
		}
	}
	return nil
}
