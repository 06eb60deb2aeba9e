package infer

import (
	"math"

	"tweedie/rng"
)

// DenoisingSampler draws from p(x) exp(-|x-z|^2/2 eta^2), the posterior of denoising z at level eta, using the
// denoiser alone.
type DenoisingSampler interface {
	// Name is "ddpm" or "ddim".
	Name() string
	// Grid is the noise levels that a draw at eta evaluates, descending from at most eta.
	Grid(eta float64) []float64
	// draw replaces the images of x, which hold z on entry, by draws.
	draw(e *evaluator, x []float64, eta float64, streams []*rng.Stream) error
}

// DDPM is the stochastic denoising sampler of DPnP (Xu and Chi 2024, DDS-DDPM): the reverse SDE of dX = dB in
// variance time t = s^2, started at z with t = eta^2, by exponential-integrator steps
//
//	x <- x - 2 (s - s') eps(x, s) + sqrt(s^2 - s'^2) w,     s = eta (1 - i/N)^2,
//
// without noise in the last one. A step from s to s' < s shrinks x by the integrated score.
type DDPM struct {
	Steps int // N; network evaluations per draw
}

// Name is "ddpm".
func (d DDPM) Name() string { return "ddpm" }

// Grid is eta (1 - i/N)^2 for i < N.
func (d DDPM) Grid(eta float64) []float64 {
	g := make([]float64, d.Steps)
	for i := range g {
		f := 1 - float64(i)/float64(d.Steps)
		g[i] = eta * f * f
	}
	return g
}

func (d DDPM) draw(e *evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	return reverseSDE(e, x, d.Grid(eta), func(w []float64) { fillNorms(w, streams) })
}

// reverseSDE runs the exponential-integrator steps down the grid to zero; normals fills a vector with noise.
func reverseSDE(e *evaluator, x, grid []float64, normals func(w []float64)) error {
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
		if err := e.noise(eps, x, s); err != nil {
			return err
		}
		a, b := 2*(s-next), math.Sqrt(s*s-next*next)
		for j := range x {
			x[j] += b*w[j] - a*eps[j]
		}
	}
	return nil
}

// fillNorms fills each image of w from its own stream.
func fillNorms(w []float64, streams []*rng.Stream) {
	d := len(w) / len(streams)
	for i, st := range streams {
		st.FillNorm(w[i*d : (i+1)*d])
	}
}
