package infer

import (
	"fmt"
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

// DDIM is the deterministic denoising sampler of DPnP (Xu and Chi 2024, DDS-DDIM), exact in the limit of many
// steps: the probability-flow ODE of an Ornstein-Uhlenbeck process whose law at time 0 is the posterior shifted
// by z. Two Gaussian observations of x merge into one, so the unconditional denoiser gives its score. With
// d = eta^2 a + 1 - a and the state s, which starts as N(0, d I) at theta near pi/2,
//
//	v = eta^2 (1-a)/d,   m = z + eta^2 sqrt(a) s/d,   d(s/sqrt d)/dtheta = eps(m, sqrt v),
//	theta = arctan(sqrt(1/a - 1)/eta),                x = z + s at a = 1.
//
// Heun's rule makes the steps second order at twice the evaluations.
type DDIM struct {
	Steps int  // uniform steps in theta
	Heun  bool // second order
}

// Name is "ddim".
func (d DDIM) Name() string { return "ddim" }

// ddimStart is the cumulative product a at which the flow starts from noise.
const ddimStart = 1e-4

// angles is the grid in theta, descending to 0.
func (d DDIM) angles(eta float64) []float64 {
	top := math.Atan(math.Sqrt(1/ddimStart-1) / eta)
	th := make([]float64, d.Steps+1)
	for i := range th {
		th[i] = top * (1 - float64(i)/float64(d.Steps))
	}
	return th
}

// ddimPoint is the quantities of the flow at one angle.
type ddimPoint struct {
	theta, a, d, level float64
}

func newDDIMPoint(eta, theta float64) ddimPoint {
	t := eta * math.Tan(theta)
	a := 1 / (1 + t*t)
	d := eta*eta*a + 1 - a
	if theta == 0 {
		a, d = 1, eta*eta
	}
	return ddimPoint{theta, a, d, eta * math.Sqrt((1-a)/d)}
}

// Grid is the levels sqrt(v) at the angles.
func (d DDIM) Grid(eta float64) []float64 {
	th := d.angles(eta)
	g := make([]float64, 0, len(th)-1)
	for _, t := range th[:len(th)-1] {
		g = append(g, newDDIMPoint(eta, t).level)
	}
	return g
}

func (d DDIM) draw(e *evaluator, z []float64, eta float64, streams []*rng.Stream) error {
	th := d.angles(eta)
	pts := make([]ddimPoint, len(th))
	for i, t := range th {
		pts[i] = newDDIMPoint(eta, t)
	}
	return d.flow(e, z, eta, pts, streams)
}

// flow integrates q = s/sqrt(d) along the points and replaces z by z + s.
func (d DDIM) flow(e *evaluator, z []float64, eta float64, pts []ddimPoint, streams []*rng.Stream) error {
	q := make([]float64, len(z))
	fillNorms(q, streams)
	for j := range q {
		q[j] /= math.Sqrt(pts[0].d)
	}
	m := make([]float64, len(z))
	slope := make([]float64, len(z))
	second := make([]float64, len(z))
	trial := make([]float64, len(z))
	eval := func(dst []float64, p ddimPoint, q []float64) error {
		c := eta * eta * math.Sqrt(p.a/p.d)
		for j := range m {
			m[j] = z[j] + c*q[j]
		}
		return e.noise(dst, m, p.level)
	}
	for i := 0; i+1 < len(pts); i++ {
		h := pts[i+1].theta - pts[i].theta
		if err := eval(slope, pts[i], q); err != nil {
			return err
		}
		if d.Heun && pts[i+1].level > 0 {
			for j := range q {
				trial[j] = q[j] + h*slope[j]
			}
			if err := eval(second, pts[i+1], trial); err != nil {
				return err
			}
			for j := range slope {
				slope[j] = 0.5 * (slope[j] + second[j])
			}
		}
		for j := range q {
			q[j] += h * slope[j]
		}
	}
	root := math.Sqrt(pts[len(pts)-1].d)
	for j := range z {
		z[j] += root * q[j]
	}
	return nil
}

// TrainingGrid is a denoising sampler on the noise levels of a discrete schedule, for networks that know only
// those: the levels of NoiseLevels(Steps) below eta.
type TrainingGrid struct {
	Levels []float64 // ascending
	ODE    bool      // the DDIM flow instead of the DDPM chain
}

// Name is "ddim" or "ddpm".
func (g TrainingGrid) Name() string {
	if g.ODE {
		return "ddim"
	}
	return "ddpm"
}

// Grid is the training levels below eta, descending.
func (g TrainingGrid) Grid(eta float64) []float64 {
	var out []float64
	for i := len(g.Levels) - 1; i >= 0; i-- {
		if g.Levels[i] < eta {
			out = append(out, g.Levels[i])
		}
	}
	return out
}

func (g TrainingGrid) draw(e *evaluator, x []float64, eta float64, streams []*rng.Stream) error {
	grid := g.Grid(eta)
	if len(grid) == 0 {
		return fmt.Errorf("dpnp: eta %g is below the least training level %g", eta, g.Levels[0])
	}
	if !g.ODE {
		return reverseSDE(e, x, grid, func(w []float64) { fillNorms(w, streams) })
	}
	return DDIM{}.flow(e, x, eta, extendedPoints(eta, grid), streams)
}

// extendedPoints is the flow's points at the levels of the grid, preceded by a geometric stretch of ratio 1.1 in
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
