package dpnp

import (
	"flag"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/diffusion/exact"
	"tweedie/infer"
	"tweedie/inverse"
	"tweedie/rng"
)

var long = flag.Bool("long", false, "also run the checks that take minutes")

// squares is the operator A(x)_i = (B x)_i^2, B [rows, d].
type squares struct {
	d int
	b []float64
}

func (s squares) Name() string             { return "squares" }
func (s squares) InShape() autodiff.Shape  { return autodiff.S(s.d) }
func (s squares) OutShape() autodiff.Shape { return autodiff.S(len(s.b) / s.d) }

func (s squares) Apply(dst, x []float64) {
	for i := range dst {
		sum := 0.0
		for j, v := range x {
			sum += s.b[i*s.d+j] * v
		}
		dst[i] = sum * sum
	}
}

func (s squares) VJP(dst, x, ct []float64) {
	clear(dst)
	for i, c := range ct {
		sum := 0.0
		for j, v := range x {
			sum += s.b[i*s.d+j] * v
		}
		for j := range dst {
			dst[j] += 2 * sum * c * s.b[i*s.d+j]
		}
	}
}

// pixelSquares is the operator A(x)_i = x_i^2 of so many pixels.
type pixelSquares int

func (n pixelSquares) Name() string             { return "pixel squares" }
func (n pixelSquares) InShape() autodiff.Shape  { return autodiff.S(int(n)) }
func (n pixelSquares) OutShape() autodiff.Shape { return autodiff.S(int(n)) }

func (n pixelSquares) Apply(dst, x []float64) {
	for i, v := range x {
		dst[i] = v * v
	}
}

func (n pixelSquares) VJP(dst, x, ct []float64) {
	for i, v := range x {
		dst[i] = 2 * v * ct[i]
	}
}

// moduli is the operator A(x)_i = ((B x)_i^2 + soft^2)^1/2, phase retrieval.
type moduli struct{ squares }

const soft = .02

func (m moduli) Name() string { return "moduli" }

func (m moduli) Apply(dst, x []float64) {
	m.squares.Apply(dst, x)
	for i, v := range dst {
		dst[i] = math.Sqrt(v + soft*soft)
	}
}

func (m moduli) VJP(dst, x, ct []float64) {
	a, scaled := make([]float64, len(ct)), make([]float64, len(ct))
	m.Apply(a, x)
	for i, c := range ct {
		scaled[i] = c / (2 * a[i])
	}
	m.squares.VJP(dst, x, scaled)
}

// nonlinear is a problem whose mixture prior tells its modes apart.
type nonlinear struct {
	*infer.Problem
	prior *exact.Mixture
	truth []float64
}

// nonlinearProblem measures a truth with the operator and noise; the components of the prior are round.
func nonlinearProblem(t testing.TB, op inverse.Operator, noise inverse.Noise, weights []float64, means [][]float64, variance float64, truth []float64, seed uint64) nonlinear {
	t.Helper()
	var comps []*exact.Gaussian
	for _, m := range means {
		v := make([]float64, len(m))
		for i := range v {
			v[i] = variance
		}
		g, err := exact.NewDiagonalGaussian(m, v)
		if err != nil {
			t.Fatal(err)
		}
		comps = append(comps, g)
	}
	prior, err := exact.NewMixture(weights, comps...)
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, op.OutShape().Size())
	op.Apply(y, truth)
	noise.Sample(y, y, rng.New(seed).Stream())
	lik, err := inverse.NewLikelihood(op, noise, y)
	if err != nil {
		t.Fatal(err)
	}
	return nonlinear{&infer.Problem{Prior: prior, Likelihood: lik, Shape: op.InShape(), DType: autodiff.F64}, prior, truth}
}

// planar is a mixture in the plane seen through one quadratic datum, whose level set passes near three of four modes.
func planar(t testing.TB, noise inverse.Noise) nonlinear {
	op := squares{2, []float64{1, .4}}
	means := [][]float64{{-.9, .2}, {.7, .4}, {.2, -.9}, {.4, 1.1}}
	return nonlinearProblem(t, op, noise, []float64{.4, .2, .3, .1}, means, .03, []float64{-.8, .1}, 5)
}

// phases is phase retrieval of 8 numbers from 10 moduli; the prior has pairs of modes that the signs confound.
func phases(t testing.TB, noise inverse.Noise) nonlinear {
	st := rng.New(21).Stream()
	b := make([]float64, 10*8)
	st.FillNorm(b)
	for i := range b {
		b[i] /= math.Sqrt(8)
	}
	first, second := make([]float64, 8), make([]float64, 8)
	st.FillNorm(first)
	st.FillNorm(second)
	shifted := func(v []float64, by float64) []float64 {
		out := make([]float64, len(v))
		for i, x := range v {
			out[i] = by*x + .15*st.Norm()
		}
		return out
	}
	means := [][]float64{shifted(first, 1), shifted(first, -1), shifted(second, .9), shifted(second, -.9)}
	truth := shifted(first, 1)
	return nonlinearProblem(t, moduli{squares{8, b}}, noise, []float64{.2, .4, .3, .1}, means, .06, truth, 6)
}

// weights returns the weights of the components among samples.
func (p nonlinear) weights(samples [][]float64) []float64 {
	w := make([]float64, len(p.prior.Weights()))
	for _, x := range samples {
		for k, r := range p.prior.Responsibilities(x, 0) {
			w[k] += r / float64(len(samples))
		}
	}
	return w
}
