package infer

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tweedie/inverse"
)

// Constants of the bound on the size of a measurement.
const (
	powerSteps = 30  // applications of A^T A, by which its norm is found
	normSlack  = 1.1 // for a norm that they find too small
)

// judgeSize judges the distance of the measurement from A of an image whose pixels are all the mean of the prior's. No image
// of pixels in the prior's range is farther away than ||A|| times its distance, and hardly any (Markov's inequality)
// farther than sqrt(1/rare) times its root mean square. It is crude, and sees units that are wrong by far.
func (r *Result) judgeSize(p *Problem) {
	op, ok := p.Likelihood.Op.(inverse.Linear)
	g, normal := gaussianNoise(p)
	lo, hi := p.Range[0], p.Range[1]
	if !ok || !normal || lo == hi && p.Std == 0 {
		return
	}
	n, m := float64(p.Shape.Size()), float64(len(p.Likelihood.Y))
	mean, far := p.Mean, p.Std*math.Sqrt(1/rare)
	if lo < hi {
		if p.Std == 0 {
			mean = (lo + hi) / 2
		}
		far = max(hi-mean, mean-lo)
	}
	x, y := make([]float64, p.Shape.Size()), make([]float64, len(p.Likelihood.Y))
	for i := range x {
		x[i] = mean
	}
	op.Apply(y, x)
	noise := 0.0
	for i, v := range p.Likelihood.Y {
		y[i] = v - y[i]
		noise += g.At(i) * g.At(i)
	}
	bound := normSlack*norm(op, r)*far*math.Sqrt(n) + math.Sqrt(noise)*(1+4/math.Sqrt(2*m))
	v := Verdict{Name: "size of the measurement, over the most that the prior can make", Value: floats.Norm(y, 2) / bound, Limits: AtMost(1)}
	if units := r.units(p); units != "" {
		v.Causes = append(v.Causes, units)
	}
	v.Causes = append(v.Causes, "an operator of another scale than the one that made the measurement")
	r.Judge(v, "the measurement is no larger than one of the prior's images", "the measurement is larger than one of any of the prior's images")
}

// norm returns the largest singular value of A by power iteration.
func norm(op inverse.Linear, r *Result) float64 {
	x, y := make([]float64, op.InShape().Size()), make([]float64, op.OutShape().Size())
	r.stream("norm").FillNorm(x)
	size := 0.0
	for range powerSteps {
		floats.Scale(1/floats.Norm(x, 2), x)
		op.Apply(y, x)
		if size = floats.Norm(y, 2); size == 0 {
			break
		}
		op.Adjoint(x, y)
	}
	return size
}
