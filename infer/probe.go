package infer

import (
	"context"
	"math"

	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// probe adds the responses of the operator, the noise and the prior to fixed inputs. They tell apart what has the same
// description, such as two operators of a user's own type.
func (id *identity) probe(p *Problem) error {
	lik, key := p.Likelihood, rng.New(0).Split("infer.probe", 0)
	x := make([]float64, p.Shape.Size())
	key.Split("image", 0).Stream().FillNorm(x)
	e := newEvaluator(context.Background(), p)
	d := make([]float64, len(x))
	unit := p.Affine.Unit()
	for i, v := range x {
		x[i] = p.Affine.To(v)
	}
	if err := e.denoise(d, x, unit); err != nil {
		return err
	}
	for i, v := range d {
		d[i] = p.Affine.From(v)
	}
	clean := make([]float64, len(lik.Y))
	lik.Op.Apply(clean, x)
	id.Probes["operator"] = sketch(clean, key)
	id.Probes["prior"] = sketch(d, key)
	id.Probes["noise"] = finiteOnly(lik.Noise.NegLogLik(lik.Y, clean))
	return nil
}

// sketch returns four projections of v on random directions, of the size of an entry of v.
func sketch(v []float64, key rng.Key) []float64 {
	w, out := make([]float64, len(v)), make([]float64, 0, 4)
	for k := range 4 {
		key.Split("direction", k).Stream().FillNorm(w)
		sum := 0.0
		for i, x := range v {
			sum += w[i] * x
		}
		out = append(out, finiteOnly(sum/math.Sqrt(float64(len(v))))...)
	}
	return out
}

// finiteOnly leaves out a number that JSON cannot hold.
func finiteOnly(x float64) []float64 {
	if nonfinite.Is(x) {
		return nil
	}
	return []float64{x}
}

// alike reports whether two responses are equal but for the rounding of another processor's kernels.
func alike(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	top := 0.0
	for _, x := range a {
		top = max(top, math.Abs(x))
	}
	for i, x := range a {
		if !(math.Abs(x-b[i]) <= 1e-4*top) {
			return false
		}
	}
	return true
}
