package dpnp

import (
	"math"

	"tweedie/infer"
	"tweedie/rng"
)

// DDSDDIM draws by the deterministic sampler that Xu and Chi 2024 call DDS-DDIM, which is exact in the limit of many
// steps. It integrates the probability-flow ODE of an Ornstein-Uhlenbeck process that shrinks x - z by sqrt(a), from
// noise (a near 0) to the posterior shifted by z (a = 1). Two Gaussian observations of x, its state and z, merge into
// one, so that the unconditional denoiser gives the score. With d = eta^2 a + 1 - a and the state s, which starts as
// N(0, I) at a = 1e-4,
//
//	v = eta^2 (1-a)/d,   m = z + eta^2 sqrt(a) s/d,   d(s/sqrt d)/dtheta = eps(m, sqrt v),
//	theta = arctan(sqrt(1/a - 1)/eta),                x = z + s at a = 1.
//
// Heun's rule makes the steps second order at twice the evaluations.
type DDSDDIM struct {
	Steps int  // uniform steps in theta
	Heun  bool // second order
}

// Name returns "ddim".
func (d DDSDDIM) Name() string { return "ddim" }

// ddimStart holds the cumulative product a at which the flow starts from noise.
const ddimStart = 1e-4

// angles returns the grid in theta, descending to 0.
func (d DDSDDIM) angles(eta float64) []float64 {
	top := math.Atan(math.Sqrt(1/ddimStart-1) / eta)
	th := make([]float64, d.Steps+1)
	for i := range th {
		th[i] = top * (1 - float64(i)/float64(d.Steps))
	}
	return th
}

// ddimPoint holds the quantities of the flow at one angle.
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

// Grid returns the levels sqrt(v) at the angles.
func (d DDSDDIM) Grid(eta float64) []float64 {
	th := d.angles(eta)
	g := make([]float64, 0, len(th)-1)
	for _, t := range th[:len(th)-1] {
		g = append(g, newDDIMPoint(eta, t).level)
	}
	return g
}

// Draw integrates the flow from noise around the images of z.
func (d DDSDDIM) Draw(e *infer.Evaluator, z []float64, eta float64, streams []*rng.Stream) error {
	return d.DrawWith(e, z, eta, func(w []float64) { infer.FillNorms(w, streams) })
}

// DrawWith is Draw with normals in the place of the streams.
func (d DDSDDIM) DrawWith(e *infer.Evaluator, z []float64, eta float64, normals func(w []float64)) error {
	th := d.angles(eta)
	pts := make([]ddimPoint, len(th))
	for i, t := range th {
		pts[i] = newDDIMPoint(eta, t)
	}
	return d.flow(e, z, eta, pts, normals)
}

// flow integrates q = s/sqrt(d) along the points and replaces z by z + s.
func (d DDSDDIM) flow(e *infer.Evaluator, z []float64, eta float64, pts []ddimPoint, normals func(w []float64)) error {
	q := make([]float64, len(z))
	normals(q)
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
		return e.Noise(dst, m, p.level)
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
