package infer

import (
	"context"
	"fmt"
	"math"

	"tweedie/diffusion"
	"tweedie/internal/nonfinite"
	"tweedie/rng"
)

// probe adds the responses of the operator, the noise and the prior to fixed inputs. They tell apart what has the same
// description, such as two operators of a user's own type.
func (id *identity) probe(p *Problem) error {
	lik, key := p.Likelihood, rng.New(0).Split("infer.probe", 0)
	normals := func(label string, n int) []float64 {
		v := make([]float64, n)
		key.Split(label, 0).Stream().FillNorm(v)
		return v
	}
	x := normals("image", p.Shape.Size())
	y := make([]float64, len(lik.Y))
	lik.Op.Apply(y, x)
	id.Probes["operator"] = sketch(y, key)
	id.Probes["noise"] = finiteOnly(lik.Noise.NegLogLik(normals("measured", len(y)), normals("clean", len(y))))
	e := NewEvaluator(context.Background(), p)
	e.value = diffusion.Affine{}
	if err := e.Denoise(x, x, 1); err != nil {
		return fmt.Errorf("a probe of the prior: %w", err)
	}
	id.Probes["prior"] = sketch(x, key)
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
