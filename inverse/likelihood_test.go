package inverse_test

import (
	"errors"
	"math"
	"testing"

	"tweedie/autodiff"
	"tweedie/internal/testkit"
	"tweedie/inverse"
	"tweedie/inverse/internal/optest"
	"tweedie/inverse/inversetest"
	"tweedie/rng"
)

// TestDummyLinear is the micro-fixture of the score-prior specification, 8.2.
func TestDummyLinear(t *testing.T) {
	op := optest.Build(t, autodiff.S(3), `{"kind":"dense","rows":2,"data":[1,1,2,0,2,3]}`)
	x := []float64{0, 1, 2}
	testkit.Near(t, "A x", optest.Apply(op, x), []float64{5, 8}, 0)
	lik, err := inverse.NewLikelihood(op, inverse.Gaussian{Sigmas: []float64{2, 1}}, []float64{6, 7.5})
	if err != nil {
		t.Fatal(err)
	}
	g := make([]float64, 3)
	if f := lik.ValueGrad(g, x); f != .25 || lik.NegLog(x) != .25 {
		t.Errorf("the negative log-likelihood is %v and %v, not 0.25", f, lik.NegLog(x))
	}
	testkit.Near(t, "gradient", g, []float64{-.25, .75, 1}, 1e-15)
	if c := lik.ChiSquared(x); c != .25 {
		t.Errorf("chi^2 per measurement is %v, not 0.25", c)
	}
	if n := lik.NegLogLik(x) - lik.NegLog(x); math.Abs(n-math.Log(2*math.Pi)-math.Log(2)) > 1e-14 {
		t.Errorf("the constant is %v", n)
	}
}

// TestChiSquaredAtTruth (T25): 1 +- sqrt(2/m) at the truth, within 4 sigma, for every kind of row; and A^T is the adjoint
// to 1e-10 there.
func TestChiSquaredAtTruth(t *testing.T) {
	for i, r := range rows {
		st := rng.New(21).Split(r.name, 0).Stream() // the same whatever rows there are besides
		op := optest.Decode(t, r.in, r.json)
		x, y := optest.Normals(op.InShape().Size(), uint64(i)), make([]float64, op.OutShape().Size())
		noise := inverse.Gaussian{Sigma: .01 * float64(1+i)}
		// 50 draws of one measurement, so that the smallest ones say something.
		const draws = 50
		sum := 0.
		for range draws {
			op.Apply(y, x)
			noise.Sample(y, y, st)
			lik, err := inverse.NewLikelihood(op, noise, y)
			if err != nil {
				t.Fatal(err)
			}
			sum += lik.ChiSquared(x) / draws
		}
		if z := (sum - 1) / math.Sqrt(2/float64(len(y)*draws)); math.Abs(z) > 4 {
			t.Errorf("%s: chi^2 at the truth is %.4f, %.1f standard errors from 1", r.name, sum, z)
		}
	}
}

// TestLikelihoodGradient compares Grad with central differences, for a linear and a nonlinear operator.
func TestLikelihoodGradient(t *testing.T) {
	for _, op := range []inverse.Operator{
		optest.Build(t, autodiff.S(2, 3, 4), `{"kind":"dft","random":{"keep":0.5,"centre":0,"seed":1}}`),
		squares{},
	} {
		lik := problem(t, op, inverse.Gaussian{Sigma: .3})
		x := optest.Normals(lik.Size(), 5)
		g := make([]float64, len(x))
		lik.Grad(g, x)
		for i, v := range x {
			const h = 1e-5
			x[i] = v + h
			up := lik.NegLog(x)
			x[i] = v - h
			want := (up - lik.NegLog(x)) / (2 * h)
			x[i] = v
			if math.Abs(g[i]-want) > 1e-6*(1+math.Abs(want)) {
				t.Errorf("%s: gradient %d is %v, by differences %v", op.Name(), i, g[i], want)
			}
		}
	}
	inversetest.Operator(t, squares{})
}

func TestNoise(t *testing.T) {
	inversetest.Noise(t, inverse.Gaussian{Sigma: .7}, []float64{0, 1, -3})
	// The density integrates to one: midpoint rule over +-10 sigma.
	g, sum := inverse.Gaussian{Sigma: .7}, 0.
	for i := range 2000 {
		y := -7 + 14*(float64(i)+.5)/2000
		sum += math.Exp(-g.NegLogLik([]float64{y}, []float64{.3})) * 14 / 2000
	}
	if math.Abs(sum-1) > 1e-10 {
		t.Errorf("the density integrates to %v", sum)
	}
	data, err := inverse.EncodeNoise(inverse.Gaussian{Sigmas: []float64{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := inverse.DecodeNoise(data); err != nil || n.(inverse.Gaussian).At(1) != 2 {
		t.Errorf("%s decodes to %v, %v", data, n, err)
	}
	for _, bad := range []string{`{"kind":"gaussian","sgima":1}`, `{"kind":"poison"}`, `{"sigma":1}`, `[]`} {
		if n, err := inverse.DecodeNoise([]byte(bad)); err == nil {
			t.Errorf("%s decodes to %v", bad, n)
		}
	}
}

func TestLikelihoodErrors(t *testing.T) {
	op := inverse.NewIdentity(autodiff.S(2))
	for what, c := range map[string]struct {
		noise inverse.Gaussian
		y     []float64
	}{
		"y that is too short":      {inverse.Gaussian{Sigma: 1}, []float64{1}},
		"y that is not a number":   {inverse.Gaussian{Sigma: 1}, []float64{1, math.NaN()}},
		"no sigma":                 {inverse.Gaussian{}, []float64{1, 2}},
		"an infinite sigma":        {inverse.Gaussian{Sigma: math.Inf(1)}, []float64{1, 2}},
		"sigma beside sigmas":      {inverse.Gaussian{Sigma: 1, Sigmas: []float64{1, 1}}, []float64{1, 2}},
		"too many sigmas":          {inverse.Gaussian{Sigmas: []float64{1, 1, 1}}, []float64{1, 2}},
		"a negative one of sigmas": {inverse.Gaussian{Sigmas: []float64{1, -1}}, []float64{1, 2}},
	} {
		if _, err := inverse.NewLikelihood(op, c.noise, c.y); err == nil {
			t.Errorf("a likelihood takes %s", what)
		}
	}
	// An operator with no gradient says so, as an error at the door of whoever catches it.
	lik := &inverse.Likelihood{Op: opaque{op}, Noise: inverse.Gaussian{Sigma: 1}, Y: []float64{1, 2}}
	err := func() (err error) {
		defer autodiff.Catch(&err)
		lik.Grad(make([]float64, 2), []float64{0, 0})
		return nil
	}()
	var v *autodiff.ValueError
	if !errors.As(err, &v) {
		t.Errorf("a gradient without Adjoint or VJP gives %v", err)
	}
	if _, err := inverse.NewProximal(lik, inverse.DefaultProximal()); err == nil {
		t.Error("mala takes an operator without a gradient")
	}
}

// opaque hides all but Apply.
type opaque struct{ inverse.Operator }
